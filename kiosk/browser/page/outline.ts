// SPDX-License-Identifier: Apache-2.0

// The outline: for each visible element its kind, its box and its state. The words that come with it are only a candidate:
// the worker drops all that are not in the guide's public words for this page and this place. No value is read, and nothing
// is told from which a choice could be seen: not what is checked, not which of several choices has the focus, not how much
// wider the chosen one is drawn.

import { clean, nameOf, roleOf, words } from "./names.ts";
import { documentOf, shadowOf } from "./roots.ts";

export interface Node { id: string; kind: string; box: [number, number, number, number]; state?: string[]; text?: string; place?: string }

export interface Outline { t: "outline"; w: number; h: number; scroll: number; nodes: Node[] }

export const mostNodes = 600;
/** Elements looked at for one outline; of a page with more, what comes later is left out. */
const mostElements = 20000;

// Names of elements are those of this document and no other: what a helper points at is never something else on the next page.
const document_ = [...crypto.getRandomValues(new Uint8Array(3))].map((b) => (b % 36).toString(36)).join("");
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

const deepest = 41; // parts of a place that are kept

/** Where words stand on a page: the path of tags, with ordinals, from the body. Through a shadow root or a frame it goes on with #. */
export function placeOf(el: Element): string {
  const path: string[] = [];
  const body = el.ownerDocument.body;
  let at: Element | null = el;
  for (; at && at !== body; at = at.parentElement) {
    let n = 1;
    for (let before = at.previousElementSibling; before; before = before.previousElementSibling) if (before.tagName === at.tagName) n++;
    path.unshift(at.tagName.toLowerCase() + n);
    if (path.length >= deepest) break;
  }
  const own = path.join("/");
  const root = el.getRootNode();
  if (root instanceof ShadowRoot) return `${placeOf(root.host)}/#/${own}`;
  if (el.ownerDocument !== document) {
    const frame = el.ownerDocument.defaultView?.frameElement;
    if (frame) return `${placeOf(frame)}/#/${own}`;
  }
  return own;
}

/** What the walk knows of where it is. place: of the parent; sentence: in an element whose words are told as one. */
interface Where { place: string[]; before: string; sentence: boolean; told: boolean; x: number; y: number; clip: Clip | null; active: Element | null; group: boolean }
interface Clip { left: number; top: number; right: number; bottom: number }

const inline = /^(SPAN|STRONG|EM|B|I|U|SMALL|CODE|MARK|SUB|SUP|TIME|ABBR|BDI|BDO|FONT|Q|CITE|KBD|SAMP|VAR|S|DEL|INS|DFN)$/;
const silent = /^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|HEAD|LINK|META|DATALIST|OPTION|OPTGROUP|BR|WBR|HR|TITLE|BASE|SOURCE|TRACK|PARAM|COL|COLGROUP)$/;
const pictures = /^(IMG|SVG|svg|CANVAS|VIDEO|OBJECT|EMBED|PICTURE|MATH|math)$/;
const valueRoles = /^(combobox|textbox|searchbox|spinbutton|slider|timer|meter|progressbar)$/;
const choiceRoles = /^(radio|checkbox|switch|option|menuitemradio|menuitemcheckbox|treeitem|tab|gridcell)$/;

/** Fields that were once for a password stay secret when the page shows what is in them. */
const onceSecret = new WeakSet<Element>();

new MutationObserver((all) => {
  for (const m of all) if (m.oldValue?.toLowerCase() === "password") onceSecret.add(m.target as Element);
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["type"], attributeOldValue: true });

/** Whether what stands in a field is nobody's to see, even when the citizen would show it. */
export function neverShown(el: Element): boolean {
  if (el instanceof HTMLInputElement && el.type === "password") onceSecret.add(el);
  if (onceSecret.has(el)) return true;
  if (!/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName) && !(el as HTMLElement).isContentEditable) return el.querySelector?.("input,select,textarea") ? [...el.querySelectorAll("input,select,textarea")].some(neverShown) : false;
  if (/\b(one-time-code|(current|new)-password|cc-\S+|transaction-amount)\b/.test(el.getAttribute("autocomplete") ?? "")) return true;
  return /(^|[^a-z])(pass(word|code|wd)?|pin|otp|totp|tan|cvc|cvv|csc|iban|bic|card-?(number|no|nr)|account-?(number|no)|security-?code)([^a-z]|$)/i
    .test(`${el.id} ${el.getAttribute("name") ?? ""}`.replace(/([a-z0-9])([A-Z])/g, "$1-$2").replace(/_/g, "-"));
}

let nodes: Node[] = [];
let left = 0;
let wrong: Set<Element | null> = new Set();
/** Whether anything in the present tree says of itself that it is chosen. */
let choosing = false;
const chosen = "[aria-selected],[aria-checked],[aria-pressed],[role=option],[role=radio]";

