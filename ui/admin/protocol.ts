// SPDX-License-Identifier: Apache-2.0

// What the admin's console and the hub say to each other: JSON over HTTP, same origin, polled (every 2 to 5 seconds is
// fine). provisioning/server/api.go and helpdesk/hub/people.go have the same shapes in Go.
// Times are Unix milliseconds of the hub's clock. Every answer that is not 2xx is {"error": "a sentence"}; 401 means:
// sign in (an invitation link GET /join/<token> sets the cookie and redirects to /admin/).
//
//   GET  /api/admin/me                        -> Me
//   POST /api/admin/sign-out                  -> 204
//   GET  /api/admin/overview                  -> Overview
//   GET  /api/admin/terminals/{id}            -> Terminal, 404
//   POST /api/admin/codes        NewCode      -> Code
//   GET  /api/admin/enrolments                -> Enrolments
//   POST /api/admin/enrolments/{id}/confirm   -> 204; 409 when it is not waiting any more
//   POST /api/admin/enrolments/{id}/refuse    -> 204; the words differ, the machine is refused for good
//   POST /api/admin/terminals/{id}/revoke     -> 204; its live connections are closed
//   GET  /api/admin/log                       -> {entries: LogEntry[]} newest first, at most 200
//   GET  /api/admin/desk                      -> Desk
//   POST /api/admin/bells/{id}/come           -> 204; 409 when the bell is over
//   POST /api/admin/bells/{id}/settled        -> 204; 409
//   POST /api/admin/invitations  NewInvitation-> Invitation
//   GET  /api/admin/people                    -> Accounts
//   POST /api/admin/people/{id}/remove        -> {}; 404, 409 for one's own
// POST bodies are application/json; where there is no body send none.

import type { Rung } from "../parts/bells";

export interface Me { id: string; name: string; role: "admin"; office: string }

/** works: everything holds. part: usable, something does not work. silent: not heard from. */
export type TerminalState = "works" | "part" | "silent";

export interface Device {
  /** "reader", "printer", "sound", ... */
  name: string;
  /** A plain-language state name, "reader.ready". */
  state: string;
  ok: boolean;
  /** English, a sentence. */
  sentence: string;
  since?: number;
}
export interface Protection { name: string; on: boolean; why?: string }

export interface Terminal {
  id: string;
  name: string;
  place: string;
  state: TerminalState;
  /** "Works.", "Needs paper. The rest works.", "Silent since 17:40." (times in the hub's zone) */
  sentence: string;
  /** Since when it is in this state. */
  since: number;
  /** 0: never heard from. */
  last_seen: number;
  connected: boolean;
  /** A citizen is at it now. in_use_since is absent otherwise. */
  in_use: boolean;
  in_use_since?: number;
  version: string;
  /** Sessions since the terminal's start of counting. */
  sessions: number;
  devices: Device[];
  protections: Protection[];
  /** Value-free counters of the terminal by name. */
  counts: Record<string, number>;
  enrolled_at: number;
  certificate_until: number;
}

export interface Todo {
  /** Imperative: "Put paper in Terminal 1". */
  what: string;
  why: string;
  place: string;
  terminal: string;
  /** "printer", "reader", "plug" (silent), "words" (an enrolment waits), "lock" (a protection is off), "wrench". */
  icon: string;
  /** now: a citizen notices; soon: not yet; note: good to know. Sorted in this order. */
  urgency: "now" | "soon" | "note";
  since: number;
}
export interface Site { place: string; sentence: string; terminals: { id: string; name: string; state: TerminalState }[] }

export interface Overview {
  office: string;
  now: number;
  level: "ok" | "nearly" | "now";
  /** One of the three titles, English. */
  title: string;
  /** "31 of 34 terminals work fully, two work in part, one is silent. Five things need a person." */
  summary: string;
  todo: Todo[];
  /** What was checked and is fine. */
  fine: { icon: string; text: string; what: string; n?: number; count?: number; at?: number }[];
  sites: Site[];
  terminals: Terminal[];
}

export interface NewCode { name: string; place: string }
export interface Code {
  /** As it is typed on the terminal: XXXX-XXXX@XXXX-XXXX-XXXX-XXXX. What follows @ is the office's fingerprint. Shown once, kept nowhere. */
  code: string;
  id: string;
  name: string;
  place: string;
  expires: number;
  /** To run on the terminal. */
  command: string;
}

export interface Enrolment {
  /** The terminal's id. */
  id: string;
  /** The code (Code.id) it came with. */
  code_id: string;
  name: string;
  place: string;
  /** pending: the words wait to be compared. */
  state: "pending" | "trusted" | "refused" | "revoked";
  /** The four check words, the same on the terminal's screen. */
  words: [string, string, string, string];
  enrolled_at: number;
  decided_at?: number;
  decided_by?: string;
}
export interface Enrolments {
  now: number;
  /** Newest first. */
  enrolments: Enrolment[];
  /** Codes that can still be used or were used or ran out in the last hour. */
  codes: { id: string; name: string; place: string; expires: number; state: "open" | "used" | "expired"; used_at?: number; terminal?: string }[];
}

export interface LogEntry { at: number; who: string; did: string; what: string }

export interface Language { code: string; speak: boolean; read: boolean; write: boolean }
export interface Desk {
  now: number;
  waiting: { id: string; terminal: string; place: string; languages: string[]; state: "open" | "ringing" | "accepted"; created_at: number; volunteer?: string }[];
  volunteers: { id: string; name: string; languages: Language[]; here: boolean; available: boolean; busy: boolean }[];
  /** median_wait in seconds; absent: too few to say. */
  today: { requests: number; answered: number; median_wait?: number };
  bells: Rung[];
}
export interface NewInvitation { role: "volunteer" | "admin"; name: string; languages: Language[]; places?: string[] }
export interface Invitation { link: string; expires: number }
export interface Account {
  id: string;
  name: string;
  role: "volunteer" | "admin";
  languages: Language[];
  places: string[];
  passkeys: number;
  codes_left: number;
  /** When a passkey of theirs was used last; until when their invitation can be opened; 0: never, or no more. */
  used: number;
  invited: number;
  here: boolean;
  you: boolean;
}
export interface Accounts { people: Account[] }
