// SPDX-License-Identifier: Apache-2.0

// The line between this page and the session worker. The worker calls handrailShow and handrailSpeak; the page answers
// through the binding handrail, which exists only in this window. Nothing is kept here but the last View.

import { batch, signal } from "@preact/signals";
import type { Action, View } from "./view.ts";

declare global {
  interface Window {
    handrail?: (action: string) => void;
    handrailShow: (view: View) => void;
    /** Whether this page holds a microphone now. */
    handrailListening: () => boolean;
    handrailTalk: (order: import("./voice.tsx").TalkOrder) => void;
    handrailSpeak: (speech: { id: string; url: string } | null) => void;
  }
}

/** The last View that was shown. */
export const view = signal<View | undefined>(undefined);
/** The window's size, CSS px. */
export const size = signal({ w: window.innerWidth, h: window.innerHeight });
/** False for 300 ms after new content came: nothing there can be touched by accident. */
export const live = signal(true);
/** The face that was just touched, until a View says it or another session starts. */
export const face = signal(0);

const inert = 300; // ms
let liveAt = 0;
let downAt = -1;
let timer = 0;

export function send(action: Action): void {
  if (window.handrail) window.handrail(JSON.stringify(action));
  else console.log("handrail", JSON.stringify(action));
}

/** accept tells whether a touch counts: not on content that was put under a finger, or came less than 300 ms ago. */
export function accept(): boolean {
  const now = performance.now();
  return now >= liveAt && (downAt < 0 || downAt >= liveAt);
}

/** content is what a screen is about: when it changes, new things are under the finger. */
function content(v: View | undefined): string {
  if (!v) return "";
  return JSON.stringify([v.screen, v.lang, v.keys ? 1 : 0, v.step?.title, v.step?.sight, v.step?.cardOffer, v.step?.propose, v.step?.bare, v.step?.state, v.level, v.readiness?.asked, v.error?.title, v.card?.state,
    v.failure?.kind, v.consent ? 1 : 0, v.ending?.paper, v.home?.services.length, v.waiting?.lineDown, v.sheets?.state, v.sheets?.where?.state, v.filing?.state]);
}

function show(next: View): void {
  const changed = content(view.value) !== content(next);
  batch(() => {
    if (next.screen === "start") face.value = 0;
    if (changed) {
      liveAt = performance.now() + inert;
      live.value = false;
      clearTimeout(timer);
      timer = window.setTimeout(() => (live.value = true), inert);
    }
    view.value = next;
  });
  requestAnimationFrame(() => requestAnimationFrame(() => send({ do: "painted", rev: next.rev })));
}

let touchedAt = -Infinity;
function touched(): void {
  const now = performance.now();
  if (now - touchedAt < 1000) return; // one sign of life a second is enough
  touchedAt = now;
  send({ do: "touched" });
}

/** connect is called once, when the page starts. */
export function connect(): void {
  window.handrailShow = show;
  window.addEventListener("resize", () => (size.value = { w: window.innerWidth, h: window.innerHeight }));
  window.addEventListener("pointerdown", () => ((downAt = performance.now()), touched()), { capture: true, passive: true });
  window.addEventListener("keydown", () => ((downAt = -1), touched()), { capture: true, passive: true });
  window.addEventListener("contextmenu", (e) => e.preventDefault());
  for (const type of ["dragstart", "dragover", "drop"]) window.addEventListener(type, (e) => e.preventDefault());
}
