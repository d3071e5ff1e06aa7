// SPDX-License-Identifier: Apache-2.0

// What authoring needs of a page, in the same isolated world as the engine's script. While a recording runs it tells which
// page this is, what the author does to which control, and which errors the site shows: in the page, in its shadow roots
// and in its frames. For checking a guide it describes any control anew. The Go side is kiosk/browser/record.go and
// walk_check.go.

import { errorsOf } from "../errors.ts";
import { featuresOf, type Features } from "../features.ts";
import { assign } from "../match.ts";
import { clean, labelsOf, nameOf, visible, words } from "../names.ts";
import { adopt, hostsOf, rectOf, shadowOf, treesOf, type Tree } from "../roots.ts";
import type { Box, Target, Text } from "../types.ts";
import { frameChain, xpathOf } from "../ways.ts";
import { oneWindow } from "../windows.ts";

declare const handrailTell: ((json: string) => void) | undefined;

declare global {
  // eslint-disable-next-line no-var
  var handrailRecord: unknown;
  // eslint-disable-next-line no-var
  var handrailRecording: boolean | undefined;
  // eslint-disable-next-line no-var
  var handrail: unknown;
}

interface Choice { value: string; words: string }

interface Act { t: "act"; do: "fill" | "choose" | "press" | "secret" | "upload"; target: Target; value: string; choices: Choice[] }

/** The document of a frame that its parent cannot look into: its targets say so. */
const outside = window.top !== window && !seenFromAbove();

function seenFromAbove(): boolean {
  try { return window.frameElement !== null; } catch { return false; }
}

// An element of another document or world is no instance of our classes: tags tell what it is.
const isInput = (el: Element, type = /./): el is HTMLInputElement => el.tagName === "INPUT" && type.test((el as HTMLInputElement).type);
const isSelect = (el: Element): el is HTMLSelectElement => el.tagName === "SELECT";
const isText = (el: Element): el is HTMLInputElement | HTMLTextAreaElement =>
  el.tagName === "TEXTAREA" || isInput(el, /^(?!file|submit|button|reset|image|radio|checkbox|hidden|range|color)/);
const ticks = /^(radio|checkbox)$/;

const lang = (): string => (document.documentElement.lang || "en").slice(0, 2).toLowerCase();

function text(s: string): Text | undefined {
  const said = clean(s).normalize("NFC").slice(0, 300).trim();
  return said ? { [lang()]: said } : undefined;
}

/** The fingerprint of an element as the guide's format has it. */
function fingerprint(f: Features): Target {
  const out: Target = { role: f.role };
  const put = (key: "name" | "group" | "heading" | "near", s: string) => { const t = text(s); if (t) out[key] = t; };
  put("name", f.name);
  if (f.group !== f.name) put("group", f.group);
  if (f.role !== "heading") put("heading", f.heading);
  if (!f.name) put("near", f.near);
  out.tag = f.tag;
  if (/^[a-z0-9-]+$/.test(f.type)) out.type = f.type;
  const tokens = f.tokens.filter((t) => t.length <= 40).slice(0, 12);
  if (tokens.length > 0) out.tokens = tokens;
  if (/^[a-z0-9 -]+$/.test(f.autocomplete)) out.autocomplete = f.autocomplete;
  if (f.option) out.option = f.option;
  if (f.ordinal <= 1000) out.ordinal = f.ordinal;
  out.css = f.el.id ? "#" + CSS.escape(f.el.id) : path(f.el);
  if (outside) {
    const chain = frameChain();
    out.frame = location.origin;
    if (chain.length > 1) out.within = chain.slice(0, -1);
  }
  if (xpathOf(f.el)) out.xpath = xpathOf(f.el);
  if (f.shadow.length > 0) out.shadow = f.shadow;
  return out;
}

/** A short selector for an element without an id. */
function path(el: Element): string {
  const name = el.getAttribute("name");
  const tag = el.tagName.toLowerCase();
  if (name && /^[\w.-]+$/.test(name)) return `${tag}[name="${name}"]`;
  const around = ["form", "main"].filter((a) => el.closest(a)).reverse();
  return [...around, tag].join(" ");
}

function featuresFor(el: Element): Features | undefined {
  return featuresOf(document).find((f) => f.el === el);
}

