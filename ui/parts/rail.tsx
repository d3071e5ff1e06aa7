// SPDX-License-Identifier: Apache-2.0

// The rail: one path a screen, from its rising end to inside the Help key, with a knob for every step. On a service's page
// the current knob sends a branch to the edge, where the page's own ring takes it up.

import type { JSX } from "preact";
import type { Knob } from "../citizen/view.ts";
import { from, type Frame } from "./frame.ts";

export interface Point { x: number; y: number }

const inset = 48; // the rail from the inline-start edge of its surface
const bend = 44;
/** How far the rail's end lies inside Help: enough to stay joined while the key is pressed. */
const into = 7;

/** railPath draws the rail of a screen. */
export function railPath(f: Frame): string {
  const s = f.rtl ? -1 : 1;
  const x = from(f, inset);
  const end = f.help.y + into;
  if (f.portrait && f.beside) return alongTop(f, s, end);
  const top = f.surface.y + 30;
  // The rising end: from the sign beside the name, down to the edge.
  const rise = `M${x + s * 62} ${top} L${x + s * 23} ${top + 27} Q${x} ${top + 43} ${x} ${top + 72}`;
  if (f.keys !== undefined) return `${rise} ${roundKeys(f, f.keys, s, x, end)}`;
  if (insideHelp(f, x)) return `${rise} V${end}`;
  return `${rise} ${toHelp(f, s, x, end)}`;
}

// toHelp goes down to the bar, along its edge and into the Help key.
function toHelp(f: Frame, s: number, x: number, end: number): string {
  const y = f.bar.y;
  const target = helpEntry(f);
  const r = 20;
  const way = Math.sign(target - x) || s;
  return `V${y - bend} Q${x} ${y} ${x + way * bend} ${y} H${target - way * r} Q${target} ${y} ${target} ${y + r} V${end}`;
}

// roundKeys goes along the keyboard's upper edge to the far side, down beside it, and along the bar into Help.
function roundKeys(f: Frame, top: number, s: number, x: number, end: number): string {
  const far = s > 0 ? 20 : f.w - 20;
  const target = helpEntry(f);
  return `V${top - bend} Q${x} ${top} ${x - s * bend} ${top} H${far + s * bend} Q${far} ${top} ${far} ${top + bend} ` +
    `V${f.bar.y - bend} Q${far} ${f.bar.y} ${far + s * bend} ${f.bar.y} H${target - s * 20} Q${target} ${f.bar.y} ${target} ${f.bar.y + 20} V${end}`;
}

// alongTop is the portrait companion: along its top edge, then down and into Help.
function alongTop(f: Frame, s: number, end: number): string {
  const y = f.surface.y + 50;
  const x = from(f, inset);
  const far = from(f, f.surface.w - 26);
  return `M${far} ${y - 26} L${far - s * 28} ${y - 8} Q${far - s * 42} ${y} ${far - s * 62} ${y} ` +
    `H${x + s * bend} Q${x} ${y} ${x} ${y + bend} ${toHelp(f, s, x, end)}`;
}

function helpEntry(f: Frame): number {
  const d = f.portrait ? 44 : 52;
  return f.rtl ? f.help.x + f.help.w - d : f.help.x + d;
}

function insideHelp(f: Frame, x: number): boolean {
  return x > f.help.x + 20 && x < f.help.x + f.help.w - 20;
}

/** knobPoints says where count knobs are, evenly along the rail. */
export function knobPoints(f: Frame, count: number): Point[] {
  const even = (a: number, b: number, i: number) => (count < 2 ? a : a + ((b - a) * i) / (count - 1));
  const points: Point[] = [];
  for (let i = 0; i < count; i++) {
    if (f.keys !== undefined) points.push({ x: from(f, inset), y: even(f.surface.y + 114, f.keys - 70, i) });
    else if (f.portrait && f.beside) points.push({ x: from(f, even(124, f.surface.w - 132, i)), y: f.surface.y + 50 });
    else if (f.beside) points.push({ x: from(f, inset), y: even(f.surface.y + 150, f.bar.y - 68, i) });
    else points.push({ x: from(f, inset), y: f.portrait ? even(190, f.bar.y - 84, i) : even(158, f.bar.y - 84, i) });
  }
  return points;
}

/** branchPath leads from the current knob to the service's edge at the height of the ring; at most two bends of 20. */
export function branchPath(f: Frame, knob: Point, ringY: number): string {
  const s = f.rtl ? -1 : 1;
  const edge = from(f, 0);
  const y = Math.max(f.surface.y + 6, Math.min(ringY, f.bar.y - 6));
  const dy = y - knob.y;
  if (Math.abs(dy) <= 2) return `M${knob.x} ${knob.y} H${edge}`;
  const r = Math.min(20, Math.abs(dy) / 2);
  const gutter = edge + s * r;
  const d = Math.sign(dy);
  return `M${knob.x} ${knob.y} H${gutter + s * r} Q${gutter} ${knob.y} ${gutter} ${knob.y + d * r} V${y - d * r} Q${gutter} ${y} ${edge} ${y}`;
}

export interface RailProps {
  frame: Frame;
  knobs: Knob[];
  /** Height of the ring's top edge, when a branch leads there. */
  ringY?: number;
  /** The ring is a question: the branch is dashed. */
  unsure?: boolean;
}

/** Rail is not for touching and says nothing that words do not say too. */
export function Rail({ frame: f, knobs, ringY, unsure }: RailProps): JSX.Element {
  const points = knobPoints(f, knobs.length);
  const now = knobs.findIndex((k) => k.state !== "done" && k.state !== "todo");
  const at = points[now];
  const branch = f.beside && !f.portrait && at && ringY !== undefined ? branchPath(f, at, ringY) : undefined;
  const dash = unsure ? "20 14" : undefined;
  return (
    <svg class="rail" width={f.w} height={f.h} viewBox={`0 0 ${f.w} ${f.h}`} aria-hidden="true" data-name="rail">
      <path class="rail-line" d={railPath(f)} />
      {branch && <path class="branch-edge" d={branch} stroke-dasharray={dash} />}
      {branch && <path class="branch" d={branch} stroke-dasharray={dash} />}
      {knobs.map((k, i) => <KnobMark key={i} knob={k} at={points[i]!} />)}
    </svg>
  );
}

function KnobMark({ knob, at }: { knob: Knob; at: Point }): JSX.Element {
  const { x, y } = at;
  switch (knob.state) {
    case "done":
      return (
        <g data-knob="done">
          <circle class="knob-done" cx={x} cy={y} r="15" />
          <path class="knob-tick" d={`M${x - 7} ${y + 0.5} l5 5 l9 -10`} />
        </g>
      );
    case "todo":
      return <circle class="knob-todo" data-knob="todo" cx={x} cy={y} r="11" />;
    default:
      return (
        <g data-knob={knob.state}>
          <circle class={`knob-${knob.state}`} cx={x} cy={y} r="24" />
          <text class={`knob-word knob-word-${knob.state}`} x={x} y={y + 8.5} text-anchor="middle">
            {knob.state === "asking" ? "?" : knob.n}
          </text>
        </g>
      );
  }
}
