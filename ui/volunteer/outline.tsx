// SPDX-License-Identifier: Apache-2.0

// The outline: the person's page drawn in place from kinds, boxes, states and public words, and from nothing else.
// It is not mirrored in a right-to-left console: it mirrors the citizen's page as it is.

import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Ref } from "preact";
import { Icon } from "../parts/desk-icons";
import { t } from "../parts/desk-words";
import { Pieces, piecesOf, Words, type Piece } from "./outline-words";
import type { Outline, OutlineNode } from "./protocol";

export interface OutlineProps {
  outline: Outline;
  /** Width to draw the page's viewport at, CSS px. */
  width: number;
  pointMode: boolean;
  /** A click means the very place it is on, beside and between elements too. */
  spotMode: boolean;
  onSpot: (id: string, spot: { x: number; y: number }) => void;
  /** The element the arrow keys or the pointer are at, in point mode. */
  active: string;
  /** The element pointed at: it has the ring. */
  pointed: string;
  onActive: (id: string) => void;
  onPoint: (id: string) => void;
  treeRef?: Ref<HTMLDivElement>;
}

const fields = new Set(["field", "area", "list", "select", "textbox", "combobox", "secret"]);
const choices = new Set(["choice", "radio", "checkbox"]);
const labels = new Set(["text", "label", "error", "legend"]);
const behind = ["nav", "group", "region", "image", "frame"];
const areas = new Set(behind);

/** The value inside a field is a bar of fixed width, so that its length says nothing. */
const valueBar = 72;
const smallBar = 24;
/** Widths of a field from which its state fits inside, and beside a bar of full width. */
const roomForTag = 104;
const roomForBoth = 172;

export function OutlineView(p: OutlineProps) {
  const scale = p.width / Math.max(1, p.outline.w);
  const nodes = useMemo(() => readingOrder(p.outline.nodes), [p.outline]);
  const { top, bottom } = extent(p.outline);
  const pieces = useMemo(() => piecesOf(p.outline.nodes), [p.outline]);
  const drawn = useMemo(() => [...nodes].sort((a, b) => depth(a) - depth(b)), [nodes]);
  const tree = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (p.pointMode) tree.current?.focus({ preventScroll: true });
  }, [p.pointMode]);
  return (
    <div
      class={`outline ${p.pointMode || p.spotMode ? "aiming" : ""}`}
      onClick={(e) => {
        if (!p.spotMode) return;
        const r = e.currentTarget.getBoundingClientRect();
        const spot = spotAt(p.outline.nodes, (e.clientX - r.left) / scale, (e.clientY - r.top) / scale + top);
        if (spot) p.onSpot(spot.id, spot);
      }} dir="ltr" role="tree" tabIndex={0} aria-label={t("outline.label")}
      aria-activedescendant={p.active ? `o-${p.active}` : undefined} data-name="outline" data-page={p.outline.page}
      style={{ inlineSize: `${p.width}px`, blockSize: `${(bottom - top) * scale}px` }}
      ref={(el: HTMLDivElement | null) => { tree.current = el; assign(p.treeRef, el); }}
    >
      <div class="window" style={{ top: `${-top * scale}px`, height: `${p.outline.h * scale}px` }} />
      {drawn.map((n) => (
        <Element key={n.id} node={n} pieces={pieces.get(n.id)} top={top} scale={scale} name={nameOf(n, nodes)} active={p.pointMode && p.active === n.id && p.pointed !== n.id}
          onEnter={() => { if (p.pointMode) p.onActive(n.id); }}
          onPress={() => { if (p.pointMode) p.onPoint(n.id); }} />
      ))}
    </div>
  );
}

/** spotAt says a place of the page by the smallest element it is in, or the nearest, in thousandths of its box. */
export function spotAt(nodes: OutlineNode[], x: number, y: number): { id: string; x: number; y: number } | undefined {
  let best: OutlineNode | undefined;
  let least = Infinity;
  for (const n of nodes) {
    const [left, up, w, h] = n.box;
    const out = Math.hypot(Math.max(left - x, 0, x - left - w), Math.max(up - y, 0, y - up - h));
    const far = out > 0 ? 1e9 + out : w * h;
    if (w > 0 && h > 0 && far < least) [best, least] = [n, far];
  }
  if (!best) return undefined;
  const part = (v: number, from: number, size: number) => Math.max(-20000, Math.min(20000, Math.round(((v - from) / size) * 1000)));
  return { id: best.id, x: part(x, best.box[0], best.box[2]), y: part(y, best.box[1], best.box[3]) };
}

function assign(ref: Ref<HTMLDivElement> | undefined, el: HTMLDivElement | null) {
  if (typeof ref === "function") ref(el);
  else if (ref) ref.current = el;
}

