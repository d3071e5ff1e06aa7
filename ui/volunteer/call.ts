// SPDX-License-Identifier: Apache-2.0

// One call as the volunteer's page knows it. Everything in it came out of sealed frames; it is forgotten with the page.

import { signal, type Signal } from "@preact/signals";
import { t } from "../parts/desk-words";
import type { Seal } from "../parts/seal";
import { changed } from "./outline-change";
import { Voice } from "./voice";
import type { Consent, Outline, Request, Step, ToTerminal, ToVolunteer } from "./protocol";

export type Said = "saying" | "heard" | "unheard";
export interface ChatLine { from: "me" | "them" | "note"; text: string; at: number }
/** The one thing pointed at; seen when the terminal has ringed it and read it aloud. */
export interface Pointing { element: string; seen: boolean; refused: boolean; spot?: { x: number; y: number } }

/** Pointing lets go by itself after this long. */
const pointFor = 30_000;
/** A phrase that nobody confirmed counts as not heard after this long. */
const heardWithin = 20_000;
const keepChat = 100;

export class Call {
  readonly began = Date.now();
  readonly outline = signal<Outline | undefined>(undefined);
  readonly outlineAt = signal(0);
  readonly consent = signal<Consent>({ type: "consent", talk: false, see: false, point: false });
  readonly asked = signal(false); // the terminal has said what was agreed
  readonly step = signal<Step | undefined>(undefined);
  /** What they show by themselves for a minute. */
  readonly revealed = signal<{ element: string; until: number } | undefined>(undefined);
  readonly pointing = signal<Pointing | undefined>(undefined);
  readonly said = signal<Record<string, Said>>({});
  readonly lastSaid = signal<string[]>([]);
  readonly chat = signal<ChatLine[]>([]);
  readonly lineUp = signal(true);
  readonly seal = signal<Seal | undefined>(undefined);
  /** A sentence for a screen reader: what has just changed, and whether it matters at once. */
  readonly news = signal<{ text: string; now: boolean }>({ text: "", now: false });

  readonly voice = new Voice((m) => this.send(m));

  /** What was asked for; the terminal tells this page the rest of it. */
  readonly request: Signal<Request>;

  private inOrder: Promise<void> = Promise.resolve();
  private letGoTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly id: string,
    request: Request,
    readonly language: string,
    private readonly sendFrame: (data: string) => boolean,
    private readonly onConsent: (before: Consent, now: Consent) => void,
  ) {
    this.request = signal(request);
  }

  /** waitFor holds every frame, in and out, until the seal is there. */
  waitFor(ready: Promise<unknown>) {
    this.inOrder = this.inOrder.then(() => ready.then(() => undefined, () => undefined));
  }

  /** open takes a sealed frame. Frames are opened one after the other: their counters say the order. */
  open(data: string) {
    this.inOrder = this.inOrder.then(async () => {
      const seal = this.seal.value;
      if (!seal) return;
      try {
        this.take((await seal.open(data)) as ToVolunteer);
      } catch {
        // A frame that does not open is not from the terminal, or came twice. It changes nothing here.
      }
    });
  }

  private take(m: ToVolunteer) {
    switch (m.type) {
      case "outline": return this.takeOutline(m);
      case "changed": {
        if (!this.consent.value.see) return;
        const next = changed(this.outline.value, m);
        if (next) return this.takeOutline(next);
        return this.send({ type: "drawn", n: 0 }); // of another than ours: one was lost on the way
      }
      case "consent": return this.takeConsent(m);
      case "step":
        this.step.value = m;
        return;
      case "pointed":
        if (this.pointing.value?.element === m.element) {
          this.pointing.value = { ...this.pointing.value, seen: m.ok, refused: !m.ok };
        }
        return;
      case "heard":
        this.said.value = { ...this.said.value, [m.phrase]: m.ok ? "heard" : "unheard" };
        return;
      case "chat":
        return this.addChat({ from: "them", text: m.text, at: Date.now() });
      case "voice-offer":
        if (this.consent.value.talk) this.voice.offered(m.sdp);
        return;
      case "voice-state":
        return this.voice.said(m);
      case "bye":
        return;
    }
  }

  private takeOutline(o: Outline) {
    const before = this.outline.value;
    this.outline.value = this.consent.value.see ? o : undefined;
    this.outlineAt.value = Date.now();
    this.takeRevealed(o);
    this.send({ type: "drawn", n: o.n });
    const p = this.pointing.value;
    if (p && (before?.page !== o.page || !o.nodes.some((n) => n.id === p.element))) this.letGo();
  }

  /** The minute in which they show one thing is counted here too, for the ring that runs down. */
  private takeRevealed(o: Outline) {
    const id = o.nodes.find((n) => n.state?.includes("revealed"))?.id;
    if (id === this.revealed.value?.element) return;
    this.revealed.value = id ? { element: id, until: Date.now() + 60_000 } : undefined;
    this.news.value = { text: t(id ? "news.revealed" : "news.covered"), now: true };
  }

  private takeConsent(c: Consent) {
    const before = this.consent.value;
    this.consent.value = c;
    // What is no longer agreed is gone from this page at once, not only hidden.
    if (!c.see) this.outline.value = this.revealed.value = undefined;
    if (!c.point && this.pointing.value) this.letGo();
    if (!c.talk) this.voice.close();
    if (this.asked.value) this.onConsent(before, c);
    this.asked.value = true;
  }

  private send(m: ToTerminal) {
    this.inOrder = this.inOrder.then(async () => {
      const seal = this.seal.value;
      if (seal) this.sendFrame(await seal.seal(m));
    });
  }

  point(element: string, spot?: { x: number; y: number }) {
    if (!this.consent.value.point) return;
    this.pointing.value = { element, seen: false, refused: false, ...(spot ? { spot } : {}) };
    this.send(spot ? { type: "spot", element, ...spot } : { type: "point", element });
    clearTimeout(this.letGoTimer);
    this.letGoTimer = setTimeout(() => this.letGo(), pointFor);
  }

  letGo() {
    clearTimeout(this.letGoTimer);
    if (!this.pointing.value) return;
    this.pointing.value = undefined;
    this.send({ type: "letgo" });
  }

  say(id: string) {
    this.said.value = { ...this.said.value, [id]: "saying" };
    this.lastSaid.value = [id, ...this.lastSaid.value.filter((x) => x !== id)];
    this.send({ type: "phrase", id });
    setTimeout(() => {
      if (this.said.value[id] === "saying") this.said.value = { ...this.said.value, [id]: "unheard" };
    }, heardWithin);
  }

  write(text: string) {
    const trimmed = text.trim().slice(0, 500);
    if (!trimmed) return;
    this.send({ type: "chat", text: trimmed });
    this.addChat({ from: "me", text: trimmed, at: Date.now() });
  }

  suggestBack() {
    this.send({ type: "back" });
  }

  /** noteSent puts a line of our own between the messages: something was suggested, nothing was written. */
  noteSent(text: string) {
    this.addChat({ from: "note", text, at: Date.now() });
  }

  /** bye says goodbye inside the seal; it answers when the frame has been handed to the line. */
  async bye() {
    this.send({ type: "bye" });
    await this.inOrder;
  }

  private addChat(line: ChatLine) {
    this.chat.value = [...this.chat.value, line].slice(-keepChat);
  }

  /** forget drops everything that was seen. */
  forget() {
    this.voice.close();
    clearTimeout(this.letGoTimer);
    this.outline.value = undefined;
    this.chat.value = [];
    this.step.value = undefined;
    this.seal.value = undefined;
    this.pointing.value = undefined;
    this.revealed.value = undefined;
  }
}
