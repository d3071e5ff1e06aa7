// SPDX-License-Identifier: Apache-2.0

// Finding the targets of a page. All targets of a page are matched at once: an element that one of them owns cannot be
// taken by another, so a field that was removed is not replaced by its neighbour. Three answers, never a guess.
//
// What a page has changed for all of its controls (every id made new, every word translated) says nothing about any one
// of them: each kind of evidence counts as much as it still holds on this page. Where two are alike in all else, their
// order among those that are certain decides.

import { isNumber, type Features } from "./features.ts";
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

/** have and whole: what it comes to without its place, which alone changes from round to round. */
interface Pair { f: Features; v: number[]; have: number; whole: number; score: number }

interface Wanted { id: string; target: Target; pairs: Pair[]; match: Pair | null; rival: number; has: boolean[] }

/** What a target says, made ready once. */
interface Said { name: Wording[]; group: Wording[]; near: Wording[]; heading: Wording[]; id: string; numbers: string[]; way: Way | null }

const ready = new WeakMap<Target, Said>();

function saidBy(target: Target): Said {
  let said = ready.get(target);
  if (!said) {
    const all = (t?: Text) => Object.values(t ?? {}).map(wordingOf);
    said = {
      name: all(target.name), group: all(target.group), near: all(target.near), heading: all(target.heading),
      id: /^#[\w-]+$/.test(target.css ?? "") ? (target.css as string).slice(1) : "", numbers: (target.tokens ?? []).filter(isNumber),
      way: target.xpath ? wayOf(target.xpath) : null,
    };
    ready.set(target, said);
  }
  return said;
}

/** The evidence of a pair: a value of 0..1 by kind, below 0 where the fingerprint says nothing. null: never the same thing. */
function evidence(target: Target, said: Said, ends: (Element | null)[], f: Features): number[] | null {
  const role = target.role && target.role !== f.role ? 0.6 : 1; // who is no kin is not asked (candidates)
  if (target.frame !== undefined && target.frame !== "" && !target.frame.startsWith("http") && target.frame !== f.frame) return null;
  const secret = target.type === "password";
  if (secret !== (f.type === "password") && (f.role === "textbox" && target.type !== undefined)) return null;
  const v = [-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5]; // fractions: the engine then keeps them as such from the start
  if (target.name) v[0] = likeness(said.name, f.wordings[0]);
  if (target.tokens?.length) v[1] = shared(target.tokens, f, said.numbers);
  if (target.css) v[2] = (said.id ? f.el.id === said.id : matches(f.el, target.css)) ? 1 : 0;
  if (target.option) v[3] = target.option === f.option ? 1 : 0;
  if (target.autocomplete) v[4] = target.autocomplete === f.autocomplete ? 1 : 0;
  if (target.group) v[5] = likeness(said.group, f.wordings[1]);
  if (target.near) v[6] = likeness(said.near, f.wordings[2]);
  if (target.heading) v[7] = likeness(said.heading, f.wordings[3]);
  if (target.role) v[8] = role;
  if (target.type) v[9] = target.type === f.type ? 1 : 0;
  if (target.tag) v[tag] = target.tag === f.tag ? 1 : 0;
  if (target.xpath) v[11] = ends.includes(f.el) ? 1 : 0;
  if (target.shadow?.length) v[12] = sameShadow(target.shadow, f.shadow);
  if (target.ordinal) v[place] = target.ordinal === f.ordinal ? 1 : 0;
  return v;
}

/** The same hosts, or as many: a component that was given another name is still one. */
function sameShadow(want: string[], got: string[]): number {
  if (want.length !== got.length) return 0;
  return want.every((host, i) => host === got[i]) ? 1 : 0.5;
}

