// SPDX-License-Identifier: Apache-2.0

// What authoring needs of a page, in the same isolated world as the engine's script. While a recording runs it tells which
// page this is, what the author does to which control, and which errors the site shows. For checking a guide it describes
// any control anew. The Go side is kiosk/browser/record.go and drift.go.

import { errorsOf } from "../errors.ts";
import { featuresOf, type Features } from "../features.ts";
import { assign } from "../match.ts";
import { clean, labelsOf, nameOf, visible, words } from "../names.ts";
import { treesOf } from "../roots.ts";
import type { Box, Target, Text } from "../types.ts";
import { xpathOf } from "../ways.ts";

declare const handrailTell: ((json: string) => void) | undefined;

declare global {
  // eslint-disable-next-line no-var
  var handrailRecord: unknown;
  // eslint-disable-next-line no-var
  var handrailRecording: boolean | undefined;
}

interface Choice { value: string; words: string }

interface Act { t: "act"; do: "fill" | "choose" | "press" | "secret"; target: Target; value: string; choices: Choice[] }

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
  if (el instanceof HTMLInputElement && /^(radio|checkbox)$/.test(el.type)) {
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
  if (el instanceof HTMLSelectElement) {
    return [...el.options].filter((o) => o.value !== "" && !o.disabled).slice(0, 100).map((o) => ({ value: o.value, words: clean(o.label) }));
  }
  const inside = el instanceof HTMLInputElement ? [el] : [...el.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]")];
  return inside.slice(0, 100).map((i) => ({ value: i.getAttribute("value") ?? "", words: labelWords(i) }));
}

function secret(el: Element): boolean {
  return el instanceof HTMLInputElement && (el.type === "password" || /(^| )(current-password|new-password|one-time-code|cc-)/.test(el.autocomplete));
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

function tellPage(): void {
  if (!document.body) return;
  const h1 = document.querySelector("h1");
  const errors = errorsOf(treesOf(document)).map((e) => {
    const f = e.el ? featuresFor(e.el) : undefined;
    return { words: e.words, target: f ? fingerprint(f) : null };
  });
  const message = { t: "recorded-page", path: location.pathname, lang: lang(), title: clean(document.title), heading: h1 ? words(h1).normalize("NFC") : "", state: stateOf(), errors };
  const key = JSON.stringify(message);
  if (key === told) return;
  told = key;
  tell(message);
}

function tellAct(what: Act["do"], el: Element, value: string, choices: Choice[]): void {
  const f = featuresFor(el);
  if (!f) return;
  tellPage();
  tell({ t: "act", do: what, target: fingerprint(f), value, choices } satisfies Act);
}

let pressed: Element | null = null;

function onChange(event: Event): void {
  const el = event.target as Element;
  if (secret(el)) { tellAct("secret", el, "", []); return; }
  if (el instanceof HTMLSelectElement) tellAct("choose", el, el.value, choicesOf(el));
  else if (el instanceof HTMLInputElement && /^(radio|checkbox)$/.test(el.type)) {
    const target = stepElement(el);
    if (el.checked) tellAct("choose", target, el.getAttribute("value") ?? "", choicesOf(target));
  } else if (el instanceof HTMLTextAreaElement || (el instanceof HTMLInputElement && !/^(file|submit|button|reset|image)$/.test(el.type))) {
    tellAct("fill", el, el.value, []);
  }
}

function onClick(event: Event): void {
  const el = (event.target as Element | null)?.closest?.("button,a[href],input[type=submit],input[type=button],input[type=image],summary,[role=button],[role=link],[role=tab],[role=menuitem]");
  if (!el) return;
  pressed = el;
  tellAct("press", el, "", []);
}

function onSubmit(event: Event): void {
  const submit = event as SubmitEvent;
  const form = submit.target as HTMLFormElement;
  const by = submit.submitter ?? form.querySelector("button:not([type=button]),input[type=submit]");
  if (by && by !== pressed) tellAct("press", by, "", []);
  pressed = null;
}

function record(): void {
  let timer = 0;
  const soon = () => { if (!timer) timer = window.setTimeout(() => { timer = 0; tellPage(); }, 60); };
  new MutationObserver(soon).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["class", "hidden", "aria-invalid"] });
  document.addEventListener("change", onChange, { capture: true, passive: true });
  document.addEventListener("click", onClick, { capture: true, passive: true });
  document.addEventListener("submit", onSubmit, { capture: true, passive: true });
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
  const shown = el instanceof HTMLInputElement && /^(radio|checkbox)$/.test(el.type) && label ? label : el;
  shown.scrollIntoView({ block: "center", behavior: "instant" });
  const r = shown.getBoundingClientRect();
  return { x: r.left, y: r.top, w: Math.min(r.width, innerWidth - r.left), h: r.height };
}

const shown = (f: Features): boolean => visible(f.el) || [...((f.el as HTMLInputElement).labels ?? [])].some(visible);

interface Found { box: Box; how: "type" | "touch" | "list"; words: string }

/** Finds a control by what it is called, for a script of clicks; null when the page has none. */
function find(what: string, name: string, choice: string): Found | null {
  const all = featuresOf(document).filter(shown);
  switch (what) {
    case "press": case "declare": {
      const f = called(all.filter((f) => /^(button|link|tab|menuitem)$/.test(f.role)), name, (f) => f.name);
      return f ? { box: boxInView(f.el), how: "touch", words: "" } : null;
    }
    case "fill": {
      const fields = all.filter((f) => /^(textbox|searchbox|spinbutton|combobox)$/.test(f.role) && !(f.el instanceof HTMLSelectElement));
      const f = called(fields, name, (f) => f.name) ?? called(fields, name, (f) => `${f.group} ${f.name}`);
      if (!f) return null;
      const found: Found = { box: boxInView(f.el), how: "type", words: "" };
      (f.el as HTMLInputElement).focus({ preventScroll: true });
      (f.el as HTMLInputElement).select?.();
      return found;
    }
    case "choose": {
      const f = called(all.filter((f) => /^(radiogroup|group|combobox|listbox|checkbox|radio)$/.test(f.role)), name, (f) => f.name);
      if (!f) return null;
      if (f.el instanceof HTMLSelectElement) {
        const option = called([...f.el.options], choice, (o) => o.label) ?? [...f.el.options].find((o) => o.value === choice);
        if (!option) return null;
        const found: Found = { box: boxInView(f.el), how: "list", words: clean(option.label) };
        f.el.focus({ preventScroll: true });
        return found;
      }
      if (f.el instanceof HTMLInputElement) return { box: boxInView(f.el), how: "touch", words: "" };
      const inputs = [...f.el.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]")];
      const input = called(inputs, choice, labelWords) ?? inputs.find((i) => i.getAttribute("value") === choice);
      return input ? { box: boxInView(input), how: "touch", words: "" } : null;
    }
  }
  return null;
}

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
  find, propose,
  page: () => ({ path: location.pathname, heading: words(document.querySelector("h1") ?? document.createElement("i")), lang: lang() }),
};

if (globalThis.handrailRecording && window.top === window) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", record, { once: true });
  else record();
}
