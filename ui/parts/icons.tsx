// SPDX-License-Identifier: Apache-2.0

// The icon set of the citizen's screens: a grid of 32, strokes of 2.5 with round caps, drawn for Handrail. An icon never
// stands alone: a word is beside it, so all of them are hidden from assistive technology. Those that point somewhere mirror
// in right-to-left text.

import type { ComponentChildren, JSX } from "preact";
import states from "./states.json";

interface Shape { draw: ComponentChildren; mirror?: boolean }

const dot = (x: number, y: number, r = 1.6) => <circle cx={x} cy={y} r={r} fill="currentColor" stroke="none" />;

const shapes = {
  read: { mirror: true, draw: <><path d="M5 12.5h5l7-6v19l-7-6H5z" /><path d="M21 12.5a5 5 0 0 1 0 7M24.5 8.5a11 11 0 0 1 0 15" /></> },
  back: { mirror: true, draw: <path d="M27 16H5M13 8l-8 8 8 8" /> },
  next: { mirror: true, draw: <path d="M5 16h22M19 8l8 8-8 8" /> },
  help: { mirror: true, draw: <><path d="M7 5h18a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3H15l-5 4.5V24H7a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3z" /><path d="M12.5 11.5a3.5 3.5 0 1 1 5 3.2c-1.1 .6-1.5 1.2-1.5 2.3" />{dot(16, 20.3)}</> },
  end: { mirror: true, draw: <><path d="M18 27H8a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2h10" /><path d="M13 16h15M23 10.5l5.5 5.5-5.5 5.5" /></> },
  yes: { draw: <path d="M5 17.5l7 7L27 8" /> },
  no: { draw: <path d="M7.5 7.5l17 17M24.5 7.5l-17 17" /> },
  why: { draw: <><circle cx="16" cy="16" r="12" /><path d="M16 15v7" />{dot(16, 10.2)}</> },
  other: { mirror: true, draw: <><path d="M16 28v-9L6.5 8M16 19l9.5-11" /><path d="M3.5 12V6.5H9M23 6.5h5.5V12" /></> },
  unsure: { mirror: true, draw: <><circle cx="16" cy="16" r="12" /><path d="M12.3 12.7a3.8 3.8 0 1 1 5.4 3.5c-1.2 .6-1.7 1.3-1.7 2.5" />{dot(16, 22.5)}</> },
  point: { draw: <path d="M12.5 18V6.2a2.7 2.7 0 0 1 5.4 0v8.3l5.4 1.3a3 3 0 0 1 2.2 3.4L24.3 28H13.5l-6-7.2a2.5 2.5 0 0 1 .4-3.5 2.5 2.5 0 0 1 3.2 .1z" /> },
  see: { draw: <><path d="M3 16s4.5-9 13-9 13 9 13 9-4.5 9-13 9-13-9-13-9z" /><circle cx="16" cy="16" r="4" /></> },
  talk: { draw: <><path d="M5 25v-8a11 11 0 0 1 22 0v8" /><path d="M5 18.5h3a2 2 0 0 1 2 2V25a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2zM27 18.5h-3a2 2 0 0 0-2 2V25a2 2 0 0 0 2 2h1a2 2 0 0 0 2-2z" /></> },
  mic: { draw: <><rect x="11.5" y="3.5" width="9" height="15" rx="4.5" /><path d="M6 15.5a10 10 0 0 0 20 0M16 25.5v4" /></> },
  micOff: { draw: <><path d="M20.5 13V8a4.5 4.5 0 0 0-8.700-1.600M11.5 12v2a4.5 4.5 0 0 0 6.5 4" /><path d="M6 15.5a10 10 0 0 0 16 8M26 15.5a10 10 0 0 1-1 4.300M16 25.5v4M4 4l24 24" /></> },
  backspace: { mirror: true, draw: <><path d="M11 6.5h15a2.5 2.5 0 0 1 2.5 2.5v14a2.5 2.5 0 0 1-2.5 2.5H11L3 16z" /><path d="M15 12l8 8M23 12l-8 8" /></> },
  shift: { draw: <path d="M16 5L4.5 17H11v9.5h10V17h6.5z" /> },
  stop: { draw: <><path d="M11 4h10l7 7v10l-7 7H11l-7-7V11z" /><path d="M12 12l8 8M20 12l-8 8" /></> },
  problem: { draw: <><path d="M16 4.5L29 27H3z" /><path d="M16 13v6.5" />{dot(16, 23.2)}</> },
  again: { mirror: true, draw: <><path d="M27 16a11 11 0 1 1-3.2-7.8L27 11.5" /><path d="M27 4.5v7h-7" /></> },
  print: { draw: <><path d="M9 11V4h14v7" /><path d="M9 22H6a2.5 2.5 0 0 1-2.5-2.5v-6A2.5 2.5 0 0 1 6 11h20a2.5 2.5 0 0 1 2.5 2.5v6A2.5 2.5 0 0 1 26 22h-3" /><path d="M9 18h14v10H9zM21 14.5h2.5" /></> },
  ticket: { draw: <><path d="M6 3.5h20V28l-3.3-2.3L19.3 28 16 25.7 12.7 28l-3.4-2.3L6 28z" /><path d="M11 10.5h10M11 16.5h6" /></> },
  bell: { draw: <><path d="M6.500 23.500c2-2.500 2.500-5 2.500-9.500a7 7 0 0 1 14 0c0 4.500.5 7 2.500 9.500zM13 27.500a3.200 3.200 0 0 0 6 0" /><path d="M16 7V4.500" /></> },
  desk: { draw: <><circle cx="16" cy="8" r="4.2" /><path d="M8 18.5c0-3.7 3.6-6.3 8-6.3s8 2.6 8 6.3M3 18.5h26M6 18.5V28h20v-9.5" /></> },
  people: { draw: <><circle cx="12" cy="10.5" r="5" /><path d="M3 27c0-5.5 3.7-9 9-9s9 3.5 9 9M21 5.8a5 5 0 0 1 0 9.4M24.5 18.8c2.9 1.3 4.5 4.3 4.5 8.2" /></> },
  person: { draw: <><circle cx="16" cy="10" r="5.5" /><path d="M5.5 28c0-6 4.3-9.5 10.5-9.5S26.5 22 26.5 28" /></> },
  write: { draw: <><path d="M5 27l1.5-7L21.8 4.7a2.5 2.5 0 0 1 3.5 0l2 2a2.5 2.5 0 0 1 0 3.5L12 25.5z" /><path d="M18.5 8l5.5 5.5" /></> },
  card: { draw: <><rect x="3" y="6" width="26" height="20" rx="3" /><circle cx="11" cy="13.5" r="2.7" /><path d="M6.8 21c.3-2.6 2-4 4.2-4s3.9 1.4 4.2 4M20 13h5M20 18.5h5" /></> },
  paper: { draw: <><path d="M19 3.5H8.5a2 2 0 0 0-2 2v21a2 2 0 0 0 2 2h15a2 2 0 0 0 2-2V10z" /><path d="M19 3.5V10h6.5M11.5 16.5h9M11.5 22h9" /></> },
  bank: { draw: <><rect x="3" y="6.5" width="26" height="19" rx="3" /><path d="M3 13h26M7.5 20h5" /></> },
  letter: { draw: <><rect x="3" y="6.5" width="26" height="19" rx="2.5" /><path d="M4 9l12 9 12-9" /></> },
  phone: { draw: <><rect x="9" y="3.5" width="14" height="25" rx="3" /><path d="M14.5 24h3" /></> },
  time: { draw: <><circle cx="16" cy="16" r="12" /><path d="M16 9v7.5l4.5 3" /></> },
  private: { draw: <><rect x="6" y="14" width="20" height="14" rx="3" /><path d="M10.5 14V9.5a5.5 5.5 0 0 1 11 0V14" /></> },
  stairs: { mirror: true, draw: <><path d="M3 28h7v-7h7v-7h7V9h5" /><path d="M4 19L18 6h8" /></> },
  language: { draw: <><circle cx="16" cy="16" r="12" /><path d="M4 16h24M16 4c-3.5 3.3-5 7.5-5 12s1.5 8.7 5 12c3.5-3.3 5-7.5 5-12s-1.5-8.7-5-12z" /></> },
  bigger: { draw: <path d="M3 25L10.5 6.5h1L19 25M5.8 18.5h10.4M29 16.5V25M29 20.7a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0z" /> },
  contrast: { draw: <><circle cx="16" cy="16" r="12" /><path d="M16 4a12 12 0 0 1 0 24z" fill="currentColor" /></> },
  erase: { draw: <><path d="M12.5 27.5l-8-8a2.5 2.5 0 0 1 0-3.5L17.5 4.5a2.5 2.5 0 0 1 3.5 0l6.5 6.5a2.5 2.5 0 0 1 0 3.5l-13 13zM11 11.5l10 10M12.5 27.5H27" /></> },
  house: { draw: <><path d="M3.5 15.5L16 4.5l12.5 11" /><path d="M7 13v14.5h18V13M13 27.5V19h6v8.5" /></> },
  rent: { draw: <><path d="M2.5 14.5L14 4.5l11.5 10M6 12v15.5h8" /><circle cx="22.5" cy="22" r="7" /><path d="M25.5 19.3a3.8 3.8 0 1 0 0 5.4M18 21h4.5M18 23.3h4.5" /></> },
  certificate: { draw: <><path d="M14 27.5H7.5a2 2 0 0 1-2-2v-20a2 2 0 0 1 2-2H18l6.5 6.5v4M10 11.5h5M10 17h4" /><circle cx="22" cy="20" r="4.5" /><path d="M19.5 24v6l2.5-1.5 2.5 1.5v-6" /></> },
  child: { draw: <><circle cx="11.5" cy="7.5" r="4" /><path d="M4 28v-7a7.5 7.5 0 0 1 12.5-5.5M8 28v-7" /><circle cx="23" cy="15.5" r="3" /><path d="M17.5 28v-3a5.5 5.5 0 0 1 11 0v3" /></> },
  work: { draw: <><rect x="3" y="9.5" width="26" height="18" rx="3" /><path d="M11.5 9.5V7a2.5 2.5 0 0 1 2.5-2.5h4A2.5 2.5 0 0 1 20.5 7v2.5M3 17.5h26M16 15.5v4" /></> },
  appointment: { draw: <><rect x="4" y="6" width="24" height="22" rx="3" /><path d="M10.5 3v6M21.5 3v6M4 13h24M11.5 20l3.2 3.2L20.5 17" /></> },
  up: { draw: <path d="M7 20.5l9-9 9 9" /> },
  down: { draw: <path d="M7 11.5l9 9 9-9" /> },
  more: { mirror: true, draw: <>{dot(7, 16, 2.3)}{dot(16, 16, 2.3)}{dot(25, 16, 2.3)}</> },
  line: { draw: <><path d="M4 22c4.5 0 4.5-6 9-6M28 10c-4 0-4.3 4.5-7.5 5.7" /><path d="M14.5 12.5l4 7M18.5 11.5l-4.5 8" /></> },
  "face-1": { draw: <><circle cx="16" cy="16" r="12" />{dot(11.5, 12.8)}{dot(20.5, 12.8)}<path d="M10.5 23c1.1-3 3-4.3 5.5-4.3s4.4 1.3 5.5 4.3" /></> },
  "face-2": { draw: <><circle cx="16" cy="16" r="12" />{dot(11.5, 12.8)}{dot(20.5, 12.8)}<path d="M11.5 21.7c1-1.2 2.5-1.9 4.5-1.9s3.5 .7 4.5 1.9" /></> },
  "face-3": { draw: <><circle cx="16" cy="16" r="12" />{dot(11.5, 12.8)}{dot(20.5, 12.8)}<path d="M11.5 20.8h9" /></> },
  "face-4": { draw: <><circle cx="16" cy="16" r="12" />{dot(11.5, 12.8)}{dot(20.5, 12.8)}<path d="M11 19.3c1.1 1.7 2.7 2.6 5 2.6s3.9-.9 5-2.6" /></> },
  "face-5": { draw: <><circle cx="16" cy="16" r="12" />{dot(11.5, 12.3)}{dot(20.5, 12.3)}<path d="M9.8 17.3h12.4c0 4-2.6 6.7-6.2 6.7s-6.2-2.7-6.2-6.7z" /></> },
} satisfies Record<string, Shape>;