/** Everything of the page that is in view or near it, with what lies in shadow roots and in frames of the same origin. wrong: what the site refuses. */
export function outlineOf(refused: Set<Element | null>): Outline {
  nodes = [];
  left = mostElements;
  wrong = refused;
  choosing = document.querySelector(chosen) !== null;
  if (document.body) {
    descend(document.body, {
      place: [], before: window.top === window || sameAbove() ? "" : `@${location.origin}/#/`, sentence: false, told: false, x: 0, y: 0, clip: null, active: document.activeElement, group: false,
    });
  }
  return { t: "outline", w: innerWidth, h: innerHeight, scroll: Math.round(scrollY), nodes };
}

function sameAbove(): boolean {
  try { return window.frameElement !== null; } catch { return false; }
}

function descend(parent: Element | ShadowRoot, at: Where): void {
  const ordinals = new Map<string, number>();
  for (let el = parent.firstElementChild; el; el = el.nextElementSibling) {
    const n = (ordinals.get(el.tagName) ?? 0) + 1;
    ordinals.set(el.tagName, n);
    if (silent.test(el.tagName)) continue;
    if (nodes.length >= mostNodes || --left < 0) return;
    at.place.push(el.tagName.toLowerCase() + n);
    visit(el, at);
    at.place.pop();
  }
}

function visit(el: Element, at: Where): void {
  if (!el.checkVisibility() && getComputedStyle(el).display === "none") return;
  const role = el.getAttribute("role");
  const kind = kindOf(el, role, at);
  if (kind) tell(el, kind, at);
  // Nothing in a picture, in what is written into, or in what shows a value is words of the page.
  if (pictures.test(el.tagName) || /^(INPUT|TEXTAREA|SELECT|OUTPUT|METER|PROGRESS)$/.test(el.tagName) || editable(el, role)) return;
  if (el.tagName === "IFRAME" || el.tagName === "FRAME") return enter(el as HTMLIFrameElement, at);
  const below: Where = {
    ...at, sentence: at.sentence || /^(BUTTON|LABEL|LEGEND|H[1-4]|SUMMARY)$/.test(el.tagName) || (el.tagName === "A" && el.hasAttribute("href")) || kind === "button" || kind === "link",
    told: at.told || kind === "text" || kind === "label", clip: clipped(el, at), group: at.group || kind === "group",
  };
  const shadow = shadowOf(el);
  if (shadow) choosing ||= shadow.querySelector(chosen) !== null;
  if (shadow) descend(shadow, { ...below, place: [], before: whole(at) + "/#/", active: shadow.activeElement });
  if (el.firstElementChild) descend(el, below);
}

/** A frame of the same origin; one of another origin has a script of its own, and is only a box here. */
function enter(frame: HTMLIFrameElement, at: Where): void {
  const inner = documentOf(frame);
  if (!inner?.body) return;
  choosing ||= inner.querySelector(chosen) !== null;
  const r = frame.getBoundingClientRect();
  const x = at.x + r.left + frame.clientLeft, y = at.y + r.top + frame.clientTop;
  const clip = meet(at.clip, { left: x, top: y, right: x + frame.clientWidth, bottom: y + frame.clientHeight });
  descend(inner.body, { place: [], before: whole(at) + "/#/", sentence: false, told: false, x, y, clip, active: inner.activeElement, group: false });
}

function whole(at: Where): string {
  return at.before + at.place.slice(-deepest).join("/");
}

/** What scrolls by itself shows only what is in its own box. */
function clipped(el: Element, at: Where): Clip | null {
  if (el.scrollHeight <= el.clientHeight + 4 && el.scrollWidth <= el.clientWidth + 4) return at.clip;
  if (el.clientHeight === 0 || el === el.ownerDocument.documentElement) return at.clip;
  const style = getComputedStyle(el);
  if (style.overflowX === "visible" && style.overflowY === "visible") return at.clip;
  const r = el.getBoundingClientRect();
  return meet(at.clip, { left: at.x + r.left, top: at.y + r.top, right: at.x + r.right, bottom: at.y + r.bottom });
}

