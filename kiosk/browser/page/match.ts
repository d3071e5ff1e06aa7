// SPDX-License-Identifier: Apache-2.0

// Finding the targets of a page. All targets of a page are matched at once: an element that one of them owns cannot be
// taken by another, so a field that was removed is not replaced by its neighbour. Three answers, never a guess.
//
// What a page has changed for all of its controls (every id made new, every word translated) says nothing about any one
// of them: each kind of evidence counts as much as it still holds on this page. Where two are alike in all else, their
// order among those that are certain decides.

import { atomAge, atomOf, isNumber, type Features } from "./features.ts";
import { likeness, wordingOf, type Wording } from "./likeness.ts";
import { visible } from "./names.ts";
import type { Sight, Target, Text } from "./types.ts";
import { follow, wayOf, type Way } from "./ways.ts";

export interface Match { el: Element | null; sight: Sight; score: number; told: number; why?: string }

/** Kinds of evidence and what each weighs. Those before "role" can tell one control from another by what it is about. */
export const kinds = ["name", "tokens", "css", "option", "autocomplete", "group", "near", "heading", "role", "type", "tag", "xpath", "shadow", "place"] as const;
const telling = 7; // kinds before this index
export const weights = [3, 2.5, 1.5, 2, 1.5, 2, 0.8, 0.8, 1, 0.8, 0.4, 0.4, 0.5, 1.5];
const place = kinds.length - 1;
const tag = kinds.indexOf("tag");

export const limits = { sure: 0.66, likely: 0.5, margin: 0.06, told: 0.55, only: 0.8, hint: 0.3, alike: 0.02, copy: 0.9, twin: 0.985, called: 0.08, prior: 4 };

/** An element that may be what a target means. What is known of the two stands in values, from at on. */
interface Pair { f: Features; at: number }

// A row of values: 0..1 by kind, below 0 where the fingerprint says nothing; then what these come to without the place,
// which alone changes from round to round, out of how much; then the score.
const have = kinds.length, whole = have + 1, score = whole + 1, row = score + 1;

/** The rows of the page that is being matched. A page has thousands: they are written anew, not made anew. */
let values = new Float64Array(0);

function roomFor(rows: number): void {
  if (values.length < rows * row || values.length > 4 * rows * row + 100_000) values = new Float64Array(Math.ceil(rows * row * 1.5));
}

function value(p: Pair, k: number): number {
  return values[p.at + k] as number;
}

interface Wanted { id: string; target: Target; pairs: Pair[]; match: Pair | null; rival: number; has: boolean[] }

/** What a target says, made ready once. */
interface Said {
  name: Wording[]; group: Wording[]; near: Wording[]; heading: Wording[]; id: string; way: Way | null;
  age: number; tokens: number[]; numbers: number[]; type: number; tag: number; option: number; autocomplete: number; // numbers of words; 0: none
  frame: string | undefined; // the path of a frame of the page's own origin; "" or none: it is told elsewhere
}

const ready = new WeakMap<Target, Said>();

function saidBy(target: Target): Said {
  let said = ready.get(target);
  if (!said || said.age !== atomAge) {
    const atom = (word?: string) => (word ? atomOf(word) : 0);
    const all = (t?: Text) => Object.values(t ?? {}).map(wordingOf);
    said = {
      name: all(target.name), group: all(target.group), near: all(target.near), heading: all(target.heading),
      id: /^#[\w-]+$/.test(target.css ?? "") ? (target.css as string).slice(1) : "", way: target.xpath ? wayOf(target.xpath) : null,
      age: atomAge, type: atom(target.type), tag: atom(target.tag), option: atom(target.option), autocomplete: atom(target.autocomplete),
      tokens: (target.tokens ?? []).map(atomOf), numbers: (target.tokens ?? []).filter(isNumber).map(atomOf),
      frame: target.frame?.startsWith("http") ? undefined : target.frame || undefined,
    };
    ready.set(target, said);
  }
  return said;
}

const silent = -0.5; // of what the fingerprint does not say

