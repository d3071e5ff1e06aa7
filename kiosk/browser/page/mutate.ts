// SPDX-License-Identifier: Apache-2.0

// The ways in which pages change between the day a guide was written and the day somebody needs it: seventeen kinds, by
// themselves and together. Each change is undone from the record of it, so the elements stay the same.

import type { Tree } from "./roots.ts";

/** Where a control went that was replaced by another element. */
export type Moved = Map<Element, Element>;

type Random = () => number;
type Change = (controls: Element[], random: Random, moved: Moved) => void;

const watched = { subtree: true, childList: true, attributes: true, attributeOldValue: true, characterData: true, characterDataOldValue: true };

/** Keeps a record of every change from now on. */
export function watchChanges(trees: Tree[]): MutationObserver {
  const observer = new MutationObserver(() => {});
  for (const { root } of trees) observer.observe(root, watched);
  return observer;
}

/** Puts everything back, the last change first. */
export function undo(observer: MutationObserver): void {
  const records = observer.takeRecords();
  observer.disconnect();
  for (const r of records.reverse()) {
    if (r.type === "attributes") {
      const el = r.target as Element, name = r.attributeName as string;
      if (r.oldValue === null) el.removeAttribute(name);
      else el.setAttribute(name, r.oldValue);
    } else if (r.type === "characterData") (r.target as CharacterData).data = r.oldValue ?? "";
    else {
      for (const node of r.addedNodes) node.parentNode?.removeChild(node);
      for (const node of r.removedNodes) r.target.insertBefore(node, r.nextSibling);
    }
  }
}

const word = (random: Random) => "x" + Math.floor(random() * 2 ** 40).toString(36);

/** Every id a new one; what refers to it follows. */
const ids: Change = (_, random) => rename(() => word(random));

function rename(to: (old: string) => string): void {
  const map = new Map<string, string>();
  for (const el of document.body.querySelectorAll("[id]")) {
    if (!map.has(el.id)) map.set(el.id, to(el.id));
    el.id = map.get(el.id) as string;
  }
  for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-errormessage", "aria-controls", "list"]) {
    for (const el of document.body.querySelectorAll(`[${name}]`)) {
      el.setAttribute(name, (el.getAttribute(name) ?? "").split(/\s+/).map((id) => map.get(id) ?? id).join(" "));
    }
  }
  for (const el of document.body.querySelectorAll("a[href^='#']")) {
    const id = (el.getAttribute("href") ?? "").slice(1);
    if (map.has(id)) el.setAttribute("href", "#" + map.get(id));
  }
}

const classes: Change = (_, random) => {
  const map = new Map<string, string>();
  for (const el of document.body.querySelectorAll("[class]")) {
    const old = el.getAttribute("class") ?? "";
    if (old.includes("hidden")) continue; // what it hides stays hidden
    el.setAttribute("class", old.split(/\s+/).filter(Boolean).map((c) => {
      if (!map.has(c)) map.set(c, word(random));
      return map.get(c);
    }).join(" "));
  }
};

/** Every name a new one; the controls of one group keep one name. */
const names: Change = (_, random) => renameNames(() => word(random));

function renameNames(to: (old: string) => string): void {
  const map = new Map<string, string>();
  for (const el of document.body.querySelectorAll("input[name],select[name],textarea[name],button[name]")) {
    const old = el.getAttribute("name") ?? "";
    if (!map.has(old)) map.set(old, to(old));
    el.setAttribute("name", map.get(old) as string);
  }
}

const prefixes: Change = (_, random) => {
  const pre = word(random).slice(0, 4);
  rename((old) => `${pre}-${old}`);
  renameNames((old) => `${pre}[${old}]`);
};

/** Each control, with the label beside it, in one to three boxes more. */
const wrap: Change = (controls, random) => {
  for (const el of controls) {
    if (!el.parentElement || el.tagName === "SUMMARY") continue;
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
      const box = document.createElement(el.parentElement?.closest("p,label,span,a,h1,h2,h3") ? "span" : "div");
      el.replaceWith(box);
      box.append(el);
    }
  }
};

/** The blocks that fields stand in are put into another order, within their parent. */
const reorder: Change = (controls, random) => {
  const blocks = new Map<Element, Set<Element>>();
  for (const el of controls) {
    const block = blockOf(el);
    const parent = block.parentElement;
    if (!parent) continue;
    (blocks.get(parent) ?? blocks.set(parent, new Set()).get(parent) as Set<Element>).add(block);
  }
  for (const [parent, set] of blocks) {
    if (set.size < 2) continue;
    const list = [...set];
    const marks = list.map((b) => { const m = document.createComment(""); b.replaceWith(m); return m; });
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [list[i], list[j]] = [list[j] as Element, list[i] as Element];
    }
    marks.forEach((m, i) => m.replaceWith(list[i] as Element));
    void parent;
  }
};

/** The largest box round a control that holds no other control but those of its own group. */
function blockOf(el: Element): Element {
  const group = el.closest("fieldset,[role=group],[role=radiogroup]");
  let at: Element = group ?? el;
  while (at.parentElement && !/^(FORM|MAIN|BODY|FIELDSET)$/.test(at.parentElement.tagName)) {
    const others = at.parentElement.querySelectorAll("input:not([type=hidden]),select,textarea,button,a[href]").length;
    if (others > at.querySelectorAll("input:not([type=hidden]),select,textarea,button,a[href]").length + (at === el ? 1 : 0)) break;
    at = at.parentElement;
  }
  return at;
}

