// SPDX-License-Identifier: Apache-2.0

// What an outline knows of the page's elements from the time before: what each is, whether its look could tell a choice, which
// words stand in it. Only what the page has changed since is looked at again; where things are and how they stand is asked of
// the page each time (outline.ts).

import { clean, nameOf, roleOf, words } from "./names.ts";
import { documentOf, shadowOf } from "./roots.ts";

/** One element. The page may have it no longer: whoever walks begins at the top. */
export interface Part {
  readonly el: Element;
  readonly up: Part | null; // null: the top of a tree
  readonly name: string; // its tag and number among its like
  readonly before: string; // the way to its tree
  stale: boolean; // it is to be looked at again
  kind: string; // "": it is not told by itself
  choice: boolean;
  around: boolean; // words with a control among them
  closed: boolean; // nothing in it is words of the page
  sentence: boolean; // what lies in it: in an element whose words are told as one
  told: boolean;
  text: string | null; // null: to be looked up
  id: string; // as the outline calls it, "" until then
  at: string; // where it stands, "" until it is asked
  style: CSSStyleDeclaration | null;
  still: boolean; // nothing in it scrolled by itself when that was asked last
  visible: boolean; // nor was it invisible where it stands
  below: Part[] | null; // null: to be looked up
  inner: { root: Document | ShadowRoot; top: Part } | null; // a tree of its own in it
}

const parts = new WeakMap<Element | ShadowRoot, Part>();
/** Whether anything in the present tree says of itself that it is chosen. */
let choosing = false;
let top: Part | null = null;
let attending = false;

const chosen = "[aria-selected],[aria-checked],[aria-pressed],[role=option],[role=radio]";
/** What makes elements elsewhere another thing when it comes or goes: a label's choice, a list in which one is chosen. */
const farReaching = `input,[id],${chosen}`;
/** Attributes that change how something looks or stands, and nothing of what it is. */
const looks = /^(class|style|hidden|open|disabled|checked|selected|value|tabindex|title|src|width|height|aria-(invalid|describedby|errormessage|expanded|hidden|busy|live|current|disabled)|data-.*)$/;

/** More changes at once than this are not gone through one by one. */
const manyChanges = 400;

const observer = new MutationObserver(changed);

let styled = false;

/** Whether the page was given other looks since this was asked last. */
export function restyled(): boolean {
  changed(observer.takeRecords());
  const was = styled;
  styled = false;
  return was;
}

/** Has changes of a tree noticed from now on. Whatever was known is looked at anew. */
export function attend(root: Document | ShadowRoot): void {
  attending = true;
  observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  forget();
}

/** Notices nothing any more, and forgets everything. */
export function attendNone(): void {
  attending = false;
  observer.disconnect();
  forget();
}

function forget(): void { top = null; }

function changed(records: MutationRecord[]): void {
  if (!top) return;
  styled ||= records.length > manyChanges || records.some((r) => r.attributeName === "class" || r.attributeName === "style");
  if (records.length > manyChanges) return forget();
  for (const r of records) {
    if (r.type === "attributes") {
      if (!looks.test(r.attributeName ?? "") && !drawn(r)) return forget();
      continue;
    }
    for (const list of [r.addedNodes, r.removedNodes]) {
      for (const node of list) if (node instanceof Element && (node.matches(farReaching) || node.querySelector(farReaching))) return forget();
    }
    let el: Element | ShadowRoot | null = r.target.nodeType === Node.TEXT_NODE ? r.target.parentElement ?? r.target.parentNode as ShadowRoot | null : r.target as Element;
    const at = el && parts.get(el);
    if (at) at.below = null;
    for (; el; el = el.parentNode as Element | ShadowRoot | null) {
      const part = parts.get(el);
      if (part) part.stale = true;
    }
  }
}

/** What moves inside a picture. */
function drawn(r: MutationRecord): boolean {
  return r.target instanceof SVGElement && !/^(id|role|aria-.*)$/.test(r.attributeName ?? "");
}

/** The page's own tree, as it is now; null while it has none. */
export function wholePage(): Part | null {
  changed(observer.takeRecords());
  if (!document.body) return null;
  if (!attending || top?.el !== document.body) {
    choosing = document.querySelector(chosen) !== null;
    top = topOf(document.body, window.top === window || sameAbove() ? "" : `@${location.origin}/#/`);
  }
  return top;
}

