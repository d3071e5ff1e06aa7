// SPDX-License-Identifier: Apache-2.0

// The pointing branch: it leaves the current knob of the rail and closes as a ring around the element. Drawn twice,
// casing and amber, because amber alone on paper is too weak.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { t } from "../parts/desk-words";
import type { Pointing } from "./call";
import { around } from "./outline";
import type { Outline } from "./protocol";

interface Drawing { ring: { x: number; y: number; w: number; h: number }; branch: string; tagX: number; tagY: number; w: number; h: number }

const pad = 9;
const bend = 16;
const solid = new Set(["field", "area", "list", "select", "secret", "button", "text", "label", "heading", "link", "choice", "radio", "checkbox", "error"]);

export function Branch({ pointing, outline, zoom, drawnAt }: { pointing: Pointing | undefined; outline: Outline | undefined; zoom: number; drawnAt: number }) {
  const svg = useRef<SVGSVGElement>(null);
  const [drawing, setDrawing] = useState<Drawing | undefined>(undefined);
  useLayoutEffect(() => {
    const draw = () => setDrawing(pointing && outline ? measure(svg.current, pointing.element, outline, pointing.spot) : undefined);
    draw();
    const scroller = document.querySelector(".outline-scroll");
    scroller?.addEventListener("scroll", draw);
    addEventListener("resize", draw);
    return () => {
      scroller?.removeEventListener("scroll", draw);
      removeEventListener("resize", draw);
    };
  }, [pointing?.element, pointing?.spot, outline, zoom, drawnAt]);
  return (
    <>
      <svg class="branch" ref={svg} aria-hidden="true" width={drawing?.w ?? 0} height={drawing?.h ?? 0}>
        {drawing && <>
          <path class="case" d={drawing.branch} />
          <rect class="case ring" {...rect(drawing)} />
          <path class="amber" d={drawing.branch} />
          <rect class="amber ring" {...rect(drawing)} />
        </>}
      </svg>
      {drawing && pointing && (
        <span class={`you-point ${pointing.refused ? "refused" : ""}`} data-name="pointing" data-seen={String(pointing.seen)}
          style={{ left: `${drawing.tagX}px`, top: `${drawing.tagY}px` }}>
          <Icon name={pointing.seen ? "tick" : "point"} size={18} />
          {pointing.refused ? t("point.refused") : pointing.seen ? t("point.seen") : t("point.you")}
        </span>
      )}
    </>
  );
}

function rect(d: Drawing) {
  return { x: d.ring.x, y: d.ring.y, width: d.ring.w, height: d.ring.h, rx: 12 };
}

function measure(svg: SVGSVGElement | null, id: string, outline: Outline, spot?: { x: number; y: number }): Drawing | undefined {
  const root = svg?.parentElement;
  const el = root?.querySelector(`[data-element="${CSS.escape(id)}"]`);
  const scroller = root?.querySelector(".outline-scroll");
  if (!root || !el || !scroller) return undefined;
  const o = root.getBoundingClientRect();
  const e = el.getBoundingClientRect();
  const view = scroller.getBoundingClientRect();
  const mid = e.top + e.height / 2;
  if (mid < view.top || mid > view.bottom || e.right < view.left || e.left > view.right) return undefined;
  const node = outline.nodes.find((n) => n.id === id);
  const boxes = (node ? around(node, outline.nodes) : [id])
    .map((i) => reach(root.querySelector(`[data-element="${CSS.escape(i)}"]`), i === id)).filter((b) => b !== undefined);
  const left = Math.min(...boxes.map((b) => b.left));
  const top = Math.min(...boxes.map((b) => b.top));
  const ring = { x: left - o.left - pad, y: top - o.top - pad, w: Math.max(...boxes.map((b) => b.right)) - left + 2 * pad, h: Math.max(...boxes.map((b) => b.bottom)) - top + 2 * pad };
  if (spot) {
    const half = 24;
    const at = { x: e.left + (e.width * spot.x) / 1000 - o.left, y: e.top + (e.height * spot.y) / 1000 - o.top };
    return { ring: { x: at.x - half, y: at.y - half, w: 2 * half, h: 2 * half }, branch: "", tagX: at.x + half - 6, tagY: at.y - half, w: o.width, h: o.height };
  }
  const knob = root.querySelector(".steps .knob.now")?.getBoundingClientRect();
  const tag = { tagX: ring.x + ring.w - 10, tagY: ring.y };
  const size = { w: o.width, h: o.height };
  if (!knob || between(outline, id)) return { ring, branch: "", ...tag, ...size };
  const rtl = knob.left > e.left;
  const sign = rtl ? -1 : 1;
  const from = { x: (rtl ? knob.left : knob.right) - o.left, y: knob.top + knob.height / 2 - o.top };
  const edge = (rtl ? view.right : view.left) - o.left;
  // The gutter lies between the steps and the outline.
  const gutter = rtl ? Math.max(edge + 14, from.x - 24) : Math.min(edge - 14, from.x + 24);
  const to = { x: rtl ? ring.x + ring.w : ring.x, y: mid - o.top };
  const drop = to.y - from.y;
  const r = Math.min(bend, Math.abs(drop) / 2, Math.abs(gutter - from.x));
  const down = Math.sign(drop) || 1;
  const branch = Math.abs(drop) < 4
    ? `M${from.x} ${from.y} L${to.x} ${to.y}`
    : `M${from.x} ${from.y} L${gutter - sign * r} ${from.y} Q${gutter} ${from.y} ${gutter} ${from.y + down * r}` +
      ` L${gutter} ${to.y - down * r} Q${gutter} ${to.y} ${gutter + sign * r} ${to.y} L${to.x} ${to.y}`;
  return { ring, branch, ...tag, ...size };
}

/** reach is how far an element goes: the whole of what is pointed at; of its label and message as far as their words go. */
function reach(el: Element | null, whole: boolean): DOMRect | undefined {
  const box = el?.getBoundingClientRect();
  const words = el?.querySelector(".words");
  if (!box || whole || !words) return box;
  const range = document.createRange();
  range.selectNodeContents(words);
  const text = range.getBoundingClientRect();
  return new DOMRect(box.left, box.top, Math.min(box.right, text.right) - box.left, box.height);
}

/** between tells whether other elements lie between the page's edge and this one: then only the ring is drawn. */
function between(outline: Outline, id: string): boolean {
  const at = outline.nodes.find((n) => n.id === id);
  if (!at) return true;
  const rtl = document.documentElement.dir === "rtl";
  const y = at.box[1] + at.box[3] / 2;
  return outline.nodes.some((n) => n !== at && solid.has(n.kind) && n.box[1] - 2 < y && y < n.box[1] + n.box[3] + 2 &&
    (rtl ? n.box[0] >= at.box[0] + at.box[2] : n.box[0] + n.box[2] <= at.box[0]));
}