/** extent is how far the page reaches above and below what is on the person's screen now, as far as it was sent. */
export function extent(o: Outline): { top: number; bottom: number } {
  let [top, bottom] = [0, o.h];
  for (const n of o.nodes) {
    top = Math.min(top, n.box[1]);
    bottom = Math.max(bottom, n.box[1] + n.box[3]);
  }
  return { top: Math.max(top, -o.h), bottom: Math.min(bottom, 3 * o.h) };
}

/** around is what the ring closes round: a field with its own label and message, as they stand directly above it. */
export function around(n: OutlineNode, all: OutlineNode[]): string[] {
  const ids = [n.id];
  if (!fields.has(n.kind)) return ids;
  let edge = n.box[1];
  for (let again = true; again && ids.length < 4;) {
    again = false;
    for (const o of all) {
      const gap = edge - (o.box[1] + o.box[3]);
      if (ids.includes(o.id) || !labels.has(o.kind) || Math.abs(o.box[0] - n.box[0]) > 24 || gap < -6 || gap > 14 || o.box[3] > 60) continue;
      ids.push(o.id);
      edge = o.box[1];
      again = true;
      break;
    }
  }
  return ids;
}

/** readingOrder is top to bottom, then along the line; what shares most of a line is one line. */
export function readingOrder(nodes: OutlineNode[]): OutlineNode[] {
  return [...nodes].sort((a, b) => {
    const apart = Math.abs(a.box[1] - b.box[1]);
    return apart > Math.min(a.box[3], b.box[3]) / 2 ? a.box[1] - b.box[1] : a.box[0] - b.box[0];
  });
}

function depth(n: OutlineNode): number {
  const i = behind.indexOf(n.kind);
  return i < 0 ? behind.length : i;
}

const has = (n: OutlineNode, s: string) => n.state?.includes(s) ?? false;
const secret = (n: OutlineNode) => n.kind === "secret" || has(n, "secret") || has(n, "never");

/** stateWord is the one word shown in a field: an error wins, secret says that it is never shown. */
export function stateWord(n: OutlineNode): string {
  if (secret(n)) return t("outline.secret");
  if (has(n, "revealed")) return t("outline.revealed");
  if (has(n, "error")) return t("outline.error");
  if (has(n, "here")) return t("outline.here");
  if (has(n, "answered")) return n.kind === "group" ? t("outline.group") : t("outline.answered");
  if (has(n, "empty")) return t("outline.empty");
  return "";
}

/** nameOf is what a screen reader says: the words, or the label beside a field, its kind and every state. */
function nameOf(n: OutlineNode, all: OutlineNode[]): string {
  const words = n.text ?? (fields.has(n.kind) || choices.has(n.kind) ? labelOf(n, all) : undefined);
  const states = (n.state ?? []).map((s) =>
    s === "answered" ? t("outline.answered.long") : s === "error" ? t("outline.error") : s === "empty" ? t("outline.empty")
      : s === "here" ? t("outline.here") : s === "secret" || s === "never" ? t("outline.secret") : s === "required" ? t("outline.required") : s === "revealed" ? t("outline.revealed") : "");
  return [words ?? t("outline.notshown"), kindWord(n.kind), ...states].filter(Boolean).join(", ");
}

function kindWord(kind: string): string {
  if (fields.has(kind)) return t("kind.field");
  if (choices.has(kind)) return t("kind.choice");
  switch (kind) {
    case "button": return t("kind.button");
    case "link": return t("kind.link");
    case "heading": return t("kind.heading");
    case "group": return t("kind.group");
    case "image": return t("kind.image");
    case "error": return t("kind.error");
  }
  return "";
}

/** labelOf finds the public words nearest above a field, or before it on its line. */
function labelOf(n: OutlineNode, all: OutlineNode[]): string | undefined {
  let best: { words: string; far: number } | undefined;
  for (const o of all) {
    if (!o.text || o === n || areas.has(o.kind)) continue;
    const above = n.box[1] - (o.box[1] + o.box[3]);
    const overlaps = o.box[0] < n.box[0] + n.box[2] && o.box[0] + o.box[2] > n.box[0];
    const beside = Math.abs(o.box[1] + o.box[3] / 2 - n.box[1] - n.box[3] / 2) < n.box[3] / 2;
    const far = overlaps && above > -4 ? above : beside ? Math.abs(n.box[0] - o.box[0] - o.box[2]) : Infinity;
    if (far < 64 && (!best || far < best.far)) best = { words: o.text, far };
  }
  return best?.words;
}

interface ElementProps { node: OutlineNode; pieces: Piece[] | undefined; top: number; scale: number; name: string; active: boolean; onEnter: () => void; onPress: () => void }

