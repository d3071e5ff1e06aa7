// SPDX-License-Identifier: Apache-2.0

// The outline as a small picture: what a helper will see of the page. It draws only what the outline says: kinds, boxes,
// states, public words; everything else is a grey bar.

import type { JSX } from "preact";
import type { Outline, OutlineNode } from "./view.ts";

const fields = new Set(["field", "area", "select", "secret", "textbox", "combobox", "input", "textarea"]);
const choices = new Set(["choice", "radio", "checkbox"]);
const silent = new Set(["image", "frame", "media"]);
const frames = new Set(["group", "list", "nav", "region"]);

/** OutlinePicture is as wide as its frame and shows the page from a little above its first box. */
export function OutlinePicture({ outline: o, w, h }: { outline: Outline; w: number; h: number }): JSX.Element {
  const nodes = once(o.nodes.filter((n) => n.box[2] > 0 && n.box[3] > 0 && n.box[1] < o.h && n.box[1] + n.box[3] > 0 && !frames.has(n.kind)));
  const [x, y, bw] = around(o, nodes);
  return (
    <svg class="outline" viewBox={`${x} ${y} ${bw} ${(bw * h) / w}`} width={w} height={h} aria-hidden="true" data-name="outline" direction="ltr">
      {nodes.map((n) => <Node key={n.id} n={n} />)}
    </svg>
  );
}

/** around is where the page has something, so that the picture is as large as it can be: left, top, width. */
function around(o: Outline, nodes: OutlineNode[]): [number, number, number] {
  if (nodes.length === 0) return [0, 0, Math.max(1, o.w)];
  const asked = nodes.filter((n) => fields.has(n.kind) || choices.has(n.kind));
  const left = Math.max(0, Math.min(...nodes.map((n) => n.box[0])) - 16);
  const right = Math.min(o.w, Math.max(...nodes.map((n) => n.box[0] + n.box[2])) + 16);
  const top = asked.length > 0 ? Math.min(...asked.map((n) => n.box[1])) - 140 : Math.min(...nodes.map((n) => n.box[1])) - 16;
  return [left, Math.max(0, top), Math.max(1, right - left)];
}

/** once leaves out words that stand inside an element with the same words (a label inside a heading). */
function once(nodes: OutlineNode[]): OutlineNode[] {
  return nodes.filter((n, i) => !n.text || !nodes.slice(0, i).some((o) => o.text === n.text && inside(n.box, o.box)));
}

function inside(a: OutlineNode["box"], b: OutlineNode["box"]): boolean {
  const x = a[0] + a[2] / 2, y = a[1] + a[3] / 2;
  return x >= b[0] && x <= b[0] + b[2] && y >= b[1] && y <= b[1] + b[3];
}

const has = (n: OutlineNode, state: string) => n.state?.includes(state) ?? false;

function Node({ n }: { n: OutlineNode }): JSX.Element | null {
  const [x, y, w, h] = n.box;
  if (fields.has(n.kind)) {
    return (
      <g>
        <rect class={has(n, "error") ? "o-box wrong" : "o-box"} x={x} y={y} width={w} height={h} rx="4" />
        {!has(n, "empty") && <Bar x={x + 6} y={y + 6} w={w - 12} h={Math.min(h - 12, 26)} />}
      </g>
    );
  }
  if (choices.has(n.kind)) {
    const r = Math.min(w, h, 36) / 2;
    return n.kind === "checkbox"
      ? <rect class="o-box" x={x} y={y + h / 2 - r} width={2 * r} height={2 * r} rx="4" />
      : <circle class="o-box" cx={x + r} cy={y + h / 2} r={r - 1} />;
  }
  if (silent.has(n.kind)) return <Bar x={x} y={y} w={w} h={h} />;
  if (n.kind === "button") {
    return (
      <g>
        <rect class="o-button" x={x} y={y} width={w} height={h} rx="5" />
        {n.text ? <text class="o-text strong" x={x + w / 2} y={y + h / 2 + 7} font-size="19" text-anchor="middle">{n.text}</text>
          : <Bar x={x + 10} y={y + h / 2 - 8} w={w - 20} h={16} />}
      </g>
    );
  }
  return n.text ? <Words n={n} text={n.text} /> : <Bar x={x} y={y + Math.max(0, h / 2 - 9)} w={Math.min(w, n.bar ?? w)} h={Math.min(h, 18)} />;
}

function Bar({ x, y, w, h }: { x: number; y: number; w: number; h: number }): JSX.Element {
  return <rect class="o-bar" x={x} y={y} width={Math.max(4, w)} height={Math.max(4, h)} rx="4" />;
}

/** Words fills the element's box line by line, about as the page does; what does not fit is left out. */
function Words({ n, text }: { n: OutlineNode; text: string }): JSX.Element {
  const [x, y, w, h] = n.box;
  const heading = n.kind === "heading";
  const px = Math.max(12, Math.min(heading ? 32 : 19, h * 0.8));
  const line = px * (heading ? 1.15 : 1.3);
  const rows = Math.max(1, Math.round(h / line));
  const lines: string[] = [];
  let now = "";
  for (const word of text.split(/\s+/)) {
    const longer = now ? `${now} ${word}` : word;
    if (now && longer.length * px * 0.5 > w + px) {
      lines.push(now);
      now = word;
    } else now = longer;
  }
  lines.push(now);
  const shown = lines.slice(0, rows);
  const top = y + Math.max(0, (h - shown.length * line) / 2);
  return (
    <text class={heading || n.kind === "error" ? "o-text strong" : "o-text"} font-size={px}>
      {shown.map((s, i) => <tspan key={i} x={x} y={top + i * line + px * 0.95}>{s}</tspan>)}
    </text>
  );
}
