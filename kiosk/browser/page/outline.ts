// SPDX-License-Identifier: Apache-2.0

// The outline: for each visible element its kind, its box and its state. The words that come with it are only a candidate:
// the worker drops all that are not in the guide's public words for this page and this place. Values are never read.

import { clean, nameOf, roleOf, visible, words } from "./names.ts";
import { errorsOf } from "./errors.ts";
import { treesOf } from "./roots.ts";

export interface Node { id: string; kind: string; box: [number, number, number, number]; state?: string[]; text?: string; place?: string }

export interface Outline { t: "outline"; w: number; h: number; scroll: number; nodes: Node[] }

export const mostNodes = 600;

const kinds = "h1,h2,h3,h4,p,li,dt,dd,td,th,legend,label,a[href],button,input:not([type=hidden]),select,textarea,summary,img,caption,strong,span,div";

const ids = new WeakMap<Element, string>();
const elements = new Map<string, WeakRef<Element>>();
let next = 1;

function idOf(el: Element): string {
  let id = ids.get(el);
  if (!id) {
    id = "e" + (next++).toString(36);
    ids.set(el, id);
    elements.set(id, new WeakRef(el));
  }
  return id;
}

/** The element of an outline id, while it is still on the page. */
export function elementOf(id: string): Element | null {
  const el = elements.get(id)?.deref() ?? null;
  return el?.isConnected ? el : null;
}

/** Where words stand on a page: the path of tags, with ordinals, from the body. */
export function placeOf(el: Element): string {
  const path: string[] = [];
  for (let at: Element | null = el; at && at !== document.body; at = at.parentElement) {
    let n = 1;
    for (let before = at.previousElementSibling; before; before = before.previousElementSibling) if (before.tagName === at.tagName) n++;
    path.unshift(at.tagName.toLowerCase() + n);
    if (path.length > 40) break;
  }
  return path.join("/");
}

/** Everything of the page that is in view or near it. */
export function outlineOf(): Outline {
  const nodes: Node[] = [];
  const wrong = new Set(errorsOf(treesOf(document)).map((e) => e.el));
  const active = document.activeElement;
  for (const el of document.body?.querySelectorAll(kinds) ?? []) {
    if (nodes.length >= mostNodes) break;
    const kind = kindOf(el);
    if (!kind) continue;
    const r = el.getBoundingClientRect();
    if (r.bottom < -innerHeight || r.top > 2 * innerHeight) continue;
    if (!visible(el) && !(el instanceof HTMLInputElement)) continue;
    if (r.width < 4 || r.height < 4) continue; // there for screen readers only
    const node: Node = { id: idOf(el), kind, box: [Math.round(r.left), Math.round(r.top), Math.round(r.width), Math.round(r.height)] };
    const state = stateOf(el, kind, wrong, active);
    if (state.length > 0) node.state = state;
    const text = textOf(el, kind);
    if (text) { node.text = text; node.place = placeOf(el); }
    nodes.push(node);
  }
  return { t: "outline", w: innerWidth, h: innerHeight, scroll: Math.round(scrollY), nodes };
}

function kindOf(el: Element): string {
  switch (el.tagName) {
    case "INPUT": {
      const type = (el as HTMLInputElement).type;
      if (type === "password") return "secret";
      if (type === "radio" || type === "checkbox") return type;
      return roleOf(el) === "button" ? "button" : "field";
    }
    case "TEXTAREA": return "field";
    case "SELECT": return "select";
    case "BUTTON": case "SUMMARY": return "button";
    case "A": return "link";
    case "IMG": return "image";
    case "H1": case "H2": case "H3": case "H4": return "heading";
    case "LABEL": return el.querySelector("h1,h2,h3") !== null ? "" : "label"; // one that holds its field says the words beside it
    case "LEGEND": return holdsBlock(el) ? "" : "label";
  }
  // Anything else counts when words stand in it directly, so that a sentence is told once, by the innermost element.
  if (el.closest("button,a[href],label,legend,h1,h2,h3,h4,svg,summary") !== null && !/^(BUTTON|A|LABEL|LEGEND)$/.test(el.tagName)) return "";
  for (const node of el.childNodes) if (node.nodeType === Node.TEXT_NODE && clean(node.textContent) !== "") return "text";
  return "";
}

function holdsBlock(el: Element): boolean {
  return el.querySelector("h1,h2,h3,input,select,textarea") !== null;
}

function textOf(el: Element, kind: string): string {
  switch (kind) {
    case "field": case "secret": case "select": case "radio": case "checkbox": case "image": return "";
    case "button": return nameOf(el) || words(el);
  }
  return kind === "text" || kind === "label" ? ownWords(el) : words(el);
}

/** The words of a sentence without those of links and buttons in it, which are nodes of their own. */
function ownWords(el: Element): string {
  let out = "";
  for (const node of el.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) out += node.textContent ?? "";
    else if (node instanceof Element && !node.matches("a[href],button,input,select,textarea,script,style,template,noscript")) out += " " + ownWords(node);
  }
  return clean(out);
}

function stateOf(el: Element, kind: string, wrong: Set<Element | null>, active: Element | null): string[] {
  const state: string[] = [];
  if (kind === "field" || kind === "select") {
    state.push((el as HTMLInputElement).value === "" ? "empty" : "answered");
  }
  if (kind === "secret") state.push("never");
  if (wrong.has(el) || wrong.has(el.closest("fieldset"))) state.push("error");
  if (el === active) state.push("here");
  return state;
}
