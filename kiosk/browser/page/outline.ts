// SPDX-License-Identifier: Apache-2.0

// The outline: for each visible element its kind, its box and its state. The words that come with it are only a candidate:
// the worker drops all that are not in the guide's public words for this page and this place. No value is read, and nothing
// is told from which a choice could be seen: not what is checked, not which of several choices has the focus, not how much
// wider the chosen one is drawn.

import { clean, nameOf, roleOf } from "./names.ts";
import { below, choiceOf, framed, look, neverShown, type Part, place, textIn, wholePage } from "./parts.ts";

export interface Node { id: string; kind: string; box: [number, number, number, number]; state?: string[]; text?: string; place?: string }

export interface Outline { w: number; h: number; scroll: number; nodes: Node[] }

export const mostNodes = 600;
/** To ask whether elements are shown that have this many in them, or fewer, takes longer than to go through them. */
const few = 4;
/** Elements looked at for one outline; of a page with more, what comes later is left out. */
const mostElements = 20000;

// Names of elements are those of this document and no other: what a helper points at is never something else on the next page.
export const document_ = [...crypto.getRandomValues(new Uint8Array(3))].map((b) => (b % 36).toString(36)).join("");
const ids = new WeakMap<Element, string>();
const elements = new Map<string, WeakRef<Element>>();
let next = 1;

function idOf(el: Element): string {
  let id = ids.get(el);
  if (!id) {
    id = `${document_}.${(next++).toString(36)}`;
    ids.set(el, id);
    elements.set(id, new WeakRef(el));
    if (elements.size > 20000) for (const [old, ref] of elements) if (!ref.deref()?.isConnected) elements.delete(old);
  }
  return id;
}

/** The element of an outline id, while it is still on the page. */
export function elementOf(id: string): Element | null {
  const el = elements.get(id)?.deref() ?? null;
  return el?.isConnected ? el : null;
}

/** Where the walk is. */
interface View { x: number; y: number; clip: Clip | null; active: Element | null }
interface Clip { left: number; top: number; right: number; bottom: number }

let nodes: Node[] = [];
let left = 0;
let wrong: Set<Element | null> = new Set();
let high = 0; // the window's inner height

let quick = false;

/**
 * Everything of the page that is in view or near it, with what lies in shadow roots and in frames of the same origin. refused: what
 * the site refuses. soon: the page is about to be looked at again, so that what is rarely changed without a word in it, what scrolls
 * by itself and what is invisible where it stands, may be as it was last.
 */
export function outlineOf(refused: Set<Element | null>, soon = false): Outline {
  nodes = [];
  quick = soon;
  left = mostElements;
  wrong = refused;
  high = innerHeight;
  const page = wholePage();
  if (page) walk(page, { x: 0, y: 0, clip: null, active: document.activeElement });
  return { w: innerWidth, h: high, scroll: Math.round(scrollY), nodes };
}

function walk(parent: Part, at: View): void {
  for (const part of below(parent)) {
    if (nodes.length >= mostNodes || --left < 0) return;
    visit(part, at);
  }
}

function visit(p: Part, at: View): void {
  const { el } = p;
  const frame = el.tagName === "IFRAME" || el.tagName === "FRAME";
  look(p);
  const around = el.firstElementChild !== null || p.inner !== null || frame;
  if (around && (frame || p.inner || below(p).length > few) && !el.checkVisibility() && getComputedStyle(el).display === "none") return; // little is asked when it is told
  if (p.kind) tell(p, at);
  if (p.closed || !around) return;
  if (frame) return enter(p, at);
  const clip = clipped(p, at);
  if (p.inner) walk(p.inner.top, { ...at, clip, active: (p.inner.root as ShadowRoot).activeElement });
  walk(p, clip === at.clip ? at : { ...at, clip });
}

/** A frame of the same origin; another is only a box here. */
function enter(p: Part, at: View): void {
  const inner = framed(p);
  if (!inner) return;
  const frame = p.el;
  const r = frame.getBoundingClientRect();
  const x = at.x + r.left + frame.clientLeft, y = at.y + r.top + frame.clientTop;
  const clip = meet(at.clip, { left: x, top: y, right: x + frame.clientWidth, bottom: y + frame.clientHeight });
  walk(inner.top, { x, y, clip, active: (inner.root as Document).activeElement });
}

/** What scrolls by itself shows only what is in its own box. */
function clipped(p: Part, at: View): Clip | null {
  const { el } = p;
  if (quick && p.still) return at.clip;
  const style = p.style ??= getComputedStyle(el); // it goes on telling how things are
  p.still = style.overflowX === "visible" && style.overflowY === "visible";
  if (p.still) return at.clip;
  if (el.clientHeight === 0 || el === el.ownerDocument.documentElement) return at.clip;
  if (el.scrollHeight <= el.clientHeight + 4 && el.scrollWidth <= el.clientWidth + 4) return at.clip;
  const r = el.getBoundingClientRect();
  return meet(at.clip, { left: at.x + r.left, top: at.y + r.top, right: at.x + r.right, bottom: at.y + r.bottom });
}