/** Writes the evidence of a pair; last is the one whose row stands before, of the same target. False: they are never the same thing. */
function evidence(target: Target, said: Said, ends: (Element | null)[], f: Features, at: number, last: Features | null): boolean {
  if (said.frame !== undefined && said.frame !== f.frame) return false;
  if ((target.type === "password") !== (f.type === "password") && f.role === "textbox" && target.type !== undefined) return false;
  const v = values;
  v[at] = target.name ? likeness(said.name, f.wordings[0]) : silent;
  v[at + 1] = said.tokens.length > 0 ? shared(said.tokens, f, said.numbers) : silent;
  v[at + 2] = !target.css ? silent : (said.id ? f.id === said.id : matches(f.el, target.css)) ? 1 : 0;
  v[at + 3] = said.option === 0 ? silent : said.option === f.atoms.option ? 1 : 0;
  v[at + 4] = said.autocomplete === 0 ? silent : said.autocomplete === f.atoms.autocomplete ? 1 : 0;
  const w = f.wordings, before = last?.wordings; // neighbours have most of what stands round them in common
  v[at + 5] = !target.group ? silent : before && before[1] === w[1] ? v[at + 5 - row] as number : likeness(said.group, w[1]);
  v[at + 6] = !target.near ? silent : before && before[2] === w[2] ? v[at + 6 - row] as number : likeness(said.near, w[2]);
  v[at + 7] = !target.heading ? silent : before && before[3] === w[3] ? v[at + 7 - row] as number : likeness(said.heading, w[3]);
  v[at + 8] = !target.role ? silent : target.role === f.role ? 1 : 0.6; // who is no kin is not asked (candidates)
  v[at + 9] = said.type === 0 ? silent : said.type === f.atoms.type ? 1 : 0;
  v[at + tag] = said.tag === 0 ? silent : said.tag === f.atoms.tag ? 1 : 0;
  v[at + 11] = !target.xpath ? silent : ends.includes(f.el) ? 1 : 0;
  v[at + 12] = target.shadow?.length ? sameShadow(target.shadow, f.shadow) : silent;
  v[at + place] = !target.ordinal ? silent : target.ordinal === f.ordinal ? 1 : 0;
  return true;
}

/** The same hosts, or as many: a component that was given another name is still one. */
function sameShadow(want: string[], got: string[]): number {
  if (want.length !== got.length) return 0;
  return want.every((host, i) => host === got[i]) ? 1 : 0.5;
}

/** How much of the pieces of one is in the other; what has more pieces than wanted is a little less alike. */
function shared(want: number[], f: Features, numbers: number[]): number {
  const got = f.atoms.tokens;
  if (f.numbered && numbers.length > 0 && common(numbers, got) === 0) return 0; // the second child is not the first
  const n = common(want, got);
  if (n === 0) return 0;
  return n < want.length ? (0.8 * n) / want.length : 0.9 + (0.1 * want.length) / got.length;
}

function common(want: number[], got: number[]): number {
  let n = 0;
  for (const t of want) if (got.includes(t)) n++;
  return n;
}

const families = [["textbox", "searchbox", "spinbutton", "combobox"], ["button", "link"]];

/** What may be meant by a role: the same, and its kin; a link is never taken for a field. Found once for each role of a page. */
function candidates(features: Features[]): (role?: string) => Features[] {
  const known = new Map<string, Features[]>();
  return (role) => {
    if (!role) return features;
    let list = known.get(role);
    if (!list) {
      const kin = families.find((k) => k.includes(role)) ?? [role];
      list = features.filter((f) => kin.includes(f.role));
      known.set(role, list);
    }
    return list;
  };
}

function matches(el: Element, css: string): boolean {
  try { return el.matches(css); } catch { return false; }
}

/** What each kind of evidence is worth on this page: its weight, times how many targets still find something that agrees. */
function worth(all: Wanted[]): number[] {
  return kinds.map((_, k) => {
    let n = 0, held = 0;
    for (const w of all) {
      if (!w.has[k]) continue;
      n++;
      let best = 0;
      for (const p of w.pairs) {
        best = Math.max(best, value(p, k));
        if (best === 1) break;
      }
      held += best;
    }
    const r = (held + limits.prior) / (n + limits.prior);
    return (weights[k] as number) * Math.max(0.05, r * r);
  });
}

/** What a pair's evidence of the kinds before to comes to, 0..1. */
function sum(p: Pair, worths: number[], to: number): number {
  let got = 0, all = 0;
  for (let k = 0; k < to; k++) {
    const v = value(p, k);
    if (v < 0) continue;
    all += worths[k] as number;
    got += (worths[k] as number) * v;
  }
  return all === 0 ? 0 : got / all;
}