/** The element that a step about this control would have for its target: for a choice, its group. */
function stepElement(el: Element): Element {
  if (isInput(el, ticks)) {
    const group = el.closest("fieldset,[role=radiogroup],[role=group]");
    const same = group?.querySelectorAll(`input[type=${el.type}]`).length ?? 0;
    if (group && (el.type === "radio" || same > 1)) return group;
  }
  return el;
}

function labelWords(el: Element): string {
  return clean(labelsOf(el).map(words).join(" ")) || nameOf(el);
}

function choicesOf(el: Element): Choice[] {
  if (isSelect(el)) {
    return [...el.options].filter((o) => o.value !== "" && !o.disabled).slice(0, 100).map((o) => ({ value: o.value, words: clean(o.label) }));
  }
  const inside = isInput(el) ? [el] : [...el.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]")];
  return inside.slice(0, 100).map((i) => ({ value: i.getAttribute("value") ?? "", words: labelWords(i) }));
}

function secret(el: Element): boolean {
  return isInput(el) && (el.type === "password" || /(^| )(current-password|new-password|one-time-code|cc-)/.test(el.autocomplete));
}

/** What kind of page the typed states of a guide would call this. */
function stateOf(): string {
  if (document.querySelector("iframe[src*=captcha],iframe[src*=turnstile],[class*=g-recaptcha],[class*=h-captcha]")) return "captcha";
  if (document.querySelector("input[autocomplete~=cc-number]")) return "payment";
  if (document.querySelector("input[type=password]")) return "login";
  return "";
}

// --- recording ---

let told = "";

function tell(message: object): void {
  if (typeof handrailTell === "function") handrailTell(JSON.stringify(message));
}

/** What the site refuses now: its words, and the control that they are about. */
function errorsNow(): { words: string; target: Target | null }[] {
  return errorsOf(treesOf(document)).map((e) => {
    const f = e.el ? featuresFor(e.el) : undefined;
    return { words: e.words, target: f ? fingerprint(f) : null };
  });
}

/** Tells which page this is, and what is wrong on it; a frame that nobody looks into from above tells only what is wrong in it. */
function tellPage(): void {
  if (!document.body) return;
  const errors = errorsNow();
  if (outside) {
    if (errors.length > 0) tellOnce({ t: "recorded-errors", errors });
    return;
  }
  const h1 = document.querySelector("h1");
  tellOnce({ t: "recorded-page", path: location.pathname, lang: lang(), title: clean(document.title), heading: h1 ? words(h1).normalize("NFC") : "", state: stateOf(), errors });
}

function tellOnce(message: object): void {
  const key = JSON.stringify(message);
  if (key === told) return;
  told = key;
  tell(message);
}

function tellAct(what: Act["do"], el: Element, value: string, choices: Choice[]): void {
  const f = featuresFor(el);
  if (!f) return;
  tellPage();
  answered.add(el);
  tell({ t: "act", do: what, target: fingerprint(f), value, choices } satisfies Act);
}

let pressed: Element | null = null;
let opens = false; // the link that is touched wanted a window of its own
/** Controls of which an answer was told. */
const answered = new WeakSet<Element>();

/** What a form has chosen by itself, and its author left so, is an answer too. */
function leftAsItWas(form: HTMLFormElement | null): void {
  for (const el of form?.elements ?? []) {
    const chosen = isSelect(el) ? el.value !== "" : isInput(el, /^radio$/) && el.checked;
    if (!chosen || answered.has(stepElement(el)) || !(visible(el) || labelsOf(el).some(visible))) continue;
    onChange(el);
  }
}
/** What was told of a text field, or stood in it when the author came to it: what a script of the page writes there later is told too. */
const written = new WeakMap<Element, string>();
let lastField: Element | null = null;

function fill(el: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  if (written.get(el) === value) return;
  written.set(el, value);
  tellAct("fill", el, value, []);
}

function onChange(el: Element): void {
  if (secret(el)) { tellAct("secret", el, "", []); return; }
  if (isSelect(el)) tellAct("choose", el, el.value, choicesOf(el));
  else if (isInput(el, ticks)) {
    const target = stepElement(el);
    if (el.checked) tellAct("choose", target, el.getAttribute("value") ?? "", choicesOf(target));
  } else if (isInput(el, /^file$/)) {
    if (el.files?.length) tellAct("upload", el, "", []);
  } else if (isText(el)) fill(el, el.value);
}

function onFocusIn(el: Element): void {
  if (!isText(el) || secret(el)) return;
  lastField = el;
  if (!written.has(el)) written.set(el, el.value);
}

