// SPDX-License-Identifier: Apache-2.0

// What the volunteer's page shows now, and what a person there can do. Truth is the hub's desk; this follows it.

import { signal } from "@preact/signals";
import { openSealed } from "../parts/hpke";
import { newKey, openSeal } from "../parts/seal";
import { t } from "../parts/desk-words";
import { Call } from "./call";
import { meetGuides, guideName } from "./guides";
import { Line, type LineState } from "./line";
import { meetOffice, ofOffice, untrusted } from "./office";
import { keysAgain, takeKeys, teamOf } from "./own-keys";
import type { Accepted, Consent, Desk, FromHub, Me, Request, Ring, Sealed, Situation } from "./protocol";
import { ringStarts, ringStops } from "./sound";

type Key = Awaited<ReturnType<typeof newKey>>;

/** A ring with the time it arrived here. */
export interface Ringing extends Ring { arrived: number }
export interface AfterCall { id: string; language: string; guide: string; step: string; index: number; total: number; began: number; seconds: number; why: "citizen" | "volunteer" | "line" | "other" }

export const me = signal<Me | undefined>(undefined);
export const desk = signal<Desk | undefined>(undefined);
export const ringing = signal<Ringing | undefined>(undefined);
export const accepting = signal(false);
export const call = signal<Call | undefined>(undefined);
export const after = signal<AfterCall | undefined>(undefined);
export const lineState = signal<LineState>({ up: true });
export const signedOut = signal(false);
/** One line for a few seconds: a ring that went elsewhere, or what the hub refused. */
export const notice = signal("");

let line: Line | undefined;
let key: Promise<Key> | undefined;
/** This page's own key: terminals seal to it what is only for whoever is rung. */
let page: Key | undefined;
/** What a terminal has told this page, or our team, of the request that it rings for. */
let situation: { id: string; is: Situation } | undefined;
/** The same of the numbers that people took home. */
export const ofNumbers = signal<Record<string, Situation>>({});
let keyFor = "";
/** Our own line went during a call: it has to be taken up again, or it is over. */
let cutOff = false;
/** Calls that are not taken up again: their other end is not who it says. */
const refused = new Set<string>();
let noticeTimer: ReturnType<typeof setTimeout> | undefined;

export async function start() {
  const response = await fetch("/api/desk/me").catch(() => undefined);
  if (response?.status === 401) {
    signedOut.value = true;
    return;
  }
  if (response?.ok) {
    me.value = (await response.json()) as Me;
    await meetOffice(me.value);
    void meetGuides();
  }
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  page = await newKey();
  line = new Line({
    key: page.publicKey,
    url: `${scheme}//${location.host}/desk/ws`,
    onMessage: take,
    onState: (s) => {
      lineState.value = s;
      if (s.up) return keysAgain();
      stopRing();
      if (s.why === "signed-out") signedOut.value = true;
      if (call.value) {
        call.value.lineUp.value = false;
        cutOff = true;
      }
    },
  });
}

function take(m: FromHub) {
  switch (m.type) {
    case "desk":
      desk.value = m;
      me.value = m.me;
      void meetOffice(m.me);
      void learnNumbers(m);
      return resume(m);
    case "keys":
      return void takeKeys(m, (k) => line?.send(k)).then(learnAgain);
    case "ring":
      return ring(m);
    case "accepted":
      return void accepted(m);
    case "situation":
      return void learn(m);
    case "taken":
      if (ringing.value?.request.id !== m.id) return;
      stopRing();
      return say(m.by ? t("ring.taken", { name: m.by }) : t("ring.lapsed"));
    case "cancelled":
      if (ringing.value?.request.id !== m.id) return;
      stopRing();
      return say(t("ring.cancelled"));
    case "ended":
      return ended(m.id, m.why, m.seconds);
    case "line":
      if (call.value?.id === m.id) call.value.lineUp.value = m.up;
      return;
    case "frame":
      if (call.value?.id === m.id) call.value.open(m.data);
      return;
    case "relay":
      if (call.value?.id === m.id) call.value.voice.tickets(m);
      return;
    case "refused":
      accepting.value = false;
      return say(m.why);
  }
}

