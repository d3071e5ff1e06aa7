// SPDX-License-Identifier: Apache-2.0

// The site's own validation errors, as they stand on the page: a summary with role=alert whose links lead to fields, an
// error message that describes a field, aria-invalid, :user-invalid.

import { clean, hintsOf, words } from "./names.ts";
import type { Tree } from "./roots.ts";

export interface Found { el: Element | null; words: string }

const fields = "input:not([type=hidden]),select,textarea,fieldset,[role=radiogroup],[role=textbox],[role=combobox]";

/** The errors on the page, in its shadow roots and its frames of the same origin, one a field. */
export function errorsOf(trees: Tree[]): Found[] {
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
  for (const { root } of trees) {
    for (const alert of root.querySelectorAll("[role=alert],.error-summary,[class*=error-summary]")) {
      if (alert.parentElement?.closest("[role=alert],[class*=error-summary]")) continue;
      for (const link of alert.querySelectorAll("a[href^='#']")) add(fieldOf(root, link), words(link));
    }
    for (const field of root.querySelectorAll(fields)) {
      const message = hintsOf(field).find((hint) => /error|invalid|fehler|erreur/i.test(`${hint.id} ${hint.className}`) || (hint.getAttribute("role") === "alert" && words(hint) !== ""));
      if (message) add(field, words(message));
      else if (field.getAttribute("aria-invalid") === "true" || userInvalid(field)) {
        add(field, (field as HTMLInputElement).validationMessage ?? "");
      }
    }
  }
  if (found.length > 0) return found;
  for (const { root } of trees) {
    for (const alert of root.querySelectorAll("[role=alert]")) {
      if (alert.getClientRects().length > 0) add(null, words(alert));
    }
  }
  return found;
}

/** The field that a link of a summary leads to. */
function fieldOf(root: Document | ShadowRoot, link: Element): Element | null {
  const id = (link.getAttribute("href") ?? "").slice(1);
  try { return id ? root.getElementById(decodeURIComponent(id)) : null; } catch { return null; } // "%" alone is no code
}

function userInvalid(el: Element): boolean {
  try { return el.matches(":user-invalid") && el.tagName !== "FIELDSET"; } catch { return false; }
}

/** The control that an error is about: for a choice, its group. */
function owner(el: Element): Element {
  if (el.tagName === "INPUT" && /^(radio|checkbox)$/.test((el as HTMLInputElement).type)) {
    return el.closest("fieldset,[role=radiogroup],[role=group]") ?? el;
  }
  return el;
}
