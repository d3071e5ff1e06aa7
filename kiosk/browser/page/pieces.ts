// SPDX-License-Identifier: Apache-2.0

// What the worker is told of an outline: how it is made of the one that it was told before. Most of a page stays as it was, or has
// moved as a whole.

import { document_, type Node, type Outline } from "./outline.ts";

/** A part of the outline before, from an element on, so many, moved by so much; or an element as it is now. */
export type Piece = [from: number, count: number, dx: number, dy: number] | Node;

/** The outline n, made of the outline of; "": of none. Both names are this document's own. */
export interface OutlineChange { t: "outline"; n: string; of: string; w: number; h: number; scroll: number; pieces: Piece[] }

let last: Outline | null = null;
let places = new Map<string, number>(); // where in it each element is
let count = 0;
let name = "";

/** The worker knows nothing of this page, or no more. */
export function untold(): void { last = null; }

/** What makes the outline that was told last this one; null when it is already. */
export function changeOf(now: Outline): OutlineChange | null {
  const before = last?.nodes ?? [];
  const pieces: Piece[] = [];
  const at = new Map<string, number>();
  let run: [number, number, number, number] | null = null;
  now.nodes.forEach((node, i) => {
    at.set(node.id, i);
    const from = last ? places.get(node.id) : undefined;
    const was = from === undefined ? undefined : before[from];
    if (from === undefined || !was || !alike(was, node)) {
      pieces.push(node);
      run = null;
      return;
    }
    const dx = node.box[0] - was.box[0], dy = node.box[1] - was.box[1];
    if (run && from === run[0] + run[1] && dx === run[2] && dy === run[3]) run[1]++;
    else pieces.push(run = [from, 1, dx, dy]);
  });
  if (last && last.w === now.w && last.h === now.h && last.scroll === now.scroll && asBefore(pieces, before.length)) return null;
  const of = last ? name : "";
  [last, places, name] = [now, at, `${document_}.${++count}`];
  return { t: "outline", n: name, of, w: now.w, h: now.h, scroll: now.scroll, pieces };
}

function asBefore(pieces: Piece[], length: number): boolean {
  const [first] = pieces;
  if (!first) return length === 0;
  return pieces.length === 1 && Array.isArray(first) && first[0] === 0 && first[1] === length && first[2] === 0 && first[3] === 0;
}

/** Alike in all but where they are. */
function alike(a: Node, b: Node): boolean {
  return a.kind === b.kind && a.box[2] === b.box[2] && a.box[3] === b.box[3] && a.text === b.text && a.place === b.place
    && a.state?.join() === b.state?.join();
}