function sameAbove(): boolean {
  try { return window.frameElement !== null; } catch { return false; }
}

function topOf(el: Element | ShadowRoot, before: string, within?: Part): Part {
  const part = newPart(el as Element, null, "", before);
  if (within) [part.sentence, part.told] = [within.sentence, within.told];
  parts.set(el, part);
  return part;
}

function newPart(el: Element, up: Part | null, name: string, before: string): Part {
  return { el, up, name, before, stale: true, kind: "", choice: false, around: false, closed: false, sentence: false, told: false, text: null, id: "", at: "", style: null, still: false, visible: false, below: null, inner: null };
}

/** The elements in a part that may be told. */
export function below(p: Part): Part[] {
  if (p.below) return p.below;
  const list: Part[] = [];
  const ordinals = new Map<string, number>();
  for (let el = p.el.firstElementChild; el; el = el.nextElementSibling) {
    const n = (ordinals.get(el.tagName) ?? 0) + 1;
    ordinals.set(el.tagName, n);
    if (silent.test(el.tagName)) continue;
    const part = newPart(el, p, el.tagName.toLowerCase() + n, p.before);
    parts.set(el, part);
    list.push(part);
  }
  return p.below = list;
}

/** What a part is, looked at again if that may have changed. */
export function look(p: Part): void {
  if (!p.stale) return;
  const was = [p.sentence, p.told];
  const { el } = p, up = p.up!;
  const role = el.getAttribute("role");
  const kind = p.kind = kindOf(el, role, up);
  p.stale = false;
  p.text = null;
  p.choice = kind !== "" && choiceOf(el, kind);
  p.around = kind === "label" && el.querySelector("input,select,textarea") !== null;
  // Nothing in a picture, in what is written into, or in what shows a value is words of the page.
  p.closed = pictures.test(el.tagName) || /^(INPUT|TEXTAREA|SELECT|OUTPUT|METER|PROGRESS)$/.test(el.tagName) || editable(el, role);
  p.sentence = up.sentence || /^(BUTTON|LABEL|LEGEND|H[1-4]|SUMMARY)$/.test(el.tagName) || (el.tagName === "A" && el.hasAttribute("href")) || kind === "button" || kind === "link";
  p.told = up.told || kind === "text" || kind === "label";
  if (was[0] !== p.sentence || was[1] !== p.told) p.below = p.inner = null;
  const shadow = p.closed ? null : shadowOf(el);
  if (shadow && p.inner?.root !== shadow) {
    choosing ||= shadow.querySelector(chosen) !== null;
    p.inner = { root: shadow, top: topOf(shadow, place(p) + "/#/", p) };
  }
}

/** The page in a frame of the same origin; one of another origin has a script of its own. */
export function framed(p: Part): Part["inner"] {
  const root = documentOf(p.el as HTMLIFrameElement);
  if (!root?.body) return p.inner = null;
  if (p.inner?.root !== root || p.inner.top.el !== root.body) {
    choosing ||= root.querySelector(chosen) !== null;
    p.inner = { root, top: topOf(root.body, place(p) + "/#/") };
  }
  return p.inner;
}

/** Where a part stands, as placeOf says it. */
export function place(p: Part): string {
  const path: string[] = [];
  for (let at: Part | null = p; at?.up && path.length < deepest; at = at.up) path.push(at.name);
  return p.before + path.reverse().join("/");
}

/** The words of a part; a button's name may stand elsewhere on the page. */
export function textIn(p: Part): string {
  if (p.text === null || p.kind === "button") p.text = textOf(p.el, p.kind);
  return p.text;
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

function editable(el: Element, role: string | null): boolean {
  if (isEditable(el)) return true;
  return role !== null && valueRoles.test(role) && !el.querySelector("input,select,textarea");
}

/** What lies in an editable element is not looked at, so its own attribute is enough. */
function isEditable(el: Element): boolean {
  const given = el.getAttribute("contenteditable");
  return given !== null && given !== "false";
}

function kindOf(el: Element, role: string | null, at: Part): string {
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

/** Whether an element's look may tell what was chosen: a choice, or the words of one. */
export function choiceOf(el: Element, kind: string): boolean {
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
