// SPDX-License-Identifier: Apache-2.0

// What the volunteer's desk and the hub say to each other. helpdesk/messages.go and helpdesk/content.go have the same
// shapes in Go. Times are Unix milliseconds of the hub's clock; bytes are standard base64 with padding.
//
// Signing in: the invitation link GET /join/<token> sets an HttpOnly cookie and redirects to /desk/.
//   GET  /api/desk/me        -> 200 Me, or 401 {error}
//   POST /api/desk/sign-out  -> 204
// Then a websocket at /desk/ws (same origin), one JSON object a text message. Closed with
//   4001 opened in another window, 4003 signed out, 4008 a message was refused (reason says which), 1001 hub stops.
// Anything but 4001 and 4003: connect again with a back-off; nothing is lost by it.
//
// A call, from the console's side:
//   <- ring            make a key pair (seal.ts newKey()), wait for the person to touch Accept
//   -> accept          {id, public_key}
//   <- accepted        openSeal("volunteer", id, key, request.public_key); show seal.digits
//   <-> frame          seal.seal(content) / seal.open(data); content is ToVolunteer and ToTerminal below
//   <- line            the terminal's line was lost (up false) or is back; the outline is stale meanwhile
//   -> hangup          or <- ended
//   -> after           {id, codes}
// After a reload, desk.call holds the call: send accept again with a new public key within desk.call.until.

import type { Rung } from "../parts/bells";

/** One language of a volunteer, BCP 47 ("ar", "pt-BR"). */
export interface Language { code: string; speak: boolean; read: boolean; write: boolean }

export interface Me { id: string; name: string; role: "volunteer" | "admin"; office: string; languages: Language[];
  /** The office's CA, DER SubjectPublicKeyInfo: the page keeps the first it sees. */
  office_key?: string }

/** One call of today, all that is kept of it. */
export interface PastCall {
  id: string;
  at: number;
  seconds: number;
  language: string;
  guide: string;
  guide_name: string;
  step_title: string;
  step_index: number;
  step_total: number;
  /** How it ended: "citizen", "volunteer", "line", "cancelled". */
  ended: string;
  codes: string[];
}

/** A request for help. It holds no word of the person's. */
export interface Request {
  id: string;
  terminal: string;
  place: string;
  /** Spoken first. */
  languages: string[];
  mode: "voice" | "text" | "show";
  guide: string;
  page: string;
  step: string;
  /** The guide's own words, in English. */
  guide_name: string;
  step_title: string;
  /** Counted from 1; 0 when there is no guide yet. */
  step_index: number;
  step_total: number;
  /** "with-me", "guide-me", "i-try" or "". */
  level: string;
  /** Counts: "hint", "back", "site_error", "read_aloud", ... */
  tried?: Record<string, number>;
  /** Device states in plain-language state names: {"reader": "reader.ready"}. */
  devices?: Record<string, string>;
  /** The terminal's ephemeral ECDH P-256 public key of this request, uncompressed point. */
  public_key: string;
  /** Where the person stands, for the language's team. */
  team?: ForTeam;
  /** By the terminal's enrolled key, over id and public_key. The hub has checked it, and so does the page. */
  signature: string;
  /** Of that key, by the office's CA (DER). */
  certificate?: string;
  created_at: number;
}

// ---- hub -> volunteer

/** The whole desk; sent after hello and whenever something in it changed. */
export interface Desk {
  type: "desk";
  me: Me;
  available: boolean;
  /** When availability ends or (paused) begins again; absent: open end. */
  until?: number;
  /** People waiting now by the language they asked for first. */
  waiting: Record<string, number>;
  /** Volunteers with the desk open; free of them: available and not in a call. */
  volunteers: { here: number; free: number; languages: string[] };
  /** Today's calls, oldest first. */
  calls: PastCall[];
  /** Bells and numbers of the places I am of, oldest first. */
  bells?: Rung[];
  /** My open call, if any. A page that does not show it (it was reloaded) takes it up again with accept. Its absence is
   *  not the sign that a call is over: ended is. */
  call?: { request: Request; until: number };
}
export interface Ring {
  type: "ring";
  request: Request;
  /** Which of my languages it was matched on. */
  language: string;
  /** How long the person has waited so far, ms. */
  waited: number;
  /** The ring ends here and goes to somebody else. */
  until: number;
  /** Others who are free for it now. 0: you are the only one. */
  others: number;
  /** We have no language in common: there is the phrasebook, which they hear in theirs. */
  phrases?: boolean;
}
export interface Accepted { type: "accepted"; id: string; request: Request; resumed: boolean; line_up: boolean }
/** The ring is over without you: somebody else took it (by is their name), or its time ran out (by is absent). */
export interface Taken { type: "taken"; id: string; by?: string }
/** The person no longer asks. */
export interface Cancelled { type: "cancelled"; id: string }
/** The call is over: by "citizen", "volunteer" (you), "line" (the terminal did not come back), "other" (it was given to somebody else). */
export interface Ended { type: "ended"; id: string; why: "citizen" | "volunteer" | "line" | "other"; seconds: number }
export interface Line { type: "line"; id: string; up: boolean }
/** Both ways: sealed content the hub cannot read. */
export interface Frame { type: "frame"; id: string; data: string }
/** Where voice of a call is relayed, and the ticket for it. It comes after accepted, and again when a call is taken up again. */
export interface Relay { type: "relay"; id: string; urls: string[]; username: string; password: string; until: number }
/** The hub did not do what was asked, in a sentence. The connection stays. */
export interface Refused { type: "refused"; id?: string; why: string }

