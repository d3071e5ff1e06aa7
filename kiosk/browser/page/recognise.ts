// SPDX-License-Identifier: Apache-2.0

// Which page of the guide this is: by its path, and by its heading or what else must be there. A page that could be two
// is neither.

import type { Features } from "./features.ts";
import { fold } from "./likeness.ts";
import { assign } from "./match.ts";
import { visible, words } from "./names.ts";
import type { GuidePage, Target } from "./types.ts";

/** The page of the guide that this is; null when it is none of them, or nobody can say which. */
export function recognise(pages: GuidePage[], path: string, features: Features[]): GuidePage | null {
  const heading = fold(headingOf(features));
  let best: GuidePage[] = [];
  let bestPoints = 0;
  for (const candidate of pages) {
    const points = pointsOf(candidate, path, heading, features);
    if (points > bestPoints) { best = [candidate]; bestPoints = points; }
    else if (points > 0 && points === bestPoints) best.push(candidate);
  }
  return best.length < 2 ? best[0] ?? null : fullest(best, features);
}

/** The first heading that is seen, in the page before its shadow roots and frames. */
function headingOf(features: Features[]): string {
  const all = features.filter((f) => f.tag === "h1");
  const first = all.find((f) => visible(f.el)) ?? all[0];
  return first ? words(first.el) : "";
}

/** How much speaks for a page; 0: it is not this one. */
function pointsOf(candidate: GuidePage, path: string, heading: string, features: Features[]): number {
  if (!pathMatches(candidate.path, path)) return 0;
  let points = candidate.path.includes("*") ? 1 : 1.5;
  const wanted = Object.values(candidate.heading ?? {}).map(fold);
  if (wanted.length > 0) {
    if (wanted.includes(heading)) points += 2;
    else if (!candidate.landmarks?.length && !wanted.some((w) => w !== "" && heading.includes(w))) return 0;
  }
  if (candidate.landmarks?.length) {
    const found = assign(new Map(candidate.landmarks.map((t, i) => [String(i), t])), features);
    // What makes a page that page is there for sure, in these words: a similar heading or question is another page.
    for (const [i, m] of found) {
      if (m.sight !== "sure" || m.told < 0.8) return 0;
      const names = Object.values((candidate.landmarks[Number(i)] as Target).name ?? {}).map(fold);
      if (names.length > 0 && !names.includes(fold(features.find((f) => f.el === m.el)?.name ?? ""))) return 0;
    }
    points += 2;
  }
  return points;
}

/** Of pages that look alike, the one that has more of its targets; null when none has. */
function fullest(pages: GuidePage[], features: Features[]): GuidePage | null {
  let best: GuidePage | null = null;
  let most = 0;
  for (const candidate of pages) {
    const targets = new Map<string, Target>();
    for (const step of candidate.steps) if (step.target && !step.target.frame?.startsWith("http")) targets.set(step.id, step.target);
    let sure = 0;
    for (const m of assign(targets, features).values()) if (m.sight === "sure") sure++;
    if (sure > most) { best = candidate; most = sure; } else if (sure === most) best = null;
  }
  return best;
}

/** Whether a path is one of a page's: * is one segment, a trailing ** any rest (kiosk.Page.MatchesPath). */
export function pathMatches(pattern: string, path: string): boolean {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  for (let i = 0; i < want.length; i++) {
    if (want[i] === "**") return true;
    if (i >= have.length || (want[i] !== "*" && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}
