// SPDX-License-Identifier: Apache-2.0

// The script in the service's page. It lives in an isolated world: the page sees none of it, and it shares nothing with
// the page but the document. It recognises the page, finds the targets, watches for completion by DOM events, draws the
// ring, and tells the worker what changed by a binding that exists only in this world.

import { followEditing, keyboard, leave as leaveBox, writingByTouch } from "./editing.ts";
import { errorsOf } from "./errors.ts";
import { featuresOf, landmarksOf, mostControls } from "./features.ts";
import { assign, type Match } from "./match.ts";
import { givenFile, takeFiles, takeMade } from "./given.ts";
import { nameOf, roleOf, visible, words } from "./names.ts";
import { elementOf, nearest, type Outline, outlineOf, shownBy } from "./outline.ts";
import { changeOf, untold } from "./pieces.ts";
import { attend, attendNone, neverShown, placeOf, restyled } from "./parts.ts";
import { recognise } from "./recognise.ts";
import { boxOf, Ring } from "./ring.ts";
import { adopt, hostsOf, rectOf, treesOf, type Tree } from "./roots.ts";
import { signsOf } from "./signs.ts";
import { listed, stay, stayPut, withoutPlugins } from "./stay.ts";
import { oneWindow } from "./windows.ts";
import type { Box, FrameReport, GuidePage, Load, Snapshot, Step, Target, Watch } from "./types.ts";
import { fold } from "./likeness.ts";
import { frameChain } from "./ways.ts";

declare const handrailTell: ((json: string) => void) | undefined;

let guide: Load = { origin: "", pages: [] };
let watching: Watch = { page: "", step: "", refused: false, side: "right" };
let matches = new Map<string, Match>();
let page: GuidePage | null = null;
let fresh = true;
let told = "";
let outlineOn = false;
let refused: Set<Element | null> = new Set(); // what the site refuses, as it was last looked at
let outlineTimer = 0;
let outlineCost = 0; // ms that an outline takes on this page
let owed = 0; // ms that the page is to have for itself, at owedAt
let owedAt = 0;
let pointed: Element | null = null;
let spot: { x: number; y: number } | undefined; // in the pointed element, when it is not the whole of it
let through: Element | null = null; // the frame in this document that the step's target is in
let picking = false; // the next touch of the page chooses what is shown to the helper
let lookedAt = -40;
let lookTimer = 0;
let settleTimer = 0;
let lastInput = 0;
const ring = new Ring();
let cost = 0; // ms that a look takes on this page
let looks = 0; // how often the page was looked at
let ticking = false;
let lastTrees: Tree[] = [];
let hostsTimer = 0;
let actedAt = 0; // when the citizen did what was not yet told, ms on the machine's clock
let hosts: Element[] = []; // what may have a closed shadow root, until the worker has asked
const known = new WeakSet<Node>(); // trees that are watched
const top = isTop(); // else: the document of a frame of another origin, which has targets of its own
const settleAfter = 1500; // ms without a key: what stands in a field counts as written

function tell(message: object): void {
  if (typeof handrailTell === "function") handrailTell(JSON.stringify(message));
}

/** Looks at the page at once, and then lets it have four times as long as a look takes, and 40 ms at least, however large it is and however often it changes. */
function lookSoon(): void {
  if (lookTimer) return;
  lookTimer = window.setTimeout(() => { lookTimer = 0; look(); }, Math.max(0, lookedAt + Math.min(2000, Math.max(40, 4 * cost)) - performance.now()));
}

function isTop(): boolean {
  if (window.top === window) return true;
  return false;
}

/** A frame whose parent can look into it has no say of its own. */
function seenFromAbove(): boolean {
  try { return window.frameElement !== null; } catch { return false; }
}

/** quick: right after something was touched or typed, when the trees of the page are still those of the look before. */
function look(quick = false): void {
  looks++;
  const began = performance.now();
  try {
    if (!quick || lastTrees.length === 0) {
      lastTrees = treesOf(document);
      lastTrees.forEach(watchTree);
    }
    if (top) lookTop(); else lookInside();
    if (outlineOn && guide.pages.length === 0) refusedNow();
    outlineSoon();
  } catch {
    lost();
  }
  cost = 0.7 * cost + 0.3 * (performance.now() - began);
}