function eachText(change: (text: string) => string): void {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || /^(SCRIPT|STYLE|TEXTAREA|NOSCRIPT)$/.test(parent.tagName) || !node.nodeValue?.trim()) continue;
    const now = change(node.nodeValue);
    if (now !== node.nodeValue) node.nodeValue = now;
  }
  for (const name of ["aria-label", "title", "placeholder"]) {
    for (const el of document.body.querySelectorAll(`[${name}]`)) el.setAttribute(name, change(el.getAttribute(name) ?? ""));
  }
  for (const el of document.body.querySelectorAll("input[type=submit],input[type=button]")) el.setAttribute("value", change(el.getAttribute("value") ?? ""));
}

const leads = ["Please:", "Your", "Now,", "Enter", "The"];

/** Wording is edited as an office edits: a word more, a word less, another word, in six sentences of ten. */
const wording: Change = (_, random) => eachText((text) => {
  if (random() > 0.6) return text;
  const list = text.trim().split(/\s+/);
  switch (Math.floor(random() * 4)) {
    case 0: list.unshift(leads[Math.floor(random() * leads.length)] as string); break;
    case 1: if (list.length > 1) list.splice(Math.floor(random() * list.length), 1); else list.push("(required)"); break;
    case 2: list[Math.floor(random() * list.length)] = "details"; break;
    default: list.push("(if you have one)");
  }
  return list.join(" ");
});

const letters = "αβγδεζηθικλμνξοπρστυφχψω";

/** The whole page in another script: the same word always the same, nothing of it like before, other lengths. */
const translate: Change = (_, random) => {
  const salt = Math.floor(random() * 1000);
  eachText((text) => text.replace(/\p{L}+/gu, (w) => {
    let h = salt;
    for (const c of w.toLowerCase()) h = (Math.imul(h, 31) + (c.codePointAt(0) ?? 0)) >>> 0;
    let out = "";
    for (let n = 3 + (h % Math.max(3, w.length)); n > 0; n--) { out += letters[h % letters.length]; h = (Math.imul(h, 1103515245) + 12345) >>> 8; }
    return out;
  }));
};

/** The buttons go elsewhere: to the top of their form, or to its end. */
const button: Change = (controls, random) => {
  for (const el of controls) {
    if (!(el.tagName === "BUTTON" || (el.tagName === "INPUT" && /^(submit|button)$/.test((el as HTMLInputElement).type)))) continue;
    const home = el.closest("form") ?? el.closest("main") ?? document.body;
    const box = document.createElement("div");
    box.append(el);
    if (random() < 0.5) home.prepend(box); else home.append(box);
  }
};

/** Another form with the same words: a newsletter, a search, last year's version. Its ids and names are its own. */
const decoy: Change = (controls, random) => {
  const form = document.createElement("form");
  const picked = new Set<Element>();
  const labelled = controls.filter((c) => /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(c.tagName));
  for (let n = 1 + Math.floor(random() * 4); n > 0 && labelled.length > 0; n--) picked.add(labelled[Math.floor(random() * labelled.length)] as Element);
  for (const el of picked) {
    const id = word(random);
    for (const label of (el as HTMLInputElement).labels ?? []) {
      if (label.contains(el)) continue;
      const copy = label.cloneNode(true) as HTMLLabelElement;
      copy.removeAttribute("id");
      copy.htmlFor = id;
      form.append(copy);
    }
    const copy = el.cloneNode(true) as Element;
    copy.id = id;
    copy.removeAttribute("aria-labelledby");
    copy.removeAttribute("aria-describedby");
    if (copy.hasAttribute("name")) copy.setAttribute("name", word(random));
    const text = el.closest("label");
    if (text) {
      const outer = document.createElement("label");
      outer.append(copy, (text.textContent ?? "").trim());
      form.append(outer);
    } else form.append(copy);
  }
  const home = document.querySelector("main") ?? document.body;
  if (random() < 0.5) home.prepend(form); else home.append(form);
};

/** Buttons become inputs, and labels become attributes: another template, the same words. */
const elements: Change = (controls, _random, moved) => {
  for (const el of controls) {
    if (el.tagName === "BUTTON" && (el.textContent ?? "").trim()) {
      const input = document.createElement("input");
      for (const a of el.attributes) if (a.name !== "value") input.setAttribute(a.name, a.value);
      input.setAttribute("type", el.getAttribute("type") ?? "submit");
      input.setAttribute("value", (el.textContent ?? "").trim());
      el.replaceWith(input);
      moved.set(el, input);
      continue;
    }
    if (!/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName) || /^(radio|checkbox|submit|button)$/.test((el as HTMLInputElement).type)) continue;
    const labels = [...((el as HTMLInputElement).labels ?? [])].filter((l) => !l.contains(el));
    if (labels.length === 0) continue;
    el.setAttribute("aria-label", labels.map((l) => (l.textContent ?? "").trim()).join(" "));
    for (const label of labels) label.remove();
  }
};

const together = (...changes: Change[]): Change => (controls, random, moved) => {
  for (const change of changes) change(controls.map((c) => moved.get(c) ?? c), random, moved);
};

const changes: Record<string, Change> = {
  ids, classes, names, prefixes, wrap, reorder, wording, translated: translate, button, decoy, elements,
  "ids+classes+wrap": together(ids, classes, wrap),
  "ids+names+wording+wrap": together(ids, names, wording, wrap),
  "ids+classes+reorder+decoy": together(ids, classes, reorder, decoy),
  "prefixes+wording+button+decoy": together(prefixes, wording, button, decoy),
  "classes+translated": together(classes, translate),
  "ids+translated+wrap": together(ids, translate, wrap),
};

export const mutationNames = Object.keys(changes);

export function mutate(kind: string, controls: Element[], random: Random, moved: Moved): void {
  changes[kind]?.(controls, random, moved);
}
