// SPDX-License-Identifier: Apache-2.0

// The robustness of the engine on a live page: the page is changed in the ways in which pages change, every control is
// looked up by the fingerprint it had before, and the page is put back. The truth is the element itself, kept across the
// change. The yardstick is a recorder's list of selectors, of which the first that hits something wins.

import { featuresOf, fingerprintOf, type Features } from "./features.ts";
import { assign, limits, weights, type Match } from "./match.ts";
import { mutate, mutationNames, undo, watchChanges, type Moved } from "./mutate.ts";
import { roleOf, visible } from "./names.ts";
import "./probe.ts";
import { found, selectorsOf, type Selectors } from "./recorder.ts";
import { treesOf } from "./roots.ts";
import type { Target } from "./types.ts";

interface Tally { lookups: number; right: number; wrong: number; wrongSure: number; sure: number; baselineRight: number; baselineWrong: number }

interface Answer {
  controls: number;
  kinds: Record<string, Tally>;
  removed: number; removedPointed: number; removedPointedSure: number;
  ms: number[];
  reading: number; // of each page, the share of collecting features
  restored: boolean;
  misses: string[];
}

const benchControls = "input:not([type=hidden]),select,textarea,button,a[href],summary,[role=button],[role=link],[role=textbox],[role=combobox],[role=radio],[role=checkbox]";

function shown(el: Element): boolean {
  return visible(el) || [...((el as HTMLInputElement).labels ?? [])].some(visible);
}

/** Seeded numbers in 0..1 (mulberry32). */
function numbers(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function bench(mutations: number, seed: number, tuning?: { limits?: Partial<typeof limits>; weights?: number[] }): Answer {
  Object.assign(limits, tuning?.limits ?? {});
  tuning?.weights?.forEach((w, i) => { weights[i] = w; });
  const before = featuresOf(document);
  const truth: Features[] = before.filter((f) => f.el.matches(benchControls) && shown(f.el)).slice(0, 400);
  const targets = new Map<string, Target>();
  const selectors: Selectors[] = [];
  truth.forEach((f, i) => {
    targets.set(String(i), fingerprintOf(f, "en"));
    selectors.push(selectorsOf(f.el));
  });
  const out: Answer = { controls: truth.length, kinds: {}, removed: 0, removedPointed: 0, removedPointedSure: 0, ms: [], reading: 0, restored: true, misses: [] };
  const print = () => JSON.stringify(featuresOf(document).map((f) => ({ ...f, el: 0, wordings: 0 })));
  const was = print();
  let reading = 0;
  for (let n = 0; n < mutations; n++) {
    const kind = mutationNames[n % mutationNames.length] as string;
    const random = numbers(seed * 7919 + n);
    const changes = watchChanges(treesOf(document));
    const moved: Moved = new Map();
    mutate(kind, truth.map((f) => f.el), random, moved);
    document.body.getBoundingClientRect(); // the layout is the page's cost, not the engine's
    const began = performance.now();
    const features = featuresOf(document);
    const between = performance.now();
    const matches = assign(targets, features);
    out.ms.push(performance.now() - began);
    reading += between - began;
    const tally = (out.kinds[kind] ??= { lookups: 0, right: 0, wrong: 0, wrongSure: 0, sure: 0, baselineRight: 0, baselineWrong: 0 });
    truth.forEach((f, i) => {
      const el = moved.get(f.el) ?? f.el;
      const match = matches.get(String(i)) as Match;
      const pointed = match.sight === "unknown" ? null : match.el;
      tally.lookups++;
      if (match.sight === "sure") tally.sure++;
      if (pointed === el) tally.right++;
      else {
        if (pointed) { tally.wrong++; if (match.sight === "sure") tally.wrongSure++; }
        if (out.misses.length < 400) out.misses.push(`${kind}: ${describe(f)} -> ${pointed ? match.sight + " " + describe(now(pointed)) : "unknown"} ${match.score.toFixed(2)} ${match.why ?? ""}`);
      }
      const theirs = found(selectors[i] as Selectors);
      if (theirs === el) tally.baselineRight++;
      else if (theirs) tally.baselineWrong++;
    });
    undo(changes);
  }
  // Each control taken away in turn, with its label.
  for (let i = 0; i < truth.length; i++) {
    const f = truth[i] as Features;
    const changes = watchChanges(treesOf(document));
    for (const label of (f.el as HTMLInputElement).labels ?? []) if (!label.contains(f.el)) label.remove();
    f.el.remove();
    const match = assign(targets, featuresOf(document)).get(String(i)) as Match;
    out.removed++;
    if (match.sight !== "unknown") {
      out.removedPointed++;
      if (match.sight === "sure") out.removedPointedSure++;
      if (match.el) out.misses.push(`removed: ${describe(f)} -> ${match.sight} ${describe(now(match.el))} ${match.score.toFixed(2)}`);
    }
    undo(changes);
  }
  out.reading = reading / mutations;
  out.restored = was === print();
  return out;
}

function now(el: Element): Features {
  return featuresOf(document).find((f) => f.el === el) as Features;
}

/** A control in a word, for people who tune: no value is in it. */
function describe(f: Features): string {
  return `${roleOf(f.el)}[${(f.el as HTMLElement).id || f.el.getAttribute("name") || f.name.slice(0, 24)}#${f.ordinal}]`;
}

(globalThis as unknown as { handrailBench: typeof bench }).handrailBench = bench;
