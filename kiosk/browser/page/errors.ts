// SPDX-License-Identifier: Apache-2.0

// The site's own validation errors, as they stand on the page: a summary with role=alert whose links lead to fields, an
// error message that describes a field, aria-invalid, :user-invalid.

import { clean, hintsOf, words } from "./names.ts";

export interface Found { el: Element | null; words: string }

const fields = "input:not([type=hidden]),select,textarea,fieldset,[role=radiogroup],[role=textbox],[role=combobox]";

/** The errors on the page in reading order, one a field. */
export function errorsOf(root: Document): Found[] {
  const found: Found[] = [];
  const seen = new Set<Element>();
  const add = (el: Element | null, text: string) => {
    const said = clean(text.replace(/^(error|erreur|fehler|erro)\s*:\s*/i, ""));
    if (!said || said.length > 400 || found.length >= 30) return;
    const field = el ? owner(el) : null;
    if (field && seen.has(field)) return;
    if (field) seen.add(field);
    else if (found.some((f) => f.words === said)) return;
    found.push({ el: field, words: said });
  };
  for (const alert of root.querySelectorAll("[role=alert],.error-summary,[class*=error-summary]")) {
    if (alert.parentElement?.closest("[role=alert],[class*=error-summary]")) continue;
    for (const link of alert.querySelectorAll("a[href^='#']")) {
      const id = decodeURIComponent((link.getAttribute("href") ?? "").slice(1));
      add(id ? root.getElementById(id) : null, words(link));
    }
  }
  for (const field of root.querySelectorAll(fields)) {
    const message = hintsOf(field).find((hint) => /error|invalid|fehler|erreur/i.test(`${hint.id} ${hint.className}`));
    if (message) add(field, words(message));
    else if (field.getAttribute("aria-invalid") === "true" || userInvalid(field)) {
      add(field, (field as HTMLInputElement).validationMessage ?? "");
    }
  }
  if (found.length === 0) {
    for (const alert of root.querySelectorAll("[role=alert]")) {
      if (alert.getClientRects().length > 0) add(null, words(alert));
    }
  }
  return found;
}

function userInvalid(el: Element): boolean {
  try { return el.matches(":user-invalid") && !(el instanceof HTMLFieldSetElement); } catch { return false; }
}

/** The control that an error is about: for a choice, its group. */
function owner(el: Element): Element {
  if (el instanceof HTMLInputElement && /^(radio|checkbox)$/.test(el.type)) {
    return el.closest("fieldset,[role=radiogroup],[role=group]") ?? el;
  }
  return el;
}
