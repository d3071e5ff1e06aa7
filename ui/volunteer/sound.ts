// SPDX-License-Identifier: Apache-2.0

// The ring: two soft notes made here, 2 s on and 4 s off, with the page's title and a system notification beside it.

import { languageName, t } from "../parts/desk-words";

let audio: AudioContext | undefined;
let timer: ReturnType<typeof setInterval> | undefined;
let notification: Notification | undefined;
const title = "Handrail";

/** playRing rings once, about 2 s. A browser that wants a touch first stays silent; the page still shows the ring. */
export function playRing() {
  try {
    if (!audio && !navigator.userActivation.hasBeenActive) return;
    audio ??= new AudioContext();
    void audio.resume().catch(() => undefined);
    const start = audio.currentTime + 0.02;
    for (let i = 0; i < 4; i++) {
      note(audio, i % 2 === 0 ? 587.33 : 783.99, start + i * 0.5);
    }
  } catch {
    // No sound device: the card, the title and the notification remain.
  }
}

function note(a: AudioContext, pitch: number, at: number) {
  const tone = a.createOscillator();
  const level = a.createGain();
  tone.type = "sine";
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(0.22, at + 0.03);
  level.gain.exponentialRampToValueAtTime(0.001, at + 0.48);
  tone.connect(level).connect(a.destination);
  tone.start(at);
  tone.stop(at + 0.5);
}

export function ringStarts(language: string) {
  const words = t("ring.title", { language: languageName(language) });
  document.title = words;
  playRing();
  clearInterval(timer);
  timer = setInterval(playRing, 6000);
  try {
    if (document.hidden && Notification.permission === "granted") notification = new Notification(words, { silent: true });
  } catch {
    // No notifications in this browser.
  }
}

export function ringStops() {
  document.title = title;
  clearInterval(timer);
  timer = undefined;
  notification?.close();
  notification = undefined;
}

/** askToNotify asks for system notifications; only ever from a press. */
export async function askToNotify(): Promise<boolean> {
  try {
    return (await Notification.requestPermission()) === "granted";
  } catch {
    return false;
  }
}

export const notifies = () => typeof Notification !== "undefined" && Notification.permission === "granted";