export type IconName = keyof typeof shapes;

/** Names that a guide may use for its service, besides the icon names themselves. */
const aliases: Record<string, IconName> = {
  address: "house", housing: "rent", family: "child", job: "work", calendar: "appointment", form: "paper", document: "paper",
  identity: "card", email: "letter", money: "bank", health: "appointment",
};

/** icon gives the name of an icon that exists: a guide's wish, or paper. */
export function icon(wish: string): IconName {
  return wish in shapes ? (wish as IconName) : (aliases[wish] ?? "paper");
}

/** stateIcon gives the icon of a device's plain-language state (package peripherals); it stands beside the state's words. */
export function stateIcon(state: string): IconName {
  return (states as Record<string, string>)[state] as IconName | undefined ?? "problem";
}

export function Icon({ name, size = 32 }: { name: IconName; size?: number }): JSX.Element {
  const shape: Shape = shapes[name];
  return (
    <svg class={shape.mirror ? "icon mirror" : "icon"} viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      {shape.draw}
    </svg>
  );
}

/** The figure of the start screen: a finger on an amber ring. */
export function Finger(): JSX.Element {
  return (
    <svg class="finger" viewBox="0 0 48 64" width="48" height="64" aria-hidden="true">
      <circle cx="24" cy="20" r="16" fill="none" class="amber-line" stroke-width="8" />
      <path class="hand" d="M18.5 40V18.5a5 5 0 0 1 10 0V33l10 2.6a6 6 0 0 1 4.4 6.6L41 58H23.5L12.6 46a4.5 4.5 0 0 1 .4-6.2 4.5 4.5 0 0 1 5.5-.2z" />
    </svg>
  );
}
