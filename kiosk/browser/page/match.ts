// SPDX-License-Identifier: Apache-2.0

// Finding the targets of a page. All targets of a page are matched at once: an element that one of them owns cannot be
// taken by another, so a field that was removed is not replaced by its neighbour. Three answers, never a guess.

import { clean, groupOf, headingOf, nameOf, roleOf, tokensOf, words, visible } from "./names.ts";
import type { Sight, Target, Text } from "./types.ts";

export interface Features {
  el: Element; role: string; name: string; group: string; heading: string; near: string;
  tag: string; type: string; tokens: string[]; autocomplete: string; option: string; ordinal: number; css: string;
}

export interface Match { el: Element | null; sight: Sight; score: number }

const controls = "input:not([type=hidden]),select,textarea,button,a[href],fieldset,summary,h1,h2," +
  "[role=radiogroup],[role=group],[role=button],[role=link],[role=textbox],[role=combobox],[role=radio],[role=checkbox],[contenteditable=true]";

/** More controls than this are not looked at: a page that large is answered with "unknown", in bounded time. */
export const mostControls = 4000;

/** Every control of the page with what is known of it. */
export function featuresOf(root: Document): Features[] {
  const headings = [...root.querySelectorAll("h1,h2,h3")].slice(0, 500);
  const ordinals = new Map<string, number>();
  const list: Features[] = [];
  for (const el of root.querySelectorAll(controls)) {
    if (list.length >= mostControls) break;
    const role = roleOf(el);
    const ordinal = (ordinals.get(role) ?? 0) + 1;
    ordinals.set(role, ordinal);
    list.push({
      el, role, ordinal, name: nameOf(el), group: groupOf(el), heading: headingOf(el, headings), near: nearOf(el),
      tag: el.tagName.toLowerCase(), type: el.getAttribute("type") ?? "", tokens: tokensOf(el),
      autocomplete: el.getAttribute("autocomplete") ?? "", css: el.id ? "#" + CSS.escape(el.id) : "",
      option: el instanceof HTMLInputElement && /^(radio|checkbox)$/.test(el.type) ? el.getAttribute("value") ?? "" : "",
    });
  }
  return list;
}

function nearOf(el: Element): string {
  for (let at: Element | null = el, up = 0; at && up < 3; at = at.parentElement, up++) {
    const before = at.previousElementSibling;
    if (before) {
      const text = words(before);
      if (text && text.length < 120) return text;
    }
  }
  return "";
}

/** Equal without case and punctuation: 1; one within the other: part of it; else 0. */
function likeness(want: Text | undefined, got: string): number {
  const b = fold(got);
  let best = 0;
  for (const text of Object.values(want ?? {})) {
    const a = fold(text);
    if (a === b && a) return 1;
    if (a && b && (a.includes(b) || b.includes(a))) best = Math.max(best, Math.min(a.length, b.length) / Math.max(a.length, b.length));
  }
  return best;
}

function fold(text: string): string {
  return clean(text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " "));
}

function overlap(a: string[], b: string[]): number {
  if (a.length === 0) return 0;
  return a.filter((t) => b.includes(t)).length / Math.max(a.length, b.length);
}

const weights = {
  name: 3, role: 2, group: 2, tokens: 2, css: 1.5, option: 1.5, autocomplete: 1.5, near: 1, heading: 1, type: 0.7, tag: 0.5, ordinal: 0.7,
};

/** How much of a fingerprint an element shows: 0..1. */
export function score(target: Target, f: Features): number {
  let have = 0;
  let all = 0;
  const add = (weight: number, value: number) => { all += weight; have += weight * value; };
  if (target.role) {
    if (target.role !== f.role && !(near(target.role, f.role))) return 0; // a link is never taken for a field
    add(weights.role, target.role === f.role ? 1 : 0.6);
  }
  if (target.name) add(weights.name, likeness(target.name, f.name));
  if (target.group) add(weights.group, likeness(target.group, f.group));
  if (target.heading) add(weights.heading, likeness(target.heading, f.heading));
  if (target.near) add(weights.near, likeness(target.near, f.near));
  if (target.tokens?.length) add(weights.tokens, overlap(target.tokens, f.tokens));
  if (target.css) add(weights.css, matches(f.el, target.css) ? 1 : 0);
  if (target.option) add(weights.option, target.option === f.option ? 1 : 0);
  if (target.autocomplete) add(weights.autocomplete, target.autocomplete === f.autocomplete ? 1 : 0);
  if (target.type) add(weights.type, target.type === f.type ? 1 : 0);
  if (target.tag) add(weights.tag, target.tag === f.tag ? 1 : 0);
  if (target.ordinal) add(weights.ordinal, target.ordinal === f.ordinal ? 1 : 0);
  return all === 0 ? 0 : have / all;
}

const kin = [["textbox", "searchbox", "spinbutton", "combobox"], ["button", "link"]];

function near(a: string, b: string): boolean {
  return kin.some((k) => k.includes(a) && k.includes(b));
}

function matches(el: Element, css: string): boolean {
  try { return el.matches(css); } catch { return false; }
}

const sureScore = 0.62, likelyScore = 0.48, sureMargin = 0.06;

/** Gives every target its element, at most one each. */
export function assign(targets: Map<string, Target>, features: Features[]): Map<string, Match> {
  const pairs: { id: string; f: Features; score: number }[] = [];
  const best = new Map<string, number[]>();
  for (const [id, target] of targets) {
    const scores: number[] = [];
    for (const f of features) {
      const s = score(target, f);
      if (s >= likelyScore) pairs.push({ id, f, score: s });
      scores.push(s);
    }
    best.set(id, scores.sort((a, b) => b - a).slice(0, 2));
  }
  pairs.sort((a, b) => b.score - a.score);
  const out = new Map<string, Match>();
  const taken = new Map<Element, string>();
  for (const { id, f, score: s } of pairs) {
    if (out.has(id) || taken.has(f.el)) continue;
    taken.set(f.el, id);
    out.set(id, { el: f.el, score: s, sight: "likely" });
  }
  for (const id of targets.keys()) {
    const match = out.get(id);
    if (!match) {
      out.set(id, { el: null, score: best.get(id)?.[0] ?? 0, sight: "unknown" });
      continue;
    }
    // The margin is to the best element that no other target owns: two alike in everything are an honest "not sure".
    const target = targets.get(id) as Target;
    let rival = 0;
    for (const f of features) {
      if (f.el !== match.el && !taken.has(f.el) && !f.el.contains(match.el) && !match.el?.contains(f.el)) rival = Math.max(rival, score(target, f));
    }
    match.sight = match.score >= sureScore && match.score - rival >= sureMargin ? "sure" : "likely";
    if (match.el && !visible(match.el) && !shownByLabel(match.el)) match.sight = "unknown";
  }
  return out;
}

/** A transparent radio under its label is there for the person, though the input itself may have no size. */
function shownByLabel(el: Element): boolean {
  return [...((el as HTMLInputElement).labels ?? [])].some(visible);
}