/** A page that gives its elements the names of what the browser has for them (a field called closest) cannot be looked at: nobody knows it. */
function lost(): void {
  page = null;
  matches = new Map();
  lookedAt = performance.now();
  if (told === "lost") return;
  told = "lost";
  if (top) tell({ t: "page", page: "", fresh, sights: {}, scores: {}, done: {}, skips: {}, signs: [], errors: [], ringY: 0, at: 0 } satisfies Snapshot);
  else tell({ t: "frame", sights: {}, scores: {}, done: {}, signs: [], errors: [] } satisfies FrameReport);
  fresh = false;
}

/** The steps of the guide whose targets are in this document, a frame of another origin, as page/step. */
function stepsInside(): Map<string, Step> {
  const steps = new Map<string, Step>();
  const chain = frameChain().join(" ");
  for (const p of guide.pages) {
    for (const step of p.steps) {
      const target = step.target;
      if (target?.frame !== location.origin) continue;
      if (!target.within || [...target.within, target.frame].join(" ") === chain) steps.set(`${p.id}/${step.id}`, step);
    }
  }
  return steps;
}

/** In a frame of another origin: only the targets that the guide says are in it, what the frame says is wrong, and whether the citizen must be alone. */
function lookInside(): void {
  if (!document.body || guide.pages.length === 0) return;
  lookedAt = performance.now();
  const steps = stepsInside();
  // What is too small to be seen asks nobody for anything; and a banner in a frame is not the page's.
  const signs = innerWidth >= 60 && innerHeight >= 30 ? signsOf(lastTrees).filter((sign) => sign !== "cookies") : [];
  if (steps.size === 0 && signs.length === 0 && told === "") return;
  // The steps of each page are matched by themselves: a frame may be the same on several.
  matches = new Map();
  const features = steps.size > 0 ? featuresOf(document, lastTrees) : [];
  for (const p of guide.pages) {
    const own = new Map([...steps].filter(([key]) => key.startsWith(p.id + "/")).map(([key, step]) => [key, step.target as Target]));
    if (own.size > 0) for (const [key, match] of assign(own, features)) matches.set(key, match);
  }
  const report: FrameReport = { t: "frame", sights: {}, scores: {}, done: {}, signs, errors: [] };
  for (const [key, match] of matches) {
    report.sights[key] = match.sight;
    report.scores[key] = Math.round(match.score * 100) / 100;
    if (done(steps.get(key) as Step, match)) report.done[key] = true;
  }
  if (steps.size > 0) for (const error of refusedNow()) report.errors.push({ steps: stepsOf(error.el), words: error.words });
  drawRing();
  const key = JSON.stringify(report);
  if (key !== told) {
    told = key;
    tell(report);
  }
  askHostsSoon();
}

/** The key under which a step of the page that counts now is matched. */
function keyOf(step: string): string { return top ? step : `${watching.page}/${step}`; }

/** What a step's target is now. A page that draws itself again has put another element in its place since the last look. */
function matchOf(step: string): Match | undefined {
  const match = matches.get(keyOf(step));
  if (!match?.el || match.el.isConnected) return match;
  look();
  return matches.get(keyOf(step));
}

function lookTop(): void {
  if (!document.body || guide.pages.length === 0) return;
  lookedAt = performance.now();
  const trees = lastTrees;
  const features = featuresOf(document, trees, landmarksOf(guide.pages));
  page = features.length >= mostControls ? null : recognise(guide.pages, location.pathname, features);
  matches = new Map();
  if (page) {
    const targets = new Map<string, Target>();
    for (const step of page.steps) if (step.target && !step.target.frame?.startsWith("http")) targets.set(step.id, step.target);
    matches = assign(targets, features);
  }
  const snapshot: Snapshot = {
    t: "page", page: page?.id ?? "", fresh, sights: {}, scores: {}, done: {}, skips: {}, signs: signsOf(trees), errors: [], ringY: 0, at: 0,
  };
  for (const step of page?.steps ?? []) {
    const match = matches.get(step.id);
    if (match) {
      snapshot.sights[step.id] = match.sight;
      snapshot.scores[step.id] = Math.round(match.score * 100) / 100;
    }
    if (done(step, match) || (step.appears && came(step.appears, features))) snapshot.done[step.id] = true;
    if (step.when && !chosen(step.when.step, step.when.option)) snapshot.skips[step.id] = true;
  }
  for (const error of refusedNow()) snapshot.errors.push({ step: stepOf(error.el), words: error.words });
  snapshot.ringY = drawRing();
  const key = JSON.stringify({ ...snapshot, fresh: false });
  if (fresh || key !== told) {
    told = key;
    fresh = false;
    snapshot.at = actedAt;
    tell(snapshot);
  }
  actedAt = 0;
  askHostsSoon();
}