function meet(a: Clip | null, b: Clip): Clip {
  if (!a) return b;
  return { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
}

function editable(el: Element, role: string | null): boolean {
  if (isEditable(el)) return true;
  return role !== null && valueRoles.test(role) && !el.querySelector("input,select,textarea");
}

/** What lies in an editable element is not looked at, so its own attribute is enough. */
function isEditable(el: Element): boolean {
  const given = el.getAttribute("contenteditable");
  return given !== null && given !== "false";
}

function kindOf(el: Element, role: string | null, at: Where): string {
  if (isEditable(el)) return "field";
  switch (el.tagName) {
    case "INPUT": {
      const type = (el as HTMLInputElement).type;
      if (type === "hidden") return "";
      if (type === "radio" || type === "checkbox") return type;
      if (roleOf(el) === "button") return "button";
      return neverShown(el) ? "secret" : "field";
    }
    case "TEXTAREA": return neverShown(el) ? "secret" : "field";
    case "SELECT": return neverShown(el) ? "secret" : "select";
    case "BUTTON": case "SUMMARY":
      if (role !== null && choiceRoles.test(role)) return "radio";
      return role !== null && valueRoles.test(role) || el.getAttribute("aria-haspopup") === "listbox" ? "select" : "button";
    case "A":
      if (el.hasAttribute("href")) return role === "button" ? "button" : "link";
      break;
    case "H1": case "H2": case "H3": case "H4": return "heading";
    case "FIELDSET": return "group";
    case "IFRAME": case "FRAME": return "frame";
    case "LABEL": case "LEGEND":
      return el.querySelector("h1,h2,h3") !== null ? "" : "label";
    case "OUTPUT": case "METER": case "PROGRESS": return "image";
  }
  if (pictures.test(el.tagName)) return at.sentence ? "" : "image";
  if (role !== null) {
    if (role === "radiogroup") return "group";
    if (choiceRoles.test(role)) return role === "checkbox" || role === "switch" ? "checkbox" : "radio";
    if (role === "button" || role === "link") return role;
    if (role === "heading") return "heading";
    if (/^(combobox|textbox|searchbox|spinbutton)$/.test(role)) return el.querySelector("input,select,textarea") ? "" : "field";
    if (valueRoles.test(role)) return "image";
  }
  // Anything else counts when words stand in it directly, so that a sentence is told once.
  if (at.sentence || (at.told && inline.test(el.tagName))) return "";
  for (const node of el.childNodes) if (node.nodeType === Node.TEXT_NODE && clean(node.textContent) !== "") return "text";
  return "";
}

function tell(el: Element, kind: string, at: Where): void {
  const choice = choiceOf(el, kind);
  let r: { left: number; top: number; width: number; height: number; bottom: number; right: number } = kind === "label" && el.querySelector("input,select,textarea") ? textRect(el) : el.getBoundingClientRect();
  if (r.width < 4 || r.height < 4) { // there for screen readers only
    if (kind !== "radio" && kind !== "checkbox") return;
  }
  let [x, y, w, h] = [at.x + r.left, at.y + r.top, r.width, r.height];
  if (y + h < -innerHeight || y > 2 * innerHeight) return;
  if (at.clip && (x + w <= at.clip.left || x >= at.clip.right || y + h <= at.clip.top || y >= at.clip.bottom)) return;
  if (!(el instanceof HTMLInputElement) && !el.checkVisibility({ visibilityProperty: true })) return;
  if (w < 4 || h < 4) return;
  if (choice) [x, y, w, h] = steady(el, x, y, w, h);
  const node: Node = { id: idOf(el), kind, box: [Math.round(x), Math.round(y), Math.round(w), Math.round(h)] };
  const state = stateOf(el, kind, at.active);
  if (state.length > 0) node.state = state;
  if (state.length === 0 && kind === "group") return; // a box round other boxes that tells nothing
  const text = textOf(el, kind);
  if (text) { node.text = text; node.place = whole(at); }
  nodes.push(node);
}

const stood = new WeakMap<Element, [number, number, number, number]>();

/** A choice and its neighbours are told where they stood first, and in whole steps: what is chosen is often drawn bold or with a border, and pushes what is beside it. */
function steady(el: Element, x: number, y: number, w: number, h: number): [number, number, number, number] {
  const step = el instanceof HTMLInputElement ? 8 : 64;
  const now: [number, number, number, number] = [Math.floor((x + scrollX) / 8) * 8, Math.round(y + scrollY), Math.ceil(w / step) * step, Math.ceil(h / 8) * 8];
  let then = stood.get(el);
  if (!then || now.some((v, i) => Math.abs(v - then![i]!) > 36)) stood.set(el, then = now);
  return [then[0] - scrollX, then[1] - scrollY, then[2], then[3]];
}

/** Whether an element's look may tell what was chosen: a choice, or the words of one. */
function choiceOf(el: Element, kind: string): boolean {
  if (kind === "radio" || kind === "checkbox") return true;
  if (kind === "label") {
    const of = (el as HTMLLabelElement).control;
    return of instanceof HTMLInputElement && (of.type === "radio" || of.type === "checkbox");
  }
  if (!choosing) return false;
  if (el.closest("[aria-selected],[aria-checked],[aria-pressed],[role=option],[role=radio]")) return true;
  // One row drawn bold makes the whole of its table wider.
  const list = el.closest("table,[role=grid],[role=listbox],[role=tablist],[role=tree]");
  return list !== null && list.querySelector("[aria-selected],[aria-checked],[aria-pressed]") !== null;
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

function textOf(el: Element, kind: string): string {
  switch (kind) {
    case "field": case "secret": case "select": case "image": case "group": case "frame": return "";
    case "radio": case "checkbox": return el instanceof HTMLInputElement ? "" : words(el);
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

