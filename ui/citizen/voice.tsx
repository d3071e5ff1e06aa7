// SPDX-License-Identifier: Apache-2.0

// The voice of a help call, in the one page that may use the microphone. The worker orders it (handrailTalk) and ends it.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { Key, w } from "../parts/citizen.tsx";
import { Talk, type Ticket } from "../parts/talk.ts";
import { send } from "./bridge.ts";
import type { Call } from "./view.ts";

/** TalkOrder begins voice, hands on the volunteer's answer, changes what is heard, or (null) ends it. */
export type TalkOrder = { ticket: Ticket } | { answer: string } | { muted: boolean; volume: number } | null;

const talk = signal<Talk | undefined>(undefined);

export function order(o: TalkOrder): void {
  if (o && "answer" in o) return talk.value?.take(o.answer);
  if (o && "muted" in o) {
    talk.value?.mute(o.muted);
    talk.value?.volume(o.volume);
    return;
  }
  talk.value?.close();
  talk.value = o ? new Talk({
    ticket: o.ticket, offers: true,
    describe: (sdp) => send({ do: "voice-offer", text: sdp }),
    changed: (state, heard, trip) => send({ do: "voice-state", text: state, heard, trip }),
  }) : undefined;
}

/** VoiceKeys are what a person may want of the voice, besides stopping it: the microphone, and how loud it is. */
export function VoiceKeys({ call, loudness }: { call: Call; loudness: boolean }): JSX.Element | null {
  return (
    <>
      {call.voice === "on" && <Key name="mute" class="small" does={{ do: "mute" }} icon={call.muted ? "mic" : "micOff"} words={w(call.muted ? "call.mic.on" : "call.mic.off")} />}
      {loudness && hears(call) && <Key name="volume" class="small" does={{ do: "volume" }} icon="read" words={w(call.soft ? "call.louder" : "call.softer")} />}
    </>
  );
}

/** hears tells whether the helper's voice can be heard here. */
export const hears = (call: Call) => call.voice === "on" || call.voice === "no-microphone";

/** voiceLine says what is true of the voice, when it is not simply there. */
export function voiceLine(call: Call): string {
  if (call.lineDown) return "";
  switch (call.voice) {
    case "connecting": return w("call.voice.connecting");
    case "failed": return w("call.voice.failed");
    case "none": return w("call.voice.none");
    case "thin": return w("call.voice.thin");
    case "no-microphone": return w("call.voice.no-microphone");
    case "on":
      if (call.theirVoice === "muted" || call.theirVoice === "no-microphone") return w("call.voice.writes");
      return call.muted ? w("call.voice.muted") : "";
  }
  return "";
}

/** Bars follow the voice that is heard; they stand still where motion is not wanted. */
export function Bars(): JSX.Element {
  const svg = useRef<SVGSVGElement>(null);
  useEffect(() => {
    if (!talk.value || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const timer = setInterval(() => {
      const level = Math.min(1, (talk.value?.level() ?? 0) * 3);
      svg.current?.querySelectorAll("path").forEach((p, i) => {
        const b = 4 + heights[i]! * level;
        p.setAttribute("d", `M${4 + i * 10.6} ${16 - b / 2} v${b}`);
      });
    }, 120);
    return () => clearInterval(timer);
  }, [talk.value]);
  return (
    <svg class="voice" viewBox="0 0 72 32" width="72" height="32" aria-hidden="true" ref={svg}>
      {heights.map((b, i) => <path key={i} d={`M${4 + i * 10.6} ${16 - b / 2} v${b}`} />)}
    </svg>
  );
}

const heights = [10, 22, 28, 14, 24, 12, 18];