/** How much of the pieces of one is in the other; what has more pieces than wanted is a little less alike. */
function shared(want: string[], f: Features, numbers: string[]): number {
  const got = f.tokens;
  if (numbers.length > 0 && !numbers.some((t) => got.includes(t)) && f.numbered) return 0; // the second child is not the first
  let n = 0;
  for (const t of want) if (got.includes(t)) n++;
  if (n === 0) return 0;
  return n < want.length ? (0.8 * n) / want.length : 0.9 + (0.1 * want.length) / got.length;
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
        best = Math.max(best, p.v[k] as number);
        if (best === 1) break;
      }
      held += best;
    }
    const r = (held + limits.prior) / (n + limits.prior);
    return (weights[k] as number) * Math.max(0.05, r * r);
  });
}

function sum(v: number[], worths: number[], from = 0, to: number = kinds.length): number {
  let have = 0, all = 0;
  for (let k = from; k < to; k++) {
    const value = v[k] as number;
    if (value < 0) continue;
    all += worths[k] as number;
    have += (worths[k] as number) * value;
  }
  return all === 0 ? 0 : have / all;
}

/** Gives every target its element, at most one each. */
export function assign(targets: Map<string, Target>, features: Features[]): Map<string, Match> {
  const all: Wanted[] = [];
  const meant = candidates(features);
  const roots = [...new Set(features.map((f) => f.el.getRootNode() as Document | ShadowRoot))];
  for (const [id, target] of targets) {
    const pairs: Pair[] = [];
    const said = saidBy(target);
    const ends = said.way ? roots.map((root) => follow(said.way as Way, root)) : [];
    for (const f of meant(target.role)) {
      const v = evidence(target, said, ends, f);
      if (v) pairs.push({ f, v, have: 0, whole: 0, score: 0 });
    }
    all.push({ id, target, pairs, match: null, rival: 0, has: kinds.map((_, k) => pairs.length > 0 && (pairs[0] as Pair).v[k] as number >= 0) });
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
      const v = p.v;
      let have = 0, whole = 0;
      for (let k = 0; k < place; k++) {
        const value = v[k] as number;
        if (value < 0) continue;
        const worth = worths[k] as number;
        whole += worth;
        have += worth * value;
      }
      p.have = have;
      p.whole = whole;
    }
  }
}

function rate(all: Wanted[], worths: number[]): void {
  const worth = worths[place] as number;
  for (const w of all) {
    for (const p of w.pairs) {
      const value = p.v[place] as number;
      const whole = value < 0 ? p.whole : p.whole + worth;
      p.score = whole === 0 ? 0 : (value < 0 ? p.have : p.have + worth * value) / whole;
    }
  }
}

/** Deals the elements out: the best pair of all first, and each element once. */
function deal(all: Wanted[]): void {
  const queue: { w: Wanted; p: Pair; rank: number }[] = [];
  for (const w of all) {
    w.match = null;
    let best = 0;
    for (const p of w.pairs) best = Math.max(best, p.score);
    const least = Math.max(limits.likely * 0.8, best - 0.35); // what is far behind the best is not dealt to anybody
    // Who is called just so comes before who is only nearly called so and stands in the right place.
    for (const p of w.pairs) if (p.score >= least) queue.push({ w, p, rank: p.score + (p.v[0] === 1 ? limits.called : 0) });
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
    for (const p of w.pairs) if (p !== w.match && p.score > w.rival) w.rival = p.score;
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
    const certain = list.map((w) => (w.match && w.match.f.role === w.target.role && w.match.score - w.rival >= limits.margin ? w.match.f.ordinal - (w.target.ordinal as number) : null));
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
        if (low === null && high === null) { p.v[place] = -1; continue; } // a first or a third of what, nobody can say
        const shift = p.f.ordinal - at;
        const agree = (low === shift ? 1 : 0) + (high === shift ? 1 : 0);
        const sides = (low === null ? 0 : 1) + (high === null ? 0 : 1);
        // One neighbour alone may be the one that moved: it can speak for a place, not against it.
        p.v[place] = p.f.role !== w.target.role ? 0 : agree === sides ? 1 : agree > 0 ? 0.6 : sides === 1 ? -1 : 0;
      }
    });
  }
  const share = kept / asked;
  return share * share;
}