function askHostsSoon(): void {
  window.clearTimeout(hostsTimer);
  hostsTimer = window.setTimeout(askHosts, 0);
}


/** Asks the worker for closed shadow roots, after what is urgent was told. */
function askHosts(): void {
  const more = hostsOf(lastTrees);
  if (more.length > 0) { hosts = [...hosts, ...more]; tell({ t: "hosts" }); }
}

/** Watches a tree of the page for changes and for what the citizen does in it, once. */
function watchTree(tree: Tree): void {
  if (known.has(tree.root)) return;
  known.add(tree.root);
  if (outlineOn) attend(tree.root);
  new MutationObserver(() => { outlineSoon(true); lookSoon(); }).observe(tree.root, {
    subtree: true, childList: true, characterData: true, attributes: true,
    attributeFilter: ["class", "style", "hidden", "disabled", "aria-invalid", "aria-describedby", "aria-checked", "checked", "value", "open"],
  });
  // A modal dialog says nothing when it opens, but its attribute changes.
  new MutationObserver((all) => ring.raise(all[0]?.target ?? null)).observe(tree.root, { subtree: true, attributes: true, attributeFilter: ["open"] });
  tree.root.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState === "open") ring.raise(event.target);
  }, { capture: true, passive: true });
  for (const type of ["input", "change", "focusin", "focusout", "submit", "toggle", "click"]) {
    tree.root.addEventListener(type, (event) => {
      if (!event.isTrusted) return;
      if (type === "input") { lastInput = Date.now(); settle(); }
      actedAt = performance.timeOrigin + event.timeStamp;
      // What the citizen did is answered before the next frame is painted; what follows of it is seen soon.
      if (type !== "click" && type !== "toggle") nextTick();
      lookSoon();
    }, { capture: true, passive: true });
  }
  tree.root.addEventListener("scroll", redraw, { capture: true, passive: true });
}


/** Looks right after the page's own listeners, unless the page is so large that this would be felt. */
function nextTick(): void {
  if (ticking || cost > 25) return;
  ticking = true;
  queueMicrotask(() => { ticking = false; look(true); });
}

function redraw(): void {
  requestAnimationFrame(() => { drawRing(); lookSoon(); });
}

/** What announces something and is no control: known by its role, and its name or words. */
const announced: Record<string, string> = {
  status: "[role=status],output", alert: "[role=alert]", progressbar: "[role=progressbar],progress", dialog: "[role=dialog],dialog[open]",
  table: "[role=table],table", region: "[role=region],section[aria-label]", img: "[role=img],img", list: "[role=list],ul,ol",
};

/** Whether what a step waits for is there, for sure. */
function came(target: Target, features: ReturnType<typeof featuresOf>): boolean {
  const where = announced[target.role ?? ""];
  if (where) {
    const wanted = Object.values(target.name ?? {}).map(fold).filter(Boolean);
    return lastTrees.some(({ root }) => [...root.querySelectorAll(where)].some((el) =>
      visible(el) && (wanted.length === 0 || wanted.some((name) => fold(nameOf(el)) === name || fold(words(el, 400)).includes(name)))));
  }
  const match = assign(new Map([["", target]]), features).get("");
  return match?.sight === "sure" && match.el !== null && visible(match.el);
}

/** Whether a choice is made now. The option is the page's word, not the person's; what was chosen instead is not told. */
function chosen(step: string, option: string): boolean {
  const el = matches.get(step)?.el;
  if (!el) return false;
  if (el.tagName === "SELECT") return (el as HTMLSelectElement).value === option;
  const inputs = el.tagName === "INPUT" ? [el as HTMLInputElement] : [...el.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]")];
  return inputs.some((input) => input.checked && (input.getAttribute("value") ?? "") === option);
}

