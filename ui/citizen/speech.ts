// SPDX-License-Identifier: Apache-2.0

// Speech is made by the worker and played here, because this is the one page that is always there.

import { send } from "./bridge.ts";

let playing: HTMLAudioElement | undefined;

function stop(): void {
  const audio = playing;
  playing = undefined;
  if (!audio) return;
  audio.onended = audio.onerror = null;
  audio.pause();
  audio.removeAttribute("src");
  audio.load(); // lets go of the sound in memory
}

/** speak plays one sound and tells when it has ended; a new one stops the old, and null only stops. */
export function speak(speech: { id: string; url: string } | null): void {
  stop();
  if (!speech) return;
  const { id, url } = speech;
  const audio = new Audio();
  playing = audio;
  const over = (failed: boolean) => {
    if (playing !== audio) return; // another one speaks already
    stop();
    send(failed ? { do: "spoken", id, failed } : { do: "spoken", id });
  };
  audio.onended = () => over(false);
  audio.onerror = () => over(true);
  audio.src = url;
  audio.play().catch(() => over(true));
}