/** A list of suggestions writes into its field without an event: it is looked at again when the author has left it. */
function onFocusOut(el: Element): void {
  if (!isText(el) || secret(el)) return;
  window.setTimeout(() => { if (el.isConnected && written.has(el) && el.value !== "") fill(el, el.value); }, 150);
}

/** The text field that a suggestion is for. */
function fieldOf(option: Element): Element | null {
  const list = option.closest("[role=listbox]");
  const root = option.getRootNode() as Document | ShadowRoot;
  const owner = list?.id ? root.querySelector(`[aria-controls~="${CSS.escape(list.id)}"],[aria-owns~="${CSS.escape(list.id)}"]`) : null;
  return owner ? (isText(owner) ? owner : owner.querySelector("input")) ?? lastField : lastField;
}

function onClick(at: Element): void {
  const option = at.closest("[role=option]");
  if (option) {
    const field = fieldOf(option);
    if (field && isText(field)) fill(field, words(option));
    return;
  }
  const el = at.closest("button,a[href],input[type=submit],input[type=button],input[type=image],summary,[role=button],[role=link],[role=tab],[role=menuitem]");
  if (!el) return;
  pressed = el;
  if (el.matches("button:not([type=button]),input[type=submit],input[type=image]")) leftAsItWas(el.closest("form"));
  tellAct("press", el, "", []);
  if (opens) tell({ t: "recorded-window" });
  opens = false;
}

function onSubmit(form: HTMLFormElement, submitter: Element | null): void {
  if (!pressed) leftAsItWas(form);
  const by = submitter ?? form.querySelector("button:not([type=button]),input[type=submit]");
  if (by && by !== pressed) tellAct("press", by, "", []);
  pressed = null;
}

const watched = new WeakSet<Node>();
let hosts: Element[] = []; // what may have a closed shadow root, until the program has asked
let timer = 0;

function soon(): void {
  if (!timer) timer = window.setTimeout(() => { timer = 0; watchTrees(); tellPage(); }, 60);
}

/** Watches every tree of the page, once. A frame that nobody can look into from above watches its own. */
function watchTrees(): void {
  const trees = treesOf(document);
  for (const tree of trees) if (!watched.has(tree.root)) { watched.add(tree.root); watch(tree); }
  const more = hostsOf(trees);
  if (more.length > 0) { hosts = [...hosts, ...more]; tell({ t: "hosts" }); }
}

function watch(tree: Tree): void {
  new MutationObserver(soon).observe(tree.root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["class", "hidden", "aria-invalid"] });
  const on = (type: string, act: (el: Element, event: Event) => void) => tree.root.addEventListener(type, (event) => {
    const el = event.target as Element;
    const inside = shadowOf(el);
    if (inside && watched.has(inside) && event.composed) return; // it is told by the tree in which it happened
    act(el, event);
  }, { capture: true, passive: true });
  on("change", onChange);
  on("click", onClick);
  on("focusin", onFocusIn);
  on("focusout", onFocusOut);
  on("submit", (el, event) => onSubmit(el as HTMLFormElement, (event as SubmitEvent).submitter));
}

function record(): void {
  watchTrees();
  if (outside) { tellPage(); return; }
  // A page that comes back from the browser's memory has told of itself, but that was before others did.
  addEventListener("pageshow", (event) => { if (event.persisted) { told = ""; tellPage(); } });
  tellPage();
}

// --- what the program may call ---

const fold = (s: string): string => clean(s.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " "));

/** The one of these whose words are the wanted; when none is equal, the first that holds them. */
function called<T>(all: T[], name: string, of: (item: T) => string): T | undefined {
  const want = fold(name);
  return all.find((i) => fold(of(i)) === want) ?? all.find((i) => want !== "" && fold(of(i)).includes(want));
}

function boxInView(el: Element): Box {
  const label = (el as HTMLInputElement).labels?.[0];
  const shown = isInput(el, /^(radio|checkbox|file)$/) && label && (!visible(el) || !isInput(el, /^file$/)) ? label : el;
  shown.scrollIntoView({ block: "center", behavior: "instant" });
  const r = rectOf(shown);
  return { x: r.left, y: r.top, w: Math.min(r.width, innerWidth - r.left), h: r.height };
}

const shown = (f: Features): boolean => visible(f.el) || [...((f.el as HTMLInputElement).labels ?? [])].some(visible);

