// SPDX-License-Identifier: Apache-2.0

// The voice of a call on the volunteer's side: it answers what the terminal offers. Mute, volume, and one line that says
// what is true.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../parts/desk-parts";
import { t } from "../parts/desk-words";
import { Icon } from "../parts/desk-icons";
import { Talk, type TalkState, type Ticket } from "../parts/talk";
import type { ToTerminal, VoiceState } from "./protocol";

/** Voice is one call's voice. The hub's ticket and the terminal's offer may come in either order. */
export class Voice {
  readonly state = signal<TalkState | "">("");
  readonly theirs = signal<VoiceState["state"] | "">("");
  readonly muted = signal(false);
  /** While muted: the key or the button is held, and they hear. */
  readonly held = signal(false);
  readonly volume = signal(100);
  readonly heard = signal(0);
  private ticket: Ticket | undefined;
  private offer = "";
  private talk: Talk | undefined;

  constructor(private readonly send: (m: ToTerminal) => void) {}

  tickets(ticket: Ticket) {
    this.ticket = ticket;
    if (this.talk) this.talk.renew(ticket);
    else if (this.offer) this.offered(this.offer);
  }

  offered(sdp: string) {
    this.offer = sdp;
    if (this.theirs.value === "thin") this.theirs.value = "";
    if (!this.ticket) return;
    if (this.talk) return this.talk.take(sdp);
    this.talk = new Talk({
      ticket: this.ticket, offers: false,
      describe: (answer) => this.send({ type: "voice-answer", sdp: answer }),
      changed: (state, heard) => {
        this.heard.value = heard;
        if (state === this.state.value) return;
        this.state.value = state;
        this.tell();
      },
    });
    this.talk.mute(this.silent);
    this.talk.take(sdp);
  }

  said(m: VoiceState) {
    this.theirs.value = m.state;
    if (m.state === "off" || m.state === "thin") this.close();
  }

  mute(on: boolean) {
    this.muted.value = on;
    this.held.value = false;
    this.talk?.mute(this.silent);
    this.tell();
  }

  /** hold lets them hear for as long as something is held down; only who is muted has to. */
  hold(down: boolean) {
    if (this.held.value === down || down && (!this.muted.value || this.state.value !== "on")) return;
    this.held.value = down;
    this.talk?.mute(this.silent);
    this.tell();
  }

  private get silent(): boolean { return this.muted.value && !this.held.value; }

  loud(percent: number) {
    this.volume.value = percent;
    this.talk?.volume(percent / 100);
  }

  level = () => this.talk?.level() ?? 0;

  /** close ends it on this side: the microphone is let go at once. */
  close() {
    this.talk?.close();
    this.talk = undefined;
    this.offer = "";
    this.held.value = false;
    this.state.value = "";
    this.heard.value = 0;
  }

  private tell() {
    if (this.state.value === "no-microphone") this.send({ type: "voice-state", state: "no-microphone" });
    else if (this.state.value === "on") this.send({ type: "voice-state", state: this.silent ? "muted" : "on" });
  }
}

/** VoiceBar stands under the chat while the person has agreed to talk. */
export function VoiceBar({ voice, agreed }: { voice: Voice; agreed: boolean }) {
  const rim = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const timer = setInterval(() => {
      rim.current?.style.setProperty("--level", String(Math.min(1, voice.level() * 3)));
    }, 120);
    return () => clearInterval(timer);
  }, [voice]);
  // Whoever lets go elsewhere has let go.
  useEffect(() => {
    const letGo = () => voice.hold(false);
    const gone = ["pointerup", "pointercancel", "blur"] as const;
    for (const e of gone) addEventListener(e, letGo);
    return () => { letGo(); for (const e of gone) removeEventListener(e, letGo); };
  }, [voice]);
  const holding = useRef<HTMLButtonElement>(null);
  if (!agreed) return null;
  const state = voice.state.value;
  const thin = voice.theirs.value === "thin";
  const line = thin ? t("voice.thin") : state === "failed" ? t("voice.failed")
    : state === "connecting" || state === "" ? t("voice.connecting")
    : state === "no-microphone" ? t("voice.no-microphone")
    : voice.muted.value ? t(voice.held.value ? "voice.held" : "voice.muted")
    : voice.theirs.value === "no-microphone" ? t("voice.theirs.no-microphone")
    : voice.theirs.value === "muted" ? t("voice.theirs.muted") : t("voice.on");
  return (
    <section class="voicebar" data-name="voice" data-state={state} data-theirs={voice.theirs.value} data-heard={voice.heard.value.toFixed(4)} aria-label={t("voice.title")}>
      <span class="voice-line" role="status"><span class="voice-level" ref={rim} aria-hidden="true" />{line}</span>
      <Button name="mute" icon={voice.muted.value ? "micOff" : "mic"} keycap="M" pressed={voice.muted.value} refused={thin || state === "no-microphone"}
        onPress={() => { voice.mute(!voice.muted.value); requestAnimationFrame(() => holding.current?.focus()); }}>{t(voice.muted.value ? "voice.unmute" : "voice.mute")}</Button>
      {voice.muted.value && state === "on" && (
        <button type="button" ref={holding} class={`button hold ${voice.held.value ? "held" : ""}`} data-name="hold" aria-pressed={voice.held.value}
          onPointerDown={(e) => { if (e.button === 0) voice.hold(true); }} onContextMenu={(e) => e.preventDefault()}
          onKeyDown={(e) => { if (e.key === "Enter" && !e.repeat) voice.hold(true); }} onKeyUp={(e) => { if (e.key === "Enter") voice.hold(false); }}>
          <Icon name="mic" /><span>{t("voice.hold")}</span><kbd class="key" aria-hidden="true">{t("voice.space")}</kbd>
        </button>
      )}
      <label class="voice-volume"><Icon name="speak" size={18} /><span class="hidden-text">{t("voice.volume")}</span>
        <input type="range" min="0" max="100" step="5" value={voice.volume.value} data-name="volume"
          onInput={(e) => voice.loud(Number(e.currentTarget.value))} /></label>
    </section>
  );
}
