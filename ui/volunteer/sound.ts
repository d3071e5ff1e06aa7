// SPDX-License-Identifier: Apache-2.0

// The ring: 2 s on and 4 s off, with the page's title and a system notification beside it.

import { languageName, t } from "../parts/desk-words";
import { playRing } from "../parts/ring";

export { playRing };

let timer: ReturnType<typeof setInterval> | undefined;
let notification: Notification | undefined;
const title = "Handrail";

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
