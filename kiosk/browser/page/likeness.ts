// SPDX-License-Identifier: Apache-2.0

// How alike two pieces of wording are, whatever the language: by pairs of letters, so that a changed word, a changed
// ending or another order still shows what it was.

import { clean } from "./names.ts";

/** A piece of wording made ready to be compared. The same words are the same object. */
export interface Wording {
  plain: string; digits: string; pairs: Uint32Array; scripts: number;
  number: number; // counts up; in alike, the likeness to the wording of that number; NaN: not compared yet
  alike: Float64Array | null; age: number;
}

const kept = new Map<string, Wording>();
const most = 4000; // several pages; beyond it, what was kept is dropped, and with it what was compared
let age = 0;

/** Lower case, letters and digits alone. */
export function fold(text: string): string {
  return clean(text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " "));
}

export function wordingOf(text: string): Wording {
  const known = kept.get(text);
  if (known) return known;
  if (kept.size >= most) { kept.clear(); age++; }
  const plain = fold(text);
  const spaced = ` ${plain.slice(0, 120)} `;
  const pairs = new Uint32Array(spaced.length - 1);
  for (let i = 0; i < pairs.length; i++) pairs[i] = (spaced.charCodeAt(i) << 16) | spaced.charCodeAt(i + 1);
  pairs.sort();
  let scripts = 0;
  for (let i = 0; i < plain.length; i++) if (plain.charCodeAt(i) !== 32) scripts |= 1 << (plain.charCodeAt(i) >> 7);
  const w: Wording = { plain, scripts, digits: plain.match(/\p{N}+/gu)?.join(" ") ?? "", pairs, number: kept.size, alike: null, age };
  kept.set(text, w);
  return w;
}

/** 1 for the same words without case and punctuation, 0 for nothing in common; the best of what is wanted. */
export function likeness(want: Wording[], got: Wording): number {
  if (want.length === 1) return one(want[0] as Wording, got);
  let best = 0;
  for (const w of want) best = Math.max(best, one(w, got));
  return best;
}

function one(x: Wording, y: Wording): number {
  if (x === y || x.plain === y.plain) return x.plain ? 1 : 0;
  if (!x.plain || !y.plain || (x.scripts & y.scripts) === 0) return 0; // no letter in common
  if (x.alike === null || x.age !== age) { x.age = age; x.alike = new Float64Array(most).fill(NaN); }
  const known = x.alike[y.number] as number;
  if (known === known) return known;
  const a = x.pairs, b = y.pairs;
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const d = (a[i] as number) - (b[j] as number);
    if (d === 0) { common++; i++; j++; } else if (d < 0) i++; else j++;
  }
  const within = common / Math.min(a.length, b.length); // one said with more words than the other
  let value = Math.min(0.95, Math.max((2 * common) / (a.length + b.length), within > 0.9 ? 0.8 * within : 0));
  if (x.digits !== y.digits) value *= x.digits !== "" && y.digits !== "" ? 0.3 : 0.7; // box 3 is not box 4, whatever else they share
  if (value < 0.2) value = 0;
  x.alike[y.number] = value;
  return value;
}
