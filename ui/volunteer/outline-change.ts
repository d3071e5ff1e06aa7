// SPDX-License-Identifier: Apache-2.0

// The next outline from the one before and what changed; Apply in helpdesk/content_outline.go is its twin.

import type { Changed, Outline, OutlineNode } from "./protocol";

/** changed makes the next outline; undefined when the change is of another one than this. */
export function changed(before: Outline | undefined, by: Changed): Outline | undefined {
  if (!before || before.n !== by.of) return undefined;
  const gone = new Set(by.gone ?? []);
  const instead = new Map((by.nodes ?? []).map((n) => [n.id, n]));
  const moved = new Map((by.moved ?? []).flatMap((m) => m.ids.map((id) => [id, m.by] as const)));
  const nodes: OutlineNode[] = [];
  for (const n of before.nodes) {
    if (gone.has(n.id)) continue;
    const now = instead.get(n.id);
    if (now) {
      nodes.push(now);
      instead.delete(n.id);
      continue;
    }
    const [dx, dy] = moved.get(n.id) ?? by.move;
    nodes.push(dx || dy ? { ...n, box: [n.box[0] + dx, n.box[1] + dy, n.box[2], n.box[3]] } : n);
  }
  for (const n of by.nodes ?? []) if (instead.delete(n.id)) nodes.push(n);
  return { ...before, n: by.n, nodes };
}