/** Gives every target its element, at most one each. */
export function assign(targets: Map<string, Target>, features: Features[]): Map<string, Match> {
  const all: Wanted[] = [];
  const meant = candidates(features);
  const roots = [...new Set(features.map((f) => f.el.getRootNode() as Document | ShadowRoot))];
  let at = 0;
  for (const target of targets.values()) at += meant(target.role).length;
  roomFor(at);
  at = 0;
  for (const [id, target] of targets) {
    const pairs: Pair[] = [];
    const said = saidBy(target);
    const ends = said.way ? roots.map((root) => follow(said.way as Way, root)) : [];
    let last: Features | null = null;
    for (const f of meant(target.role)) {
      if (!evidence(target, said, ends, f, at, last)) continue;
      pairs.push({ f, at });
      last = f;
      at += row;
    }
    all.push({ id, target, pairs, match: null, rival: 0, has: kinds.map((_, k) => pairs.length > 0 && value(pairs[0] as Pair, k) >= 0) });
  }
  const worths = worth(all);
  weigh(all, worths);
  rate(all, worths);
  deal(all);
  for (let round = 0; round < 2; round++) {
    worths[place] = (weights[place] as number) * settlePlaces(all);
    rate(all, worths);
    deal(all);
  }
  const out = new Map<string, Match>();
  const owned = new Set<Element>();
  for (const w of all) if (w.match) owned.add(w.match.f.el);
  for (const w of all) out.set(w.id, answer(w, worths, owned));
  return out;
}

function weigh(all: Wanted[], worths: number[]): void {
  for (const w of all) {
    for (const p of w.pairs) {
      let got = 0, of = 0;
      for (let k = 0; k < place; k++) {
        const v = value(p, k);
        if (v < 0) continue;
        const worth = worths[k] as number;
        of += worth;
        got += worth * v;
      }
      values[p.at + have] = got;
      values[p.at + whole] = of;
    }
  }
}

function rate(all: Wanted[], worths: number[]): void {
  const worth = worths[place] as number;
  for (const w of all) {
    for (const p of w.pairs) {
      const v = value(p, place);
      const of = v < 0 ? value(p, whole) : value(p, whole) + worth;
      values[p.at + score] = of === 0 ? 0 : (v < 0 ? value(p, have) : value(p, have) + worth * v) / of;
    }
  }
}

/** Deals the elements out: the best pair of all first, and each element once. */
function deal(all: Wanted[]): void {
  const queue: { w: Wanted; p: Pair; rank: number }[] = [];
  for (const w of all) {
    w.match = null;
    let best = 0;
    for (const p of w.pairs) best = Math.max(best, value(p, score));
    const least = Math.max(limits.likely * 0.8, best - 0.35); // what is far behind the best is not dealt to anybody
    // Who is called just so comes before who is only nearly called so and stands in the right place.
    for (const p of w.pairs) if (value(p, score) >= least) queue.push({ w, p, rank: value(p, score) + (value(p, 0) === 1 ? limits.called : 0) });
  }
  queue.sort((a, b) => b.rank - a.rank);
  const taken = new Set<Element>();
  for (const { w, p } of queue) {
    if (w.match || taken.has(p.f.el)) continue;
    taken.add(p.f.el);
    w.match = p;
  }
  for (const w of all) {
    w.rival = 0;
    for (const p of w.pairs) if (p !== w.match && value(p, score) > w.rival) w.rival = value(p, score);
  }
}

/**
 * Where each target is to be expected: as far from its certain neighbours of the same role as it was when the
 * fingerprint was taken. A control put before them moves all, and changes nothing.
 * The answer is how far order is to be trusted on this page: the share of the certain that stand as they stood.
 */
function settlePlaces(all: Wanted[]): number {
  let kept = 1, asked = 1;
  const byRole = new Map<string, Wanted[]>();
  for (const w of all) {
    if (!w.target.ordinal || !w.target.role) continue;
    const list = byRole.get(w.target.role) ?? [];
    list.push(w);
    byRole.set(w.target.role, list);
  }
  for (const list of byRole.values()) {
    list.sort((a, b) => (a.target.ordinal as number) - (b.target.ordinal as number));
    const certain = list.map((w) => (w.match && w.match.f.role === w.target.role && value(w.match, score) - w.rival >= limits.margin ? w.match.f.ordinal - (w.target.ordinal as number) : null));
    let last: number | null = null;
    for (const shift of certain) {
      if (shift === null) continue;
      if (last !== null) { asked++; if (shift === last) kept++; }
      last = shift;
    }
    list.forEach((w, i) => {
      let low: number | null = null, high: number | null = null;
      for (let j = i - 1; j >= 0 && low === null; j--) low = certain[j] ?? null;
      for (let j = i + 1; j < list.length && high === null; j++) high = certain[j] ?? null;
      const at = w.target.ordinal as number;
      for (const p of w.pairs) {
        if (low === null && high === null) { values[p.at + place] = -1; continue; } // a first or a third of what, nobody can say
        const shift = p.f.ordinal - at;
        const agree = (low === shift ? 1 : 0) + (high === shift ? 1 : 0);
        const sides = (low === null ? 0 : 1) + (high === null ? 0 : 1);
        // One neighbour alone may be the one that moved: it can speak for a place, not against it.
        values[p.at + place] = p.f.role !== w.target.role ? 0 : agree === sides ? 1 : agree > 0 ? 0.6 : sides === 1 ? -1 : 0;
      }
    });
  }
  const share = kept / asked;
  return share * share;
}