/** Whether the page shows a step as done. The value itself is not looked at beyond "there is one and it is valid". */
function done(step: Step, match: Match | undefined): boolean {
  const el = match?.sight === "unknown" ? null : match?.el;
  if (!el) return false;
  switch (step.done) {
    case "checked":
      if (el.tagName === "INPUT") return (el as HTMLInputElement).checked;
      if (el.getAttribute("aria-checked") === "true") return true;
      return el.querySelector("input:checked,[aria-checked=true]") !== null;
    case "valid": {
      const field = el as HTMLInputElement;
      if (!field.value || (field.checkValidity && !field.checkValidity())) return false;
      if (field.tagName === "SELECT") return true;
      return (field.getRootNode() as Document).activeElement !== field || (!writingByTouch() && Date.now() - lastInput > settleAfter);
    }
  }
  return false;
}

/** The steps that a control belongs to: their target is it, is in it, or has it in it. */
function stepsOf(el: Element | null): string[] {
  if (!el) return [];
  const steps: string[] = [];
  for (const [id, match] of matches) {
    if (match.el && (match.el === el || match.el.contains(el) || (el.contains(match.el) && roleOf(el) === "radiogroup"))) steps.push(id);
  }
  return steps;
}

const stepOf = (el: Element | null) => stepsOf(el)[0] ?? "";

function drawRing(): number {
  if (pointed && !pointed.isConnected) pointed = null;
  const match = matches.get(keyOf(watching.step));
  const own = pointed ?? (match && match.sight !== "unknown" ? match.el : null);
  const hole = !own && watching.veil === true && through?.isConnected === true;
  const el = own ?? (hole ? through : null);
  const style = { side: watching.side, refused: watching.refused, dashed: !pointed && match?.sight === "likely", helper: pointed !== null,
    hole,
    veil: watching.veil === true && (!top || watching.page === page?.id) && pointed === null && !opensOver(), ...(pointed && spot ? { spot } : {}) };
  ring.set(el ?? null, style);
  return ring.draw();
}

/** Something of the page's own lies over it now that belongs to what is being done: suggestions, a dialog. */
function opensOver(): boolean {
  for (const el of document.querySelectorAll("[role=listbox],[role=dialog],dialog[open]")) if (visible(el)) return true;
  return false;
}

function intoView(el: Element): void {
  const view = el.ownerDocument.defaultView;
  if (view && view !== window || !top) el.scrollIntoView({ block: "center", behavior: "instant" });
  const box = boxOf(el);
  if (box.y >= 0 && box.y + box.h <= innerHeight) return;
  window.scrollBy({ top: box.y - innerHeight / 3, behavior: "instant" });
}

/** What the site refuses now; the outline is told of it as it was at the last look. */
function refusedNow(): ReturnType<typeof errorsOf> {
  const errors = errorsOf(lastTrees);
  refused = new Set(errors.map((e) => e.el));
  return errors;
}

function sendOutline(soon = false): void {
  if (!outlineOn || !document.body) return;
  const began = performance.now();
  const change = changeOf(outlineOf(refused, soon && !restyled()));
  const took = performance.now() - began;
  outlineCost = 0.5 * outlineCost + 0.5 * took;
  owed = Math.max(0, owed - began + owedAt) + 4 * took;
  owedAt = began + took;
  if (change) tell(change);
}

/** Begins anew with what is known of the page, and has what changes in it noticed. */
function attendAll(): void {
  attendNone();
  for (const root of new Set([document, ...lastTrees.map((tree) => tree.root)])) attend(root);
}

/** How far outlines may be ahead of the time that they leave the page, ms: of a small page, two or three at once. */
const ahead = 12;

/** While a helper looks on, they see a change before it is painted here, as long as that costs the page no more than a fifth of its time. */
function outlineSoon(soon = false): void {
  if (!outlineOn || outlineTimer) return;
  const wait = owed - ahead + owedAt - performance.now();
  if (wait <= 0) return sendOutline(soon);
  outlineTimer = window.setTimeout(() => { outlineTimer = 0; sendOutline(); }, wait);
}

function settle(): void {
  window.clearTimeout(settleTimer);
  settleTimer = window.setTimeout(() => look(), settleAfter + 50);
}