/** say shows one line for a while. */
export function say(text: string) {
  notice.value = text;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.value = ""; }, 4000);
}

function ring(m: Ring) {
  if (call.value) return; // the hub does not ring a person in a call; if it did, the call goes first
  ringing.value = { ...m, request: informed(m.request), arrived: performance.now() };
  accepting.value = false;
  freshKey(m.request.id);
  ringStarts(m.language);
  void learnFromTeam(m.request);
}

async function openSituation(k: Key | undefined, id: string, data: string): Promise<Situation | undefined> {
  if (!k) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await openSealed(k, `handrail situation v1\0${id}`, data))) as Situation;
  } catch {
    return undefined; // sealed to a key that is gone, or not by the terminal: the ring says less
  }
}

/** learn opens where somebody stands, and shows it with their ring or call. */
const learn = async (m: Sealed) => know(m.id, await openSituation(page, m.id, m.data));

/** learnFromTeam does the same with what lay at the hub for whoever of the team comes first. */
async function learnFromTeam(r: Request) {
  if (r.team && situation?.id !== r.id) know(r.id, await openSituation(teamOf(r.team.key), r.id, r.team.data));
}

function know(id: string, is: Situation | undefined) {
  if (!is) return;
  situation = { id, is };
  const r = ringing.value;
  if (r?.request.id === id) ringing.value = { ...r, request: informed(r.request) };
  if (call.value?.id === id) call.value.request.value = informed(call.value.request.value);
}

/** learnAgain is for keys that came after what they open. */
function learnAgain() {
  if (ringing.value) void learnFromTeam(ringing.value.request);
  if (call.value) void learnFromTeam(call.value.request.value);
  if (desk.value) void learnNumbers(desk.value);
}

async function learnNumbers(d: Desk) {
  const known: Record<string, Situation> = {};
  for (const b of d.bells ?? []) {
    const is = ofNumbers.value[b.id] ?? (b.team && (await openSituation(teamOf(b.team.key), b.id, b.team.data)));
    if (is) known[b.id] = is;
  }
  if (Object.keys(known).join() !== Object.keys(ofNumbers.value).join()) ofNumbers.value = known;
}

/** informed adds to a request what the terminal has told this page. Nothing of it takes the place of what the hub matches on. */
function informed(r: Request): Request {
  if (situation?.id !== r.id) return r;
  const { page: at, step, guide_name, step_title, step_index, step_total, level, tried, devices } = situation.is;
  return { ...r, page: at ?? r.page, step: step ?? r.step, guide_name: guide_name ?? r.guide_name, step_title: step_title ?? r.step_title,
    step_index: step_index ?? r.step_index, step_total: step_total ?? r.step_total, level: level ?? r.level,
    ...(tried ? { tried } : {}), ...(devices ? { devices } : {}) };
}

function stopRing() {
  ringing.value = undefined;
  accepting.value = false;
  ringStops();
}

function freshKey(id: string): Promise<Key> {
  keyFor = id;
  key = newKey();
  return key;
}

export async function accept() {
  const r = ringing.value;
  if (!r || accepting.value) return;
  accepting.value = true;
  ringStops();
  const k = await (keyFor === r.request.id && key ? key : freshKey(r.request.id));
  line?.send({ type: "accept", id: r.request.id, public_key: k.publicKey });
}

export function decline() {
  const r = ringing.value;
  if (!r) return;
  line?.send({ type: "decline", id: r.request.id });
  stopRing();
}