/** How a control is answered: by typing, by a touch, by the keys of a list, by typing and taking what is suggested, by us, or not at all: it is answered so already. */
interface Found { box: Box; how: "type" | "touch" | "list" | "suggest" | "put" | "kept"; words: string }

/** What no keyboard writes in the same way everywhere: the browser's own pickers. */
const pickers = /^(date|time|month|week|datetime-local|file)$/;

/** What was found last that takes the keyboard. */
let lastFound: HTMLElement | null = null;

/** Gives it the keyboard, with what stands in it selected. */
function focus(): boolean {
  lastFound?.focus({ preventScroll: true });
  if (lastFound && isText(lastFound) && !isInput(lastFound, pickers)) lastFound.select();
  return lastFound !== null && active() === lastFound;
}

/** Finds a control by what it is called, for a script of clicks; null when the page has none. */
function find(what: string, name: string, choice: string): Found | null {
  const all = featuresOf(document).filter(shown);
  switch (what) {
    case "press": case "declare": {
      const f = called(all.filter((f) => /^(button|link|tab|menuitem)$/.test(f.role)), name, (f) => f.name);
      return f ? { box: boxInView(f.el), how: "touch", words: "" } : null;
    }
    case "fill": {
      const fields = all.filter((f) => isText(f.el));
      const f = called(fields, name, (f) => f.name) ?? called(fields, name, (f) => `${f.group} ${f.name}`);
      if (!f) return null;
      const found: Found = { box: boxInView(f.el), how: isInput(f.el, pickers) ? "put" : "type", words: "" };
      lastFound = f.el as HTMLInputElement;
      return found;
    }
    case "upload": {
      const f = called(all.filter((f) => isInput(f.el, /^file$/)), name, (f) => f.name);
      if (!f) return null;
      const found: Found = { box: boxInView(f.el), how: "put", words: "" };
      lastFound = f.el as HTMLInputElement;
      return found;
    }
    case "option": {
      const option = called(treesOf(document).flatMap((t) => [...t.root.querySelectorAll("[role=option]")]).filter(visible), name, words);
      return option ? { box: boxInView(option), how: "touch", words: "" } : null;
    }
    case "choose": {
      const f = called(all.filter((f) => /^(radiogroup|group|combobox|listbox|checkbox|radio)$/.test(f.role)), name, (f) => f.name);
      if (!f) return null;
      if (isText(f.el)) {
        const found: Found = { box: boxInView(f.el), how: "suggest", words: choice };
        lastFound = f.el;
        return found;
      }
      if (isSelect(f.el)) {
        const option = called([...f.el.options], choice, (o) => o.label) ?? [...f.el.options].find((o) => o.value === choice);
        if (!option) return null;
        const found: Found = { box: boxInView(f.el), how: option.selected ? "kept" : "list", words: clean(option.label) };
        lastFound = f.el;
        return found;
      }
      if (isInput(f.el) && f.el.checked) { lastFound = f.el; return { box: boxInView(f.el), how: "kept", words: "" }; }
      if (isInput(f.el)) return { box: boxInView(f.el), how: "touch", words: "" };
      const inputs = [...f.el.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]")];
      const input = called(inputs, choice, labelWords) ?? inputs.find((i) => i.getAttribute("value") === choice);
      if (input?.checked) lastFound = input;
      return input ? { box: boxInView(input), how: input.checked ? "kept" : "touch", words: "" } : null;
    }
  }
  return null;
}

/** What a page has for a line of a script that names none of it: the names of its controls, and the choices of the one it names. */
function offers(what: string, name: string): string[] {
  const all = featuresOf(document).filter(shown);
  const kinds: Record<string, (f: Features) => boolean> = {
    press: (f) => /^(button|link|tab|menuitem)$/.test(f.role), fill: (f) => isText(f.el), upload: (f) => isInput(f.el, /^file$/),
    choose: (f) => /^(radiogroup|group|combobox|listbox|checkbox|radio)$/.test(f.role) && (!isInput(f.el, ticks) || stepElement(f.el) === f.el),
  };
  const fit = all.filter(kinds[what === "declare" ? "press" : what] ?? (() => false));
  const one = what === "choose" ? called(fit, name, (f) => f.name) : undefined;
  const said = one ? choicesOf(one.el).map((c) => c.words) : fit.map((f) => f.name);
  return [...new Set(said.filter((s) => s !== ""))].slice(0, 30).map((s) => s.slice(0, 80));
}

