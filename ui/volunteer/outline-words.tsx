// SPDX-License-Identifier: Apache-2.0

// Public words of the outline, as large as they are on the person's screen.

import { signal } from "@preact/signals";
import type { OutlineNode } from "./protocol";

/** A part of a line of words, beside the links that stand in it; x and w in px of the page, x from the line's own start. */
export interface Piece { x: number; w: number; text: string }

/** piecesOf cuts lines of words that have links in them, so that a link's words are drawn once, by the link, where it is. */
export function piecesOf(nodes: OutlineNode[]): Map<string, Piece[]> {
  const all = new Map<string, Piece[]>();
  const links = nodes.filter((n) => n.kind === "link" && n.text);
  for (const n of nodes) {
    if (n.kind !== "text" || !n.text) continue;
    const [x, y, w, h] = n.box;
    const inside = links.filter((l) => n.text!.includes(l.text!) && n.text !== l.text && h < 1.9 * l.box[3] &&
      l.box[0] >= x - 1 && l.box[0] + l.box[2] <= x + w + 1 && l.box[1] >= y - 4 && l.box[1] + l.box[3] <= y + h + 4)
      .sort((a, b) => a.box[0] - b.box[0]);
    if (inside.length === 0) continue;
    const pieces: Piece[] = [];
    let [from, rest] = [0, n.text];
    for (const l of inside) {
      const at = rest.indexOf(l.text!);
      if (at < 0) continue;
      pieces.push({ x: from, w: l.box[0] - x - from, text: rest.slice(0, at).trim() });
      rest = rest.slice(at + l.text!.length);
      from = l.box[0] + l.box[2] - x;
    }
    pieces.push({ x: from, w: w - from, text: rest.trim() });
    all.set(n.id, pieces.filter((p) => p.text !== "" && p.w > 4));
  }
  return all;
}

export function Pieces({ of, scale, h }: { of: Piece[]; scale: number; h: number }) {
  return (
    <>
      {of.map((p) => (
        <span key={p.x} class="piece" style={{ left: `${p.x * scale}px`, width: `${p.w * scale}px` }}><Words text={p.text} w={p.w * scale} h={h} /></span>
      ))}
    </>
  );
}

/** Words in a box, in the largest type that fits. */
export function Words({ text, w, h, bold }: { text: string; w: number; h: number; bold?: boolean }) {
  void fonts.value; // measured again when the fonts have come
  const f = fit(text, w, h, bold ?? false);
  return <span class="words" dir="auto" style={{ fontSize: `${f.size}px`, lineHeight: `${f.line}px`, whiteSpace: f.one ? "nowrap" : "normal" }}>{text}</span>;
}

interface Fit { size: number; line: number; one: boolean }
const fitted = new Map<string, Fit>();
/** Counts up when the fonts have come: what was measured before was measured in another type. */
const fonts = signal(0);
void document.fonts?.ready.then(() => {
  fitted.clear();
  fonts.value++;
});
let ruler: CanvasRenderingContext2D | null | undefined;

/** fit finds the largest type in which words stay inside their own box, as they do on the person's screen. */
function fit(text: string, w: number, h: number, bold: boolean): Fit {
  const key = `${text}|${Math.round(w)}|${Math.round(h)}|${bold}`;
  const kept = fitted.get(key);
  if (kept) return kept;
  ruler ??= document.createElement("canvas").getContext("2d");
  let found: Fit = { size: 8, line: 10, one: false };
  if (ruler) {
    ruler.font = `${bold ? 700 : 400} 100px "Atkinson Hyperlegible", "Noto Sans Arabic", sans-serif`;
    const long = ruler.measureText(text).width / 100;
    for (let size = Math.min(34, h / 1.28); size >= 7.5; size -= 0.5) {
      // Words break at spaces, so a line of several holds a little less than its width.
      const lines = Math.ceil((long * size * (long * size > w ? 1.06 : 1)) / (w + 2));
      if (lines * size * 1.2 <= h + 3) {
        found = { size, line: lines === 1 ? h : Math.min(h / lines, size * 1.5), one: lines === 1 };
        break;
      }
    }
  }
  if (fitted.size > 2000) fitted.clear();
  fitted.set(key, found);
  return found;
}
