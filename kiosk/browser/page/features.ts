// SPDX-License-Identifier: Apache-2.0

// What is known of every control of a page, in one pass over its trees.

import { wordingOf, type Wording } from "./likeness.ts";
import { groupOf, nameOf, roleOf, tokensOf, words } from "./names.ts";
import { treesOf, type Tree } from "./roots.ts";
import type { Target } from "./types.ts";

export interface Features {
  el: Element; role: string; name: string; group: string; heading: string; near: string;
  tag: string; type: string; tokens: string[]; autocomplete: string; option: string; ordinal: number; frame: string;
  wordings: [name: Wording, group: Wording, near: Wording, heading: Wording];
}

const controls = "input:not([type=hidden]),select,textarea,button,a[href],fieldset,summary,h1,h2," +
  "[role=radiogroup],[role=group],[role=button],[role=link],[role=textbox],[role=combobox],[role=radio],[role=checkbox],[contenteditable=true]";

/** More controls than this are not looked at: a page that large is answered with "unknown", in bounded time. */
export const mostControls = 4000;

/** Every control of the page, of its open shadow roots and its frames of the same origin. */
export function featuresOf(top: Document, trees: Tree[] = treesOf(top)): Features[] {
  const ordinals = new Map<string, number>();
  const list: Features[] = [];
  const groups = new Map<Element | null, string>();
  for (const tree of trees) {
    const frame = tree.frames.length > 0 ? (tree.root as Document).location?.pathname ?? "" : "";
    let heading = "";
    for (const el of tree.root.querySelectorAll(controls + ",h3")) {
      if (list.length >= mostControls) return list;
      if (el.tagName === "H3") { heading = words(el, 200); continue; }
      const role = roleOf(el);
      const ordinal = (ordinals.get(role) ?? 0) + 1;
      ordinals.set(role, ordinal);
      if (/^H[12]$/.test(el.tagName)) heading = words(el, 200);
      const within = el.parentElement?.closest("fieldset,[role=group],[role=radiogroup]") ?? null;
      let group = groups.get(within);
      if (group === undefined) { group = groupOf(el); groups.set(within, group); }
      const name = nameOf(el), near = nearOf(el);
      list.push({
        el, role, ordinal, name, group, heading, near, frame,
        wordings: [wordingOf(name), wordingOf(group), wordingOf(near), wordingOf(heading)],
        tag: el.tagName.toLowerCase(), type: el.getAttribute("type") ?? "", tokens: tokensOf(el),
        autocomplete: el.getAttribute("autocomplete") ?? "", option: optionOf(el),
      });
    }
  }
  return list;
}

function optionOf(el: Element): string {
  return el.tagName === "INPUT" && /^(radio|checkbox)$/.test((el as HTMLInputElement).type) ? el.getAttribute("value") ?? "" : "";
}

function nearOf(el: Element): string {
  for (let at: Element | null = el, up = 0; at && up < 3; at = at.parentElement, up++) {
    const before = at.previousElementSibling;
    if (before) {
      const text = words(before, 120);
      if (text && text.length < 120) return text;
    }
  }
  return "";
}

/** The fingerprint of an element as a guide would have it, in one language. No value of a field is in it. */
export function fingerprintOf(f: Features, lang: string): Target {
  const text = (s: string) => (s ? { [lang]: s } : undefined);
  const target: Target = {
    role: f.role, name: text(f.name), group: text(f.group), heading: text(f.heading), near: text(f.near),
    tag: f.tag, type: f.type, tokens: f.tokens, autocomplete: f.autocomplete, option: f.option, ordinal: f.ordinal,
    css: f.el.id && !/\d{3,}/.test(f.el.id) ? "#" + CSS.escape(f.el.id) : "",
  };
  for (const key of Object.keys(target) as (keyof Target)[]) {
    const value = target[key];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) delete target[key];
  }
  return target;
}