function meet(a: Clip | null, b: Clip): Clip {
  if (!a) return b;
  return { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
}

function tell(p: Part, at: View): void {
  const { el, kind } = p;
  const r = p.around ? textRect(el) : el.getBoundingClientRect();
  if (r.width < 4 || r.height < 4) return; // there for screen readers only
  let [x, y, w, h] = [at.x + r.left, at.y + r.top, r.width, r.height];
  const reach = near.has(el) ? 4 * high : high; // who scrolls up and down again brings nothing new
  if (y + h < -reach || y > high + reach) { near.delete(el); return; }
  if (at.clip && (x + w <= at.clip.left || x >= at.clip.right || y + h <= at.clip.top || y >= at.clip.bottom)) return;
  if (!(quick && p.visible) && !(el instanceof HTMLInputElement)) {
    p.visible = el.checkVisibility({ visibilityProperty: true });
    if (!p.visible) return;
  }
  if (p.choice) [x, y, w, h] = steady(el, x, y, w, h);
  const state = stateOf(el, kind, at.active);
  p.id ||= idOf(el);
  if (state.length === 0 && kind === "group") return; // a box round other boxes that tells nothing
  const node: Node = { id: p.id, kind, box: [Math.round(x), Math.round(y), Math.round(w), Math.round(h)] };
  if (state.length > 0) node.state = state;
  near.add(el);
  const text = textIn(p);
  if (text) { node.text = text; node.place = p.at ||= place(p); }
  nodes.push(node);
}

const near = new WeakSet<Element>(); // what was told because it was in view or near it

const stood = new WeakMap<Element, [number, number, number, number]>();

/** A choice and its neighbours are told where they stood first, and in whole steps: what is chosen is often drawn bold or with a border, and pushes what is beside it. */
function steady(el: Element, x: number, y: number, w: number, h: number): [number, number, number, number] {
  const step = el instanceof HTMLInputElement ? 8 : 64;
  const now: [number, number, number, number] = [Math.floor((x + scrollX) / 8) * 8, Math.round(y + scrollY), Math.ceil(w / step) * step, Math.ceil(h / 8) * 8];
  let then = stood.get(el);
  if (!then || now.some((v, i) => Math.abs(v - then![i]!) > 36)) stood.set(el, then = now);
  return [then[0] - scrollX, then[1] - scrollY, then[2], then[3]];
}

/** The box of an element's own words, without the control that stands among them. */
function textRect(el: Element): { left: number; top: number; right: number; bottom: number; width: number; height: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const texts = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let n = texts.nextNode(); n; n = texts.nextNode()) {
    if (clean(n.textContent) === "" || n.parentElement?.closest("select,textarea,script,style")) continue;
    range.selectNodeContents(n);
    const r = range.getBoundingClientRect();
    if (r.width === 0) continue;
    left = Math.min(left, r.left); top = Math.min(top, r.top); right = Math.max(right, r.right); bottom = Math.max(bottom, r.bottom);
  }
  if (left === Infinity) return { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 };
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

/** What a field is like, never what is in it. Of a choice nothing: its group is answered, or the citizen is at it. */
function stateOf(el: Element, kind: string, active: Element | null): string[] {
  const state: string[] = [];
  switch (kind) {
    case "field": case "select": {
      const field = el as HTMLInputElement;
      if (field.multiple && el.tagName === "SELECT") break;
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName)) state.push(field.value === "" ? "empty" : "answered");
      else if ((el as HTMLElement).isContentEditable) state.push(clean(el.textContent) === "" ? "empty" : "answered");
      break;
    }
    case "secret": state.push("never"); break;
    case "group": {
      const radios = el.querySelectorAll<HTMLInputElement>("input[type=radio]");
      if (radios.length > 1) state.push([...radios].some((r) => r.checked) ? "answered" : "empty");
      break;
    }
  }
  const asked = kind === "field" || kind === "select" || kind === "secret" || kind === "group";
  if (asked && (wrong.has(el) || wrong.has(el.closest("fieldset")) || el.getAttribute("aria-invalid") === "true")) state.push("error");
  if (asked && active && (el === active || (kind === "group" && el.contains(active) && choiceOf(active, roleOf(active))))) state.push("here");
  return state;
}

/** The element of the outline that a touch is on: itself, what it is in, or the field of a label. "" when there is none. */
export function nearest(touched: Element): string {
  for (let el: Element | null = touched; el; el = el.parentElement ?? ((el.getRootNode() as ShadowRoot).host ?? null)) {
    const control = el instanceof HTMLLabelElement ? el.control : null;
    const id = (control && ids.get(control)) ?? ids.get(el);
    if (id && el !== document.body) return id;
  }
  return "";
}

/** The words and values that an element shows now, for the citizen to show once; null when it is never shown. */
export function shownBy(el: Element): string | null {
  if (neverShown(el)) return null;
  if (el instanceof HTMLSelectElement) return [...el.selectedOptions].map((o) => clean(o.label)).join(", ");
  if (el instanceof HTMLInputElement) {
    if (el.type === "radio" || el.type === "checkbox") return nameOf(el);
    if (el.type === "file") return [...el.files ?? []].map((f) => f.name).join(", ");
    return clean(el.value);
  }
  if (el instanceof HTMLTextAreaElement) return clean(el.value);
  return clean(el.textContent).slice(0, 400);
}

