// SPDX-License-Identifier: Apache-2.0

// What tests ask of the engine on a page that they made up: which page it is, what each target is, what the site refuses,
// and how much was looked at. It is never part of a terminal's page.

import { errorsOf } from "./errors.ts";
import { featuresOf, fingerprintOf, landmarksOf, type Features } from "./features.ts";
import { assign } from "./match.ts";
import { recognise } from "./recognise.ts";
import { treesOf } from "./roots.ts";
import type { GuidePage, Target } from "./types.ts";

interface Probe {
  lost: boolean; // the page's names clash with the browser's own, and nothing can be said of it
  page: string;
  features: number;
  trees: number;
  errors: { words: string; field: number }[];
  /** Of each target: the number of the feature that it is, -1 of none; and how sure that is. */
  found: { at: number; sight: string; score: number }[];
  again: boolean; // asked a second time, the answers were the same
  twins: number[]; // for each feature, how many are like it in everything that a fingerprint says but place
}

function probe(pages: GuidePage[], targets: Target[] | null, path: string): Probe {
  try {
    return asked(pages, targets, path);
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault;
    return { lost: true, page: "", features: 0, trees: 0, errors: [], found: [], again: true, twins: [] };
  }
}

function asked(pages: GuidePage[], targets: Target[] | null, path: string): Probe {
  const trees = treesOf(document);
  const features = featuresOf(document, trees, landmarksOf(pages));
  // Without targets each control is one, by the fingerprint that it has now.
  const wanted = new Map((targets ?? features.map((f) => fingerprintOf(f, "en"))).map((t, i) => [String(i), t]));
  const look = () => [...assign(wanted, features).values()].map((m) => ({ at: features.findIndex((f) => f.el === m.el), sight: m.sight, score: m.score }));
  const found = look();
  const like = new Map<string, number>();
  const key = (f: Features) => JSON.stringify({ ...f, el: 0, wordings: 0, ordinal: 0 });
  for (const f of features) like.set(key(f), (like.get(key(f)) ?? 0) + 1);
  return {
    lost: false, page: recognise(pages, path, features)?.id ?? "", features: features.length, trees: trees.length, found, again: JSON.stringify(found) === JSON.stringify(look()),
    errors: errorsOf(trees).map((e) => ({ words: e.words, field: features.findIndex((f) => f.el === e.el) })), twins: features.map((f) => like.get(key(f)) ?? 0),
  };
}

(globalThis as unknown as { handrailProbe: typeof probe }).handrailProbe = probe;
