// SPDX-License-Identifier: Apache-2.0

// Where things are on the citizen's screen: one function of the window's size, the direction of writing and the rectangle
// of the service's page. All numbers are CSS px in the window, x from its left edge.

export interface Rect { x: number; y: number; w: number; h: number }

export interface Frame {
  w: number;
  h: number;
  rtl: boolean;
  portrait: boolean;
  /** The companion beside (landscape) or under (portrait) the service's page; the whole window above the bar otherwise. */
  surface: Rect;
  beside: boolean;
  bar: Rect;
  help: Rect;
  /** Where the keyboard on the screen begins, while it is open. */
  keys?: number;
}

/** The service's rectangle where nobody gave one (the page is not open yet). */
export function serviceRect(w: number, h: number, rtl: boolean, large: boolean): Rect {
  const bar = barHeight(w, h);
  if (h > w) return { x: 0, y: 0, w, h: h - bar - (large ? 640 : 516) };
  const companion = large ? 624 : w < 1200 ? 416 : w >= 1900 ? 620 : 464;
  return { x: rtl ? companion : 0, y: 0, w: w - companion, h: h - bar };
}

export function barHeight(w: number, h: number): number {
  return h > w ? 128 : 112;
}

/** frame measures a screen. service is the page's rectangle, absent on our own screens. */
export function frame(w: number, h: number, rtl: boolean, service?: Rect, keys?: number): Frame {
  const portrait = h > w;
  const barH = barHeight(w, h);
  const bar = { x: 0, y: h - barH, w, h: barH };
  const inset = portrait ? 20 : 32, gap = portrait ? 12 : 16;
  const key = (w - 2 * inset - 3 * gap) / 4;
  const start = inset + 2 * (key + gap); // Help is the third of four
  const help = { x: rtl ? w - start - key : start, y: bar.y + 22, w: key, h: portrait ? 92 : 76 };
  let surface: Rect = { x: 0, y: 0, w, h: bar.y };
  if (service) {
    surface = portrait
      ? { x: 0, y: service.y + service.h, w, h: bar.y - service.y - service.h }
      : rtl ? { x: 0, y: 0, w: service.x, h: bar.y } : { x: service.x + service.w, y: 0, w: w - service.x - service.w, h: bar.y };
  }
  if (keys !== undefined) surface = { ...surface, h: keys - surface.y };
  return { w, h, rtl, portrait, surface, beside: service !== undefined, bar, help, ...(keys !== undefined ? { keys } : {}) };
}

/** from(f, d) is the x that lies d from the inline-start edge of the surface. */
export function from(f: Frame, d: number): number {
  return f.rtl ? f.surface.x + f.surface.w - d : f.surface.x + d;
}