function answer(w: Wanted, worths: number[], owned: Set<Element>): Match {
  let best = 0;
  for (const p of w.pairs) best = Math.max(best, value(p, score));
  const none: Match = { el: null, score: best, told: 0, sight: "unknown" };
  const m = w.match;
  const said = saidBy(w.target);
  if (!m || value(m, score) < limits.likely) return none;
  if (!visible(m.f.el) && !shownByLabel(m.f.el)) return { ...none, el: m.f.el, score: value(m, score), why: "not seen" };
  // The margin is to the best element that no other target owns: two alike in everything are an honest "not sure".
  let rival = 0, namesake = 0;
  let twin: Pair | null = null; // the best of those that are called the same
  for (const p of w.pairs) {
    const scored = value(p, score);
    if ((scored <= rival && (scored < limits.likely || scored <= namesake)) || p === m || owned.has(p.f.el) || p.f.el.contains(m.f.el) || m.f.el.contains(p.f.el)) continue;
    rival = Math.max(rival, scored);
    if (p.f.role === m.f.role && p.f.name === m.f.name && scored >= limits.likely && scored > namesake) { twin = p; namesake = scored; }
  }
  const told = sum(m, worths, telling);
  const placed = value(m, place) >= 0.99 || alone(w, m, worths);
  if (told < limits.hint && !(placed && value(m, score) >= limits.sure)) return { ...none, why: "says little" };
  // The words stand elsewhere, and where it stood is something that nobody owns: one of them is a copy.
  if (value(m, place) === 0 && (worths[place] as number) > 0.6 * (weights[place] as number)) {
    for (const p of w.pairs) {
      if (value(p, place) === 1 && !owned.has(p.f.el) && p.f.role === m.f.role && p.f.tag === m.f.tag) return { ...none, why: "another stands in its place" };
    }
  }
  // A copy with the old words may be better than the real thing with new ones: then nobody can say.
  if (value(m, score) < limits.copy && rival >= limits.likely && value(m, score) - rival < 0.25) return { ...none, why: "it may be a copy" };
  // Two that are called the same, and nothing of their own tells them apart: only what stands round them does, which a page
  // changes easily. That is believed when all of it is as it was.
  if (twin && !tellsApart(m, twin) && value(m, score) < limits.twin) return { ...none, why: "another has the same name" };
  // A number is what such a name is about: "March" is neither 6 March nor 7 March.
  if (said.name.length > 0 && said.name.every((n) => n.digits !== "" && n.digits !== m.f.wordings[0].digits) && !tells(m)) return { ...none, why: "another number" };
  // A fingerprint that says but one thing of it is believed when that is true, not when it is nearly so.
  let says = 0;
  for (let k = 0; k < telling; k++) if (value(m, k) >= 0) says++;
  const sure = value(m, score) >= limits.sure && told >= (says > 1 ? limits.told : limits.only) && value(m, score) - rival >= limits.margin;
  if (value(m, score) - rival < limits.alike) return { ...none, why: "another is alike" };
  return { el: m.f.el, score: value(m, score), told, sight: sure ? "sure" : "likely" };
}

/** What an element has of its own besides its name: tokens, selector, option, autocomplete (kinds 1 to 4). */
function tells(p: Pair): boolean {
  for (let k = 1; k <= 4; k++) if (value(p, k) >= 0.9) return true;
  return false;
}

function tellsApart(p: Pair, other: Pair): boolean {
  for (let k = 1; k <= 4; k++) if (value(p, k) - value(other, k) >= 0.3) return true;
  return false;
}

/** On a page in another language, the only control of its kind is the one, when all else agrees. */
function alone(w: Wanted, m: Pair, worths: number[]): boolean {
  return (worths[0] as number) < 0.6 * (weights[0] as number) && value(m, 8) === 1 && value(m, tag) !== 0 &&
    w.pairs.filter((p) => value(p, 8) === 1).length === 1;
}

/** A transparent radio under its label is there for the person, though the input itself may have no size. */
function shownByLabel(el: Element): boolean {
  return [...((el as HTMLInputElement).labels ?? [])].some(visible);
}