/** What has the keyboard, also in a shadow root or in a frame. */
function active(): Element | null {
  let at = document.activeElement;
  for (;;) {
    if (!at) return null;
    const inner: Element | null = shadowOf(at)?.activeElement ?? (at.tagName === "IFRAME" ? (at as HTMLIFrameElement).contentDocument?.activeElement ?? null : null);
    if (!inner) return at;
    at = inner;
  }
}

/** Writes into a picker that has the keyboard, as its own window would: a date, or an invented file of a kind that it takes. */
function put(value: string): boolean {
  const el = active();
  if (!el || !isInput(el, pickers)) return false;
  if (el.type === "file") {
    const image = /image|\.(png|jpe?g)/i.test(el.accept) && !/pdf/i.test(el.accept);
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(image ? onePixel : onePage), (c) => c.charCodeAt(0));
    data.items.add(new File([bytes], image ? "invented.png" : "invented.pdf", { type: image ? "image/png" : "application/pdf" }));
    el.files = data.files;
  } else el.value = value;
  el.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  el.dispatchEvent(new Event("change", { bubbles: true }));
  return el.type === "file" ? el.files?.length === 1 : el.value === value;
}

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const onePage = btoa("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " +
  "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF");

/** How much of an old fingerprint an element still shows, 0..1: for a proposal that a person looks at, not for acting. */
function remains(want: Target, f: Features): number {
  let have = 0;
  let all = 0;
  const add = (weight: number, value: number) => { all += weight; have += weight * value; };
  const said = (t: Text, got: string) => {
    const b = fold(got);
    return Math.max(0, ...Object.values(t).map(fold).map((a) => (a === b ? 1 : a !== "" && b !== "" && (a.includes(b) || b.includes(a)) ? 0.5 : 0)));
  };
  add(3, want.role === f.role ? 1 : 0);
  if (want.name) add(3, said(want.name, f.name));
  if (want.group) add(2, said(want.group, f.group));
  if (want.heading) add(1, said(want.heading, f.heading));
  if (want.near) add(1, said(want.near, f.near));
  if (want.tokens?.length) add(2, want.tokens.filter((t) => f.tokens.includes(t)).length / want.tokens.length);
  if (want.css) { try { add(1.5, f.el.matches(want.css) ? 1 : 0); } catch { /* not a selector */ } }
  if (want.option) add(1.5, want.option === f.option ? 1 : 0);
  if (want.autocomplete) add(1.5, want.autocomplete === f.autocomplete ? 1 : 0);
  if (want.type) add(0.7, want.type === f.type ? 1 : 0);
  if (want.tag) add(0.5, want.tag === f.tag ? 1 : 0);
  if (want.ordinal) add(0.7, want.ordinal === f.ordinal ? 1 : 0);
  return all === 0 ? 0 : have / all;
}

/** What a target that is not found for sure most likely is now: its new fingerprint, and how much of the old one it shows. */
function propose(id: string, targets: Record<string, Target>): { target: Target; score: number } | null {
  const features = featuresOf(document).filter(shown);
  const want = targets[id];
  if (!want) return null;
  const others = new Map(Object.entries(targets).filter(([other]) => other !== id));
  const taken = new Set([...assign(others, features).values()].filter((m) => m.sight === "sure").map((m) => m.el));
  const ranked = features.filter((f) => !taken.has(f.el)).map((f) => ({ f, score: remains(want, f) })).sort((a, b) => b.score - a.score);
  const [best, next] = ranked;
  if (!best || best.score < 0.25 || best.score - (next?.score ?? 0) < 0.04) return null;
  return { target: fingerprint(best.f), score: Math.round(best.score * 100) / 100 };
}

globalThis.handrailRecord = {
  find, focus, offers, propose, put, keep: () => { if (lastFound) onChange(lastFound); }, blur: () => (active() as HTMLElement | null)?.blur(),
  page: () => ({ path: location.pathname, heading: words(document.querySelector("h1") ?? document.createElement("i")), lang: lang() }),
};

if (globalThis.handrailRecording && (window.top === window || outside)) {
  // The engine's script is not here; what it does for closed shadow roots is done by this one.
  oneWindow((by) => { if (by === "click") opens = true; else tell({ t: "recorded-window" }); });
  globalThis.handrail ??= { adopt: (root: ShadowRoot) => { adopt(root); soon(); }, hosts: () => hosts.splice(0) };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", record, { once: true });
  else record();
}