function Element({ node: n, pieces, top, scale, name, active, onEnter, onPress }: ElementProps) {
  const [x, y, w, h] = n.box.map((v) => v * scale) as [number, number, number, number];
  const kind = fields.has(n.kind) ? "field" : choices.has(n.kind) ? "choice" : n.kind;
  const states = (n.state ?? []).map((s) => `is-${s}`).join(" ");
  return (
    <div
      id={`o-${n.id}`} role="treeitem" aria-label={name} aria-selected={active}
      class={`el k-${kind} ${states} ${active ? "active" : ""} ${n.text === undefined ? "no-words" : ""}`}
      data-element={n.id} data-kind={n.kind} data-state={(n.state ?? []).join(" ")}
      style={{ left: `${x}px`, top: `${y - top * scale}px`, width: `${w}px`, height: `${h}px`, zIndex: String(depth(n)) }}
      onPointerEnter={onEnter} onClick={onPress}
    >
      {pieces ? <Pieces of={pieces} scale={scale} h={h} /> : <Inside node={n} kind={kind} w={w} h={h} scale={scale} />}
    </div>
  );
}

function Inside({ node: n, kind, w, h, scale }: { node: OutlineNode; kind: string; w: number; h: number; scale: number }) {
  const word = stateWord(n);
  switch (kind) {
    case "field":
      return <>
        {secret(n) ? <Icon name="lock" size={16} /> : has(n, "answered") && !has(n, "revealed") && <span class="bar" style={{ width: `${w < roomForBoth ? smallBar : valueBar}px` }} />}
        {has(n, "revealed") && n.text && <span class="words" dir="auto">{n.text}</span>}
        {word && <StateTag node={n} word={word} outside={w < roomForTag} />}
      </>;
    case "choice":
      return <>
        <span class={`dial ${n.kind === "checkbox" ? "square" : ""}`} style={{ width: `${Math.min(h, w, 26)}px`, height: `${Math.min(h, w, 26)}px` }} />
        {n.text !== undefined && w > h * 2 && <Words text={n.text} w={w - Math.min(h, 26) - 8} h={Math.min(h, 30)} />}
        {n.text === undefined && w > h * 2 && <span class="bar" style={{ width: `${bar(n, w - h - 8, scale)}px` }} />}
      </>;
    case "group":
    case "region":
      return word ? <StateTag node={n} word={word} outside={false} /> : null;
    case "image":
    case "nav":
    case "frame":
      return null;
  }
  if (n.text !== undefined) return <Words text={n.text} w={kind === "button" ? w - 8 : w} h={kind === "button" ? Math.min(h, 26) : h} bold={kind === "heading" || kind === "error" || kind === "button"} />;
  return <span class="bar" style={{ width: `${bar(n, w, scale)}px`, height: `${Math.min(h * 0.62, 16)}px` }} />;
}

function StateTag({ node: n, word, outside }: { node: OutlineNode; word: string; outside: boolean }) {
  const icon = secret(n) ? "lock" : has(n, "error") ? "warning" : has(n, "here") ? "person" : has(n, "answered") ? "tick" : undefined;
  return <span class={`tag ${outside ? "outside" : ""}`}>{icon && <Icon name={icon} size={16} />}<span>{word}</span></span>;
}

function bar(n: OutlineNode, room: number, scale: number): number {
  return Math.max(12, Math.min(n.bar !== undefined ? n.bar * scale : room, room));
}

/** next is where an arrow key goes from an element: the nearest whose middle lies that way. */
export function next(nodes: OutlineNode[], from: string, key: string): string {
  const order = readingOrder(nodes.filter((n) => !areas.has(n.kind)));
  const at = order.find((n) => n.id === from);
  if (!at) return order[0]?.id ?? "";
  if (key === "Home") return order[0]!.id;
  if (key === "End") return order[order.length - 1]!.id;
  const mid = (n: OutlineNode): [number, number] => [n.box[0] + n.box[2] / 2, n.box[1] + n.box[3] / 2];
  const [x, y] = mid(at);
  let best = at.id;
  let least = Infinity;
  for (const n of order) {
    if (n === at) continue;
    const [nx, ny] = mid(n);
    const [dx, dy] = [nx - x, ny - y];
    const along = key === "ArrowRight" ? dx : key === "ArrowLeft" ? -dx : key === "ArrowDown" ? dy : -dy;
    const aside = key === "ArrowRight" || key === "ArrowLeft" ? Math.abs(dy) : Math.abs(dx);
    if (along < 3) continue;
    const far = along + aside * 2;
    if (far < least) {
      least = far;
      best = n.id;
    }
  }
  return best;
}
