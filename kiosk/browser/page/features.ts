// SPDX-License-Identifier: Apache-2.0

// What is known of every control of a page, in one pass over its trees.

import { wordingOf, type Wording } from "./likeness.ts";
import { labelsIn, nameOf, roleOf, tokensOf, words } from "./names.ts";
import { treesOf, type Tree } from "./roots.ts";
import type { GuidePage, Target } from "./types.ts";
import { frameChain, shadowChain, xpathOf } from "./ways.ts";

export interface Features {
  el: Element; id: string; role: string; name: string; group: string; heading: string; near: string;
  tag: string; type: string; tokens: string[]; numbered: boolean; autocomplete: string; option: string; ordinal: number; frame: string; shadow: string[];
  /** Numbers of words (atomOf). */
  atoms: { tokens: number[]; type: number; tag: number; option: number; autocomplete: number };
  wordings: [name: Wording, group: Wording, near: Wording, heading: Wording];
}

const none: string[] = [];

const controls = "input:not([type=hidden]),select,textarea,button,a[href],fieldset,summary,h1,h2," +
  "[role=radiogroup],[role=group],[role=button],[role=link],[role=textbox],[role=combobox],[role=radio],[role=checkbox],[contenteditable=true]," +
  "[role=tab],[role=menuitem],[role=switch],[role=listbox],[role=searchbox],[role=spinbutton],[role=slider]";

/** Elements that are no controls and by which a page can be known, by role. */
const landmarks: Record<string, string> = {
  alert: "[role=alert]", dialog: "dialog,[role=dialog]", form: "form,[role=form]", heading: "h3,h4,[role=heading]", img: "img,[role=img]", list: "ul,ol,[role=list]",
  main: "main,[role=main]", navigation: "nav,[role=navigation]", progressbar: "progress,[role=progressbar]", region: "section,[role=region]",
  status: "output,[role=status]", table: "table,[role=table]",
};

/** The selector of what the landmarks of a guide may be besides controls; "" of none. */
export function landmarksOf(pages: GuidePage[]): string {
  const roles = new Set(pages.flatMap((p) => p.landmarks ?? []).map((t) => t.role ?? ""));
  return [...roles].map((role) => landmarks[role] ?? "").filter(Boolean).join(",");
}

/** More controls than this are not looked at: a page that large is answered with "unknown", in bounded time. */
export const mostControls = 4000;

/** Every control of the page, of its open shadow roots and its frames of the same origin; also: what else counts (landmarksOf). */
export function featuresOf(top: Document, trees: Tree[] = treesOf(top), also = ""): Features[] {
  if (atoms.size > mostAtoms) { atoms.clear(); atomAge++; }
  const wanted = controls + ",h3" + (also && "," + also);
  const ordinals = new Map<string, number>();
  const list: Features[] = [];
  const groups = new Map<Element | null, string>();
  const before = new Map<Element, string>();
  for (const tree of trees) {
    const frame = tree.frames.length > 0 ? (tree.root as Document).location?.pathname ?? "" : "";
    const shadow = tree.shadow ? shadowChain(tree) : none;
    const labels = labelsIn(tree.root);
    let heading = "";
    for (const el of tree.root.querySelectorAll(wanted)) {
      if (list.length >= mostControls) return list;
      if (el.tagName === "H3") heading = words(el, 200);
      if (el.tagName === "H3" && !also.includes("h3")) continue;
      const role = roleOf(el);
      const row = /^H[34]$/.test(el.tagName) ? el.tagName : role; // these are here only for some guides
      const ordinal = (ordinals.get(row) ?? 0) + 1;
      ordinals.set(row, ordinal);
      if (/^H[12]$/.test(el.tagName)) heading = words(el, 200);
      const within = el.parentElement?.closest("fieldset,[role=group],[role=radiogroup]") ?? null;
      let group = groups.get(within);
      if (group === undefined) { group = within ? nameOf(within, labels) : ""; groups.set(within, group); }
      const name = nameOf(el, labels), near = nearOf(el, before), tokens = tokensOf(el);
      const tag = el.localName, type = el.getAttribute("type") ?? "", option = optionOf(el), autocomplete = el.getAttribute("autocomplete") ?? "";
      list.push({
        el, id: el.id, role, ordinal, name, group, heading, near, frame, shadow,
        wordings: [wordingOf(name), wordingOf(group), wordingOf(near), wordingOf(heading)],
        tag, type, tokens, numbered: tokens.some(isNumber), autocomplete, option,
        atoms: { tokens: tokens.map(atomOf), type: atomOf(type), tag: atomOf(tag), option: atomOf(option), autocomplete: atomOf(autocomplete) },
      });
    }
  }
  return list;
}

/** A piece of an id or name that is a number and nothing else. */
export const isNumber = (token: string): boolean => /^\d+$/.test(token);

// Small words (tags, types, pieces of ids) are compared thousands of times a page: each has a number, and numbers are
// what is compared. A number is never given twice, so that one of before a cleaning is like no other.
const atoms = new Map<string, number>();
const mostAtoms = 20_000;
let atomsGiven = 0;

export function atomOf(word: string): number {
  let atom = atoms.get(word);
  if (atom === undefined) { atom = ++atomsGiven; atoms.set(word, atom); }
  return atom;
}

/** Changes whenever the numbers of words are given anew. */
export let atomAge = 0;

function optionOf(el: Element): string {
  return el.tagName === "INPUT" && /^(radio|checkbox)$/.test((el as HTMLInputElement).type) ? el.getAttribute("value") ?? "" : "";
}

/** The words before an element, or before what it stands in. known: what was read on this page already. */
function nearOf(el: Element, known: Map<Element, string>): string {
  for (let at: Element | null = el, up = 0; at && up < 3; at = at.parentElement, up++) {
    const before = at.previousElementSibling;
    if (before) {
      let text = known.get(before);
      if (text === undefined) { text = words(before, 120); known.set(before, text); }
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
    xpath: xpathOf(f.el), shadow: f.shadow,
  };
  if (window.top !== window) {
    const chain = frameChain();
    target.frame = chain.pop() ?? "";
    target.within = chain;
  }
  for (const key of Object.keys(target) as (keyof Target)[]) {
    const value = target[key];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) delete target[key];
  }
  return target;
}