/** Where the person stands, sealed to this page (parts/hpke.ts): what the request leaves empty. It comes with a ring, and with a call. */
export interface Sealed { type: "situation"; id: string; data: string }
export type Situation = Partial<Pick<Request, "page" | "step" | "guide_name" | "step_title" | "step_index" | "step_total" | "level" | "tried" | "devices">>;

/** A Situation that is sealed to the key of a language's team: team-key.ts has who holds that. */
export interface ForTeam { key: string; data: string }

/** The volunteer's own keys at the hub, and what there is and is missing of the teams' (helpdesk/messages_team.go). */
export interface Keys { type: "keys"; person: string; passkeys?: string[]; mine?: { key: string; credential?: string; wrapped?: string }[]; teams?: Team[] }
/** copies are sealed to keys of ours; lacking are keys of members without one. renew: a new key is to be made, for all of lacking. */
export interface Team { language: string; key?: string; copies?: Copy[]; lacking?: string[]; renew?: boolean }
export interface Copy { holder: string; data: string }

export type FromHub = Keys | Sealed | Desk | Ring | Accepted | Taken | Cancelled | Ended | Line | Frame | Relay | Refused;

// ---- volunteer -> hub

/** call: the call this page still shows after its line was lost; if it is somebody else's now, ended follows. */
export interface Hello { type: "hello"; call?: string; key?: string }
/** on with minutes: until then. Off with minutes: paused, the hub switches it on again by itself. */
export interface Available { type: "available"; on: boolean; minutes?: number }
export interface Accept { type: "accept"; id: string; public_key: string }
export interface Decline { type: "decline"; id: string }
/** Gives the call to somebody else: it is offered again, to others first; answered by ended "other". */
export interface HandOver { type: "hand_over"; id: string }
export interface Hangup { type: "hangup"; id: string }
/** Issue codes of a call, "[a-z][a-z0-9-]{0,39}", at most 12. Nothing in free words. */
export interface After { type: "after"; id: string; codes: string[] }

/** I am coming; and: somebody was there, or the number is dealt with. */
export interface Come { type: "come"; id: string }
export interface Settled { type: "settled"; id: string }

export interface KeepKey { type: "keep_key"; key: string; credential?: string; wrapped?: string }
/** Copies of a team's key for those who lack it, or a new key in place of before. */
export interface KeepTeam { type: "keep_team"; language: string; key: string; before?: string; copies: Copy[] }

export type ToHub = KeepKey | KeepTeam | Come | Settled | Hello | Available | Accept | Decline | Frame | Hangup | HandOver | After;

// ---- sealed content, terminal -> volunteer

/** States of a node: "empty", "answered", "error", "here", "disabled", "required", "secret" (never shown), "revealed". */
export interface OutlineNode {
  id: string;
  /** "heading", "text", "link", "button", "field", "area", "choice", "list", "group", "image", "nav", "error", ... */
  kind: string;
  /** x, y, width, height in CSS px of the page's viewport. */
  box: [number, number, number, number];
  state?: string[];
  /** Present only for words that are the same for everyone. */
  text?: string;
  /** Width in px of the grey bar that stands for words that are not; rounded. */
  bar?: number;
}
/** n counts what was sent of the page. alone: the person does this page alone ("login", "captcha", ...), and nothing of it is sent. */
export interface Outline { type: "outline"; n: number; page: string; alone?: string; w: number; h: number; nodes: OutlineNode[] }
/** Makes outline n from outline of: every box is moved, those in moved by what stands there; then gone go, then nodes come or take the place of those with their ids. */
export interface Changed { type: "changed"; n: number; of: number; move: [number, number]; moved?: { by: [number, number]; ids: string[] }[]; gone?: string[]; nodes?: OutlineNode[] }
export interface Consent { type: "consent"; talk: boolean; see: boolean; point: boolean }
export interface StepText { lang: string; titles: string[]; what: string; why: string; missing: string }
/** Index counts from 1. volunteer: in the volunteer's language; citizen: as the person reads it. */
export interface Step { type: "step"; index: number; total: number; volunteer: StepText; citizen: StepText }
/** ok: ringed, scrolled to and read aloud. */
export interface Pointed { type: "pointed"; element: string; ok: boolean }
/** ok false: it could not be heard (sound is off). */
export interface Heard { type: "heard"; phrase: string; ok: boolean }
export interface Chat { type: "chat"; text: string }
export interface Bye { type: "bye" }
/** The terminal offers voice once the person agreed to talk; helpdesk/content_voice.go has the rules. */
export interface VoiceOffer { type: "voice-offer"; sdp: string }
export interface VoiceAnswer { type: "voice-answer"; sdp: string }
/** What the other side cannot see of one's own voice. */
export interface VoiceState { type: "voice-state"; state: "on" | "muted" | "no-microphone" | "off" | "thin" }
export type ToVolunteer = VoiceOffer | VoiceState | Outline | Changed | Consent | Step | Pointed | Heard | Chat | Bye;

// ---- sealed content, volunteer -> terminal. There is no message that could carry a value into a page.

/** The outline that this page has drawn; 0: none, the next is to be whole. */
export interface Drawn { type: "drawn"; n: number }
export interface Point { type: "point"; element: string }
/** A place in or beside an element, in thousandths of its box. */
export interface Spot { type: "spot"; element: string; x: number; y: number }
export interface LetGo { type: "letgo" }
/** A phrase of ui/i18n/phrases.json; the person hears it in their language. */
export interface Phrase { type: "phrase"; id: string }
/** Suggest going back one step; the person decides. */
export interface Back { type: "back" }
export type ToTerminal = VoiceAnswer | VoiceState | Drawn | Point | Spot | LetGo | Phrase | Chat | Back | Bye;