function answer(w: Wanted, worths: number[], owned: Set<Element>): Match {
  let best = 0;
  for (const p of w.pairs) best = Math.max(best, p.score);
  const none: Match = { el: null, score: best, told: 0, sight: "unknown" };
  const m = w.match;
  const said = saidBy(w.target);
  if (!m || m.score < limits.likely) return none;
  if (!visible(m.f.el) && !shownByLabel(m.f.el)) return { ...none, el: m.f.el, score: m.score, why: "not seen" };
  // The margin is to the best element that no other target owns: two alike in everything are an honest "not sure".
  let rival = 0;
  let twin: Pair | null = null; // the best of those that are called the same
  for (const p of w.pairs) {
    if (p === m || owned.has(p.f.el) || p.f.el.contains(m.f.el) || m.f.el.contains(p.f.el)) continue;
    rival = Math.max(rival, p.score);
    if (p.f.role === m.f.role && p.f.name === m.f.name && p.score >= limits.likely && p.score > (twin?.score ?? 0)) twin = p;
  }
  const told = sum(m.v, worths, 0, telling);
  const placed = (m.v[place] as number) >= 0.99 || alone(w, m, worths);
  if (told < limits.hint && !(placed && m.score >= limits.sure)) return { ...none, why: "says little" };
  // The words stand elsewhere, and where it stood is something that nobody owns: one of them is a copy.
  if (m.v[place] === 0 && (worths[place] as number) > 0.6 * (weights[place] as number)) {
    for (const p of w.pairs) {
      if (p.v[place] === 1 && !owned.has(p.f.el) && p.f.role === m.f.role && p.f.tag === m.f.tag) return { ...none, why: "another stands in its place" };
    }
  }
  // A copy with the old words may be better than the real thing with new ones: then nobody can say.
  if (m.score < limits.copy && rival >= limits.likely && m.score - rival < 0.25) return { ...none, why: "it may be a copy" };
  // Two that are called the same, and nothing of their own tells them apart: only what stands round them does, which a page
  // changes easily. That is believed when all of it is as it was.
  if (twin && !tellsApart(m, twin) && m.score < limits.twin) return { ...none, why: "another has the same name" };
  // A number is what such a name is about: "March" is neither 6 March nor 7 March.
  if (said.name.length > 0 && said.name.every((n) => n.digits !== "" && n.digits !== m.f.wordings[0].digits) && !tells(m)) return { ...none, why: "another number" };
  // A fingerprint that says but one thing of it is believed when that is true, not when it is nearly so.
  let says = 0;
  for (let k = 0; k < telling; k++) if ((m.v[k] as number) >= 0) says++;
  const sure = m.score >= limits.sure && told >= (says > 1 ? limits.told : limits.only) && m.score - rival >= limits.margin;
  if (m.score - rival < limits.alike) return { ...none, why: "another is alike" };
  return { el: m.f.el, score: m.score, told, sight: sure ? "sure" : "likely" };
}

/** What an element has of its own besides its name: tokens, selector, option, autocomplete (kinds 1 to 4). */
function tells(p: Pair): boolean {
  for (let k = 1; k <= 4; k++) if ((p.v[k] as number) >= 0.9) return true;
  return false;
}

function tellsApart(p: Pair, other: Pair): boolean {
  for (let k = 1; k <= 4; k++) if ((p.v[k] as number) - (other.v[k] as number) >= 0.3) return true;
  return false;
}

/** On a page in another language, the only control of its kind is the one, when all else agrees. */
function alone(w: Wanted, m: Pair, worths: number[]): boolean {
  return (worths[0] as number) < 0.6 * (weights[0] as number) && m.v[8] === 1 && (m.v[tag] as number) !== 0 &&
    w.pairs.filter((p) => p.v[8] === 1).length === 1;
}

/** A transparent radio under its label is there for the person, though the input itself may have no size. */
function shownByLabel(el: Element): boolean {
  return [...((el as HTMLInputElement).labels ?? [])].some(visible);
}