/** resume takes a call up again that the hub still holds for us, after a reload or a lost line: with a new key. */
async function resume(d: Desk) {
  const open = d.call;
  if (!open) {
    if (call.value && cutOff) ended(call.value.id, "line", 0);
    cutOff = false;
    return;
  }
  if (call.value?.id === open.request.id && !cutOff) return;
  if (accepting.value || refused.has(open.request.id)) return;
  accepting.value = true;
  const k = await freshKey(open.request.id);
  line?.send({ type: "accept", id: open.request.id, public_key: k.publicKey });
}

async function accepted(m: Accepted) {
  const language = ringing.value?.language ?? call.value?.language ?? m.request.languages[0] ?? "en";
  stopRing();
  cutOff = false;
  const c = new Call(m.id, informed(m.request), language,
    (data) => line?.send({ type: "frame", id: m.id, data }) ?? false,
    (before, now) => consentNews(c, before, now));
  c.lineUp.value = m.line_up;
  // The call is shown and takes frames at once; they wait in order until the seal is there.
  const ready = (async () => {
    const k = await (keyFor === m.id && key ? key : freshKey(m.id));
    await ofOffice(m.request).catch(() => refuse(c));
    if (call.value === c) c.seal.value = await openSeal("volunteer", m.id, k, m.request.public_key);
  })();
  c.waitFor(ready);
  call.value?.forget();
  call.value = c;
  void learnFromTeam(m.request);
  await ready.catch(() => say(t("call.unsealed")));
}

/** refuse ends a call whose other end is no terminal of the office: nothing was opened, nothing is said. */
function refuse(c: Call) {
  untrusted.value = true;
  refused.add(c.id);
  line?.send({ type: "hangup", id: c.id });
  c.forget();
  if (call.value === c) call.value = undefined;
}

function consentNews(c: Call, before: Consent, now: Consent) {
  const text = before.see && !now.see ? t("news.see.off") : !before.see && now.see ? t("news.see.on")
    : before.point && !now.point ? t("news.point.off") : !before.point && now.point ? t("news.point.on")
    : before.talk && !now.talk ? t("news.talk.off") : "";
  if (text) c.news.value = { text, now: true };
}

export async function endCall() {
  const c = call.value;
  if (!c) return;
  await c.bye();
  line?.send({ type: "hangup", id: c.id });
  ended(c.id, "volunteer", Math.round((Date.now() - c.began) / 1000));
}

/** handOver gives the call to somebody who is free. The hub ends it here when it has gone. */
export function handOver() {
  if (call.value) line?.send({ type: "hand_over", id: call.value.id });
}

function ended(id: string, why: AfterCall["why"], seconds: number) {
  const c = call.value;
  if (c?.id !== id) {
    // The hub's own word on a call that this page has ended already: only its length is news.
    if (after.value?.id === id) after.value = { ...after.value, seconds: seconds || after.value.seconds };
    return;
  }
  const step = c.step.value;
  after.value = {
    id, why, language: c.language, guide: guideName(c.request.value.guide, c.request.value.guide_name), began: c.began,
    step: step?.volunteer.titles[step.index - 1] ?? c.request.value.step_title,
    index: step?.index ?? c.request.value.step_index, total: step?.total ?? c.request.value.step_total,
    seconds: seconds || Math.round((Date.now() - c.began) / 1000),
  };
  c.forget();
  call.value = undefined;
}

/** finish files the codes of a call and goes back to the desk: available, or paused. */
export function finish(codes: string[], pauseMinutes?: number) {
  const a = after.value;
  if (!a) return;
  line?.send({ type: "after", id: a.id, codes });
  if (pauseMinutes) line?.send({ type: "available", on: false, minutes: pauseMinutes });
  after.value = undefined;
}

export function setAvailable(on: boolean, minutes?: number) {
  line?.send({ type: "available", on, ...(minutes ? { minutes } : {}) });
}

export function answerBell(id: string, type: "come" | "settled") {
  line?.send({ type, id });
}

export function connectAgain() {
  line?.again();
}
