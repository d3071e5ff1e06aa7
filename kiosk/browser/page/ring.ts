// SPDX-License-Identifier: Apache-2.0

// The ring round a target and the branch that leads from it to the companion. It lies in the top layer, in a closed
// shadow root with a constructed stylesheet, takes no pointer events, and comes back when the page removes it.

import { hintsOf, labelsOf } from "./names.ts";
import { rectOf } from "./roots.ts";
import type { Box } from "./types.ts";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{all:initial;position:fixed;inset:0;width:auto;height:auto;margin:0;padding:0;border:0;background:none;
pointer-events:none;overflow:hidden;z-index:2147483647;display:block}svg{position:absolute;inset:0;width:100%;height:100%}`);

/** hole: the target is a frame, in which the ring is; here is only the veil round it. */
export interface Style { side: "left" | "right"; refused: boolean; dashed: boolean; helper: boolean; veil: boolean; hole?: boolean; spot?: { x: number; y: number } }

const ink = "#16232B", amber = "#F2B233", grow = 10;

export class Ring {
  private host: HTMLElement | null = null;
  private svg: SVGSVGElement | null = null;
  private target: Element | null = null;
  private style: Style = { side: "right", refused: false, dashed: false, helper: false, veil: false };
  private drawn = "";
  /** How often the page took it away. */
  removed = 0;

  set(target: Element | null, style: Style): void {
    this.target = target;
    this.style = style;
    this.draw();
  }

  /** The box of the ring in the viewport: label, control and hint, grown. null when nothing is ringed or it is out of view. */
  box(): Box | null {
    if (!this.target) return null;
    if (this.style.hole) return holeOf(this.target);
    return this.style.spot ? spotOf(this.target, this.style.spot) : boxOf(this.target);
  }

  /** Draws it where the target is now; cheap when nothing moved. Returns the height at which the branch meets the edge, or 0. */
  draw(): number {
    const box = this.box();
    const seen = box !== null && box.y + box.h > 0 && box.y < innerHeight;
    const key = seen ? JSON.stringify([box, this.style, innerWidth, innerHeight]) : "";
    if (key !== "" && (!this.host || !this.host.isConnected)) this.mount();
    if (key === this.drawn) return seen ? this.edge(box) : 0;
    this.drawn = key;
    this.svg?.replaceChildren();
    if (!seen || !this.svg) return 0;
    this.paint(box);
    return this.edge(box);
  }

  /** Comes above what the page has put on top since: a dialog, a popover of its own. */
  raise(of: EventTarget | null): void {
    if (!this.host?.isConnected || of === this.host) return;
    try { this.host.hidePopover(); this.host.showPopover(); } catch { /* no top layer here */ }
  }

  private edge(box: Box): number {
    return !this.style.hole && this.free(box) ? Math.max(1, Math.round(box.y)) : 0;
  }

  private mount(): void {
    if (this.host) this.removed++;
    const host = document.createElement("div");
    host.setAttribute("popover", "manual");
    host.setAttribute("aria-hidden", "true");
    const root = host.attachShadow({ mode: "closed" });
    root.adoptedStyleSheets = [sheet];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    root.append(svg);
    (document.body ?? document.documentElement).append(host);
    try { host.showPopover(); } catch { /* a document without a top layer: the ring then lies above by its z-index */ }
    this.host = host;
    this.svg = svg;
    this.drawn = "";
  }

  /** Draws ring and branch: ink below, amber on top, the branch out of the ring's top edge. */
  private paint(box: Box): void {
    const { x, y, w, h } = box;
    const right = this.style.side === "right";
    if (this.style.veil) this.svg?.append(this.veil(box));
    if (this.style.hole) return;
    const free = this.free(box);
    const end = right ? innerWidth : 0;
    const from = right ? x + w - 12 : x + 12;
    const branch = free ? `M${from} ${y}H${end}` : "";
    for (const [colour, width] of [[ink, 14], [amber, 8]] as const) {
      const rect = shape("rect", { x, y, width: w, height: h, rx: 12, fill: "none", stroke: colour, "stroke-width": width });
      const line = shape("path", { d: branch, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round" });
      if (this.style.dashed) {
        rect.setAttribute("stroke-dasharray", "22 12");
        line.setAttribute("stroke-dasharray", "22 12");
      }
      this.svg?.append(line, rect);
    }
  }

  /** All of the page but the ring, dimmed. What is touched there does not reach the page (main.ts); scrolling does. */
  private veil({ x, y, w, h }: Box): SVGElement {
    const veil = shape("path", { d: `M0 0H${innerWidth}V${innerHeight}H0Z M${x} ${y}V${y + h}H${x + w}V${y}Z`, fill: "#FBF9F4", "fill-opacity": 0.45, "fill-rule": "evenodd" });
    veil.style.pointerEvents = "fill";
    return veil;
  }

  /** Whether a touch is one of the veil: nothing else of the ring takes any. */
  veiled(event: Event): boolean { return this.host !== null && event.target === this.host; }

  /** The way to the edge, on the level of the ring's top, crosses no other control and no text. */
  private free(box: Box): boolean {
    if (box.y < 4 || box.y > innerHeight - 4) return false;
    const right = this.style.side === "right";
    const [a, b] = right ? [box.x + box.w + 6, innerWidth - 2] : [2, box.x - 6];
    for (let x = a; x < b; x += 24) {
      for (const el of document.elementsFromPoint(x, box.y)) {
        if (el === this.host || el === document.documentElement || el === document.body) continue;
        if (/^(INPUT|SELECT|TEXTAREA|BUTTON|A|LABEL|LEGEND|IMG)$/.test(el.tagName)) return false;
        break;
      }
    }
    return true;
  }
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  const el = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, String(value));
  return el;
}

/** What is seen of a frame through which the target is reached: there the frame has a veil of its own. */
function holeOf(el: Element): Box {
  const r = rectOf(el);
  return { x: Math.round(r.left), y: Math.round(r.top), w: Math.round(r.width), h: Math.round(r.height) };
}

/** A spot of an element, given in parts of its box, with a little round it. */
function spotOf(el: Element, spot: { x: number; y: number }): Box {
  const r = rectOf(el), half = 30;
  const x = Math.min(innerWidth - half - 8, Math.max(half + 8, r.left + spot.x * r.width));
  return { x: Math.round(x - half), y: Math.round(r.top + spot.y * r.height - half), w: 2 * half, h: 2 * half };
}

/** Label, control and hint together, grown by 10, kept within the viewport's sides. */
export function boxOf(el: Element): Box {
  const parts = [el, ...labelsOf(el), ...hintsOf(el)];
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const part of parts) {
    const r = rectOf(part);
    if (r.width === 0 && r.height === 0) continue;
    left = Math.min(left, r.left); top = Math.min(top, r.top); right = Math.max(right, r.right); bottom = Math.max(bottom, r.bottom);
  }
  if (left === Infinity) return { x: 0, y: -1000, w: 0, h: 0 };
  const above = crowded(el, left, right, top) ? 0 : grow;
  left = Math.max(8, left - grow); right = Math.min(innerWidth - 8, right + grow);
  return { x: Math.round(left), y: Math.round(top - above), w: Math.round(right - left), h: Math.round(bottom - top + above + grow) };
}

/** Somebody else's words stand right above: the ring then keeps off them. */
function crowded(el: Element, left: number, right: number, top: number): boolean {
  if (top < 12 || top > innerHeight) return false;
  for (const x of [left + 8, left + (right - left) / 4]) {
    for (const hit of document.elementsFromPoint(x, top - 8)) {
      if (hit.contains(el) || el.contains(hit) || hit.hasAttribute("popover")) continue;
      for (const node of hit.childNodes) if (node.nodeType === Node.TEXT_NODE && node.textContent?.trim()) return true;
      break;
    }
  }
  return false;
}