/** What the worker may call, in this world only. */
const handrail = {
  watch(w: Watch): void {
    const changed = w.step !== watching.step || w.page !== watching.page;
    watching = w;
    through = null;
    const el = matchOf(w.step)?.el;
    if (changed && el) intoView(el);
    look();
  },
  /** The step that is watched now has its target in this frame, which has a script of its own; null: in none. */
  through(frame: Element | null): void {
    if (!top && seenFromAbove()) { (parent as unknown as { handrail: typeof handrail }).handrail.through(frame); return; }
    through = frame;
    drawRing();
  },
  /** A file that the page gave, which the worker takes; null: none. */
  givenFile,
  /** Gives what the page has made and shown in a window of its own. */
  takeMade(address: string): void { takeMade(address, toldFile); },
  /** What the page says now in its main part, for the person's own paper. */
  words(): string {
    return (document.querySelector<HTMLElement>("main, [role=main]") ?? document.body).innerText;
  },
  /** The box of a step's control itself in the viewport, for checks; null when it is not there. */
  box(step: string): Box | null {
    const match = matchOf(step);
    if (!match?.el || match.sight === "unknown") return null;
    const el = match.el;
    const label = (el as HTMLInputElement).labels?.[0];
    const r = rectOf(el.tagName === "INPUT" && /^(radio|checkbox)$/.test((el as HTMLInputElement).type) && label ? label : el);
    return { x: r.left, y: r.top, w: r.width, h: r.height };
  },
  /** The boxes of the choices of a group by their option value. */
  choices(step: string): Record<string, Box> {
    const out: Record<string, Box> = {};
    for (const input of matchOf(step)?.el?.querySelectorAll<HTMLInputElement>("input[type=radio],input[type=checkbox]") ?? []) {
      const r = rectOf(input.labels?.[0] ?? input);
      out[input.getAttribute("value") ?? ""] = { x: r.left, y: r.top, w: r.width, h: r.height };
    }
    return out;
  },
  focus(step: string): boolean {
    const el = matchOf(step)?.el;
    if (!el) return false;
    intoView(el);
    const field = el.matches("input,select,textarea,button") ? el : el.querySelector("input,select,textarea,button");
    (field as HTMLElement | null)?.focus({ preventScroll: true });
    look();
    return field !== null;
  },
  /** Prepares a field for typing: focused, its old content selected. Only what the engine is sure of. */
  ready(step: string): boolean {
    const match = matchOf(step);
    const field = match?.el as HTMLInputElement | undefined;
    if (match?.sight !== "sure" || !field || !/^(INPUT|TEXTAREA)$/.test(field.tagName)) return false;
    if (field.type === "password" || /\b(one-time-code|(current|new)-password|cc-\S+)\b/.test(field.autocomplete) || field.disabled || field.readOnly) return false;
    intoView(field);
    field.focus({ preventScroll: true });
    field.select();
    return (field.getRootNode() as Document).activeElement === field;
  },
  /** Lets go of a field that was filled: what the page does to it then, it does now. */
  leave(step: string): void {
    (matchOf(step)?.el as HTMLInputElement | undefined)?.blur();
  },
  /** Reads a field that was filled from the card, to compare it. */
  reread(step: string): string {
    return (matchOf(step)?.el as HTMLInputElement | undefined)?.value ?? "";
  },
  outline(on: boolean): void {
    if (!top && seenFromAbove()) return; // who looks into this frame tells of it
    outlineOn = on;
    untold();
    if (on) attendAll(); else attendNone();
    sendOutline();
  },
  /**
   * Rings what the volunteer points at: scrolled to, ringed. x and y, in thousandths of the element's box, make it a spot.
   * Answers its words and place, which the worker may only say when public.
   */
  point(id: string, x?: number, y?: number): { step: string; text: string; place: string } | null {
    spot = undefined;
    if (id === "") { pointed = null; look(); return null; }
    const el = elementOf(id);
    if (!el) return null;
    pointed = el;
    if (x !== undefined && y !== undefined) spot = { x: x / 1000, y: y / 1000 };
    intoView(el);
    look();
    const label = (el as HTMLInputElement).labels?.[0];
    return { step: stepOf(el).replace(/^.*\//, ""), text: label ? words(label) : nameOf(el), place: placeOf(label ?? el) };
  },
  /** The next touch of the page shows what the citizen means, and does nothing else. */
  pick(on: boolean): void {
    picking = on;
  },
  /** What stands in an element now, once the citizen has said that it may be shown; null when it never may. */
  shown(id: string): string | null {
    const el = elementOf(id);
    return el ? shownBy(el) : null;
  },
  /** The keyboard on the screen is open, or not. */
  keys(on: boolean): void { keyboard(on, tell); },
  /** Ends writing in the box that has the keyboard. */
  leaveBox,
  /** What may have a closed shadow root; the worker looks, and hands in those that do. */
  hosts(): Element[] {
    const list = hosts;
    hosts = [];
    return list;
  },
  /** In a frame: of which page of the guide the next call is. */
  at(id: string): unknown {
    watching = { ...watching, page: id };
    return handrail;
  },
  adopt(root: ShadowRoot): void {
    adopt(root);
    lookSoon();
  },
  /** Whether what is known of the page is what would be found by looking at all of it again. For checks. */
  outlineHolds(): boolean {
    const known = JSON.stringify(outlineOf(refused));
    attendAll();
    return known === JSON.stringify(outlineOf(refused));
  },
  /** The outline as it is found now. For checks. */
  outlineWhole: (): Outline => outlineOf(refused),
  /** What an outline takes on this page, ms. */
  outlineCost: () => outlineCost,
  /** How often this page was looked at. */
  looks: () => looks,
  /** What a look takes on this page, ms. */
  cost: () => cost,
  /** How often the page removed the ring. */
  removed: () => ring.removed,
  load(g: Load): void {
    guide = g;
    fresh = true;
    look();
  },
};

declare global {
  // eslint-disable-next-line no-var
  var handrail: unknown;
  var handrailGuide: Load | undefined;
}
globalThis.handrail = handrail;
if (globalThis.handrailGuide) guide = globalThis.handrailGuide;
withoutPlugins();
stayPut();
const toldFile = (address: string) => tell({ t: "file", address });
takeFiles((address) => !guide.hosts?.length || listed(address, guide.hosts), toldFile);
if (top) stay(() => guide.hosts ?? [], () => tell({ t: "stopped" }));

function start(): void {
  watchTree({ root: document, frames: [], shadow: false });
  followEditing(tell);
  addEventListener("resize", redraw, { passive: true });
  // A style sheet that arrives late changes what can be seen without changing the document.
  addEventListener("load", lookSoon, { capture: true, passive: true });
  document.addEventListener("visibilitychange", lookSoon, { passive: true });
  new ResizeObserver(lookSoon).observe(document.documentElement);
  addEventListener("pageshow", (event) => { if (event.persisted) { fresh = true; untold(); lookSoon(); } });
  look();
}

/** A touch that only shows what is meant: the page does not get it. */
for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "click", "keydown"]) {
  addEventListener(type, (event) => {
    if (!picking || !event.isTrusted || (type === "keydown" && !/^(Enter| )$/.test((event as KeyboardEvent).key))) return;
    event.stopImmediatePropagation();
    if (/^(mousedown|click|keydown)$/.test(type)) event.preventDefault(); // a finger's touchstart must go on to its click
    if (type !== "click" && type !== "keydown") return;
    picking = false;
    const hit = type === "click" ? event.composedPath()[0] : document.activeElement;
    const id = hit instanceof Element ? nearest(hit) : "";
    const el = elementOf(id);
    if (el) { pointed = el; spot = undefined; drawRing(); }
    tell({ t: "picked", id, never: el !== null && neverShown(el) });
  }, { capture: true, passive: false });
}

oneWindow(() => tell({ t: "window" }));

/** Tells that somebody is there: their own touches and keys, once a second, in any frame. What they touch or write is not told. */
let aliveAt = 0;
for (const type of ["pointerdown", "keydown", "wheel", "input"]) {
  addEventListener(type, (event) => {
    if (!event.isTrusted || Date.now() - aliveAt < 1000) return;
    aliveAt = Date.now();
    tell({ t: "alive" });
  }, { capture: true, passive: true });
}

/** A touch of the dimmed part of the page: the page gets nothing of it, nowhere. To scroll there is no touch. */
for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "click", "dblclick", "auxclick", "contextmenu"]) {
  addEventListener(type, (event) => {
    if (!event.isTrusted || !ring.veiled(event)) return;
    event.stopImmediatePropagation();
    if (!/^touch/.test(type)) event.preventDefault(); // the keyboard stays where it is; a finger's touchstart must go on to its click
    if (type === "click") tell({ t: "veil" });
  }, { capture: true, passive: false });
}

// The page, or a frame of it, calls for being printed; see sheets.go.
if (top || !seenFromAbove()) addEventListener("handrail-print", () => tell({ t: "print" }));

if (top || !seenFromAbove()) {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start, { once: true });
  } else start();
}
