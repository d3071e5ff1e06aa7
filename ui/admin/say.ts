// SPDX-License-Identifier: Apache-2.0

// What a terminal is like, as a sentence in the console's language, out of states. The hub's own sentences are English.

import { clock, known, lang, list, t } from "../parts/desk-words";
import type { Device, Protection, Terminal } from "./protocol";

export function sayDevice(d: Device): string {
  return known(`state.${d.state}`) ?? d.sentence;
}

export function sayTerminal(x: Terminal): string {
  if (x.state === "silent") return x.last_seen ? t("terminal.silent", { time: clock(x.last_seen) }) : t("terminal.never");
  if (x.state === "works") return t("terminal.works");
  const broken = x.devices.filter((d) => !d.ok).map(sayDevice);
  return broken.length ? t("terminal.part", { what: list(broken) }) : lang.value === "en" ? x.sentence : t("state.part");
}

/** A protection by its name; the terminal's own name for it where there are no words yet. */
export function sayProtection(p: Protection): string {
  return known(`protection.${p.name.replace(/[^a-z]+/gi, "-").toLowerCase()}`) ?? p.name;
}
