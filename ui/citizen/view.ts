// SPDX-License-Identifier: Apache-2.0

// What the session worker shows on the citizen's own page, and what the page tells it back. The page is a pure function
// of the View; agent/session/view.go has the same shapes in Go.

export type Dir = "ltr" | "rtl";

export type ScreenName =
  | "start" | "level" | "home" | "readiness" | "companion" | "error" | "says" | "card" | "help" | "waiting" | "ticket" | "bell" | "pointing"
  | "confirm-end" | "print" | "sheets" | "filing" | "idle" | "end" | "failure" | "ready";

/** How much help the citizen wants. */
export type Level = "with-me" | "guide-me" | "i-try";

export type KnobState = "done" | "now" | "todo" | "refused" | "helper" | "asking";

export interface Knob { n: number; state: KnobState }

/** The rail of the service: knobs are at most nine, a window round the current step, first and last always. */
export interface Rail { index: number; total: number; knobs: Knob[] }

/** Words of the page itself, in the page's own language. */
export interface PageWords { text: string; lang: string; dir: Dir }

/** The keyboard on the screen and the box that it writes in. */
export interface Keys {
  kind: "text" | "latin" | "number";
  /** Of the page there. */
  lang: string;
  secret: boolean;
  length: number;
  /** What stands in the box; empty for a secret one. */
  echo: string;
  /** y at which the keyboard begins. */
  top: number;
}

export interface View {
  rev: number;
  screen: ScreenName;
  lang: string;
  dir: Dir;
  office: string;
  large: boolean;
  contrast: boolean;
  /** Read aloud is speaking now: its key says "Stop reading". */
  speaking: boolean;
  /** Back, Help and End have something to do; a control without one rests. */
  back: boolean;
  help: boolean;
  end: boolean;
  /** The service window lies over the page now, in this rectangle (CSS px). */
  service?: { x: number; y: number; w: number; h: number };
  keys?: Keys;
  rail?: Rail;
  start?: { languages: { lang: string; dir: Dir; greeting: string; name: string }[] };
  /** How much help the citizen has chosen; absent: not yet. */
  level?: Level;
  readiness?: Readiness;
  home?: { services: { id: string; name: string; term: string; icon: string }[] };
  /** companion, error and pointing. */
  step?: Step;
  /** error: the site's own validation message, explained. */
  error?: SiteError;
  box?: SiteBox;
  card?: Card;
  consent?: Consent;
  waiting?: Waiting;
  ticket?: Ticket;
  /** The bell in the room, once it was rung. */
  bell?: Bell;
  call?: Call;
  idle?: { seconds: number };
  ending?: Ending;
  failure?: Failure;
  sheets?: Sheets;
  filing?: Filing;
}

/**
 * The site wants files. state: camera, scanner, scanning, scanned, giving; failed: the page did not take them; none: there is nothing that works to take
 * pictures with; or what is wrong with the scanner ("scanner.empty"). src: of what was scanned last. other: what else pictures can be taken with.
 */
export interface Filing {
  state: string; src?: string; several: boolean; other?: "camera" | "scanner";
  /** Only for pictures of this screen. */
  pages?: string[];
}

export interface Step {
  title: string;
  how: string;
  why?: string;
  missing?: string;
  /** Which answer is open. */
  open?: "why" | "missing";
  /** The page's own word for the target, shown when page and person have different languages. */
  word?: PageWords;
  /** "next": the citizen says go on; "none": the step completes itself or their button must be touched;
   *  "finish": the service confirmed, and what is left is the paper. */
  key: "next" | "none" | "finish";
  /** "sure": ringed; "likely": dashed ring, ask "is it this?"; "unknown": not on the page as we know it. */
  sight: "sure" | "likely" | "unknown" | "none";
  /** Where the target's ring meets the companion: y of its top edge in the companion's page (CSS px), when in view. */
  ringY?: number;
  /** A typed state of the page is explained, not a step: title and how say what it is, back is the road back. */
  state?: string;
  back?: string;
  /** Only what to do is shown; the ring and the rest come on request. */
  bare?: boolean;
  /** What the companion proposes, to be answered with yes or no. */
  propose?: Level | "person";
  /** A card in the reader could fill fields of this page: offer it. */
  cardOffer?: boolean;
  /** This page, with the person's own words, can be printed; paper is how that goes: printing, out, or the printer's state. */
  paperOffer?: boolean;
  paper?: string;
  /** It can be looked at as sheets, to be printed. */
  sheetsOffer?: boolean;
  /** A value was filled from the card, re-read and found equal, or not. */
  filled?: "ok" | "differs";
  /** A call has ended on this page. */
  helpOver?: boolean;
}

/** What the citizen will need, asked before the service is opened. */
export interface Readiness {
  name: string;
  term: string;
  minutes?: number;
  needs: { id: string; icon: string; title: string; gloss: string; without: string; have: "yes" | "no" | "" }[];
  /** Start was touched while answers were missing. */
  asked: boolean;
  paper: "none" | "printing" | "out" | "failed";
}

/** What the page said or asked in a box of its own, which is closed. */
export interface SiteBox {
  words: PageWords;
  asks: boolean;
  /** The citizen said yes, and has to touch the page again. */
  agreed: boolean;
}

export interface SiteError {
  title: string;
  how: string;
  /** The site's own words, in its language. */
  words: PageWords;
  /** True only when we know that what was written is still there. */
  nothingLost: boolean;
  /** The explanation is ours (known) or only the site's words can be read out. */
  known: boolean;
}

export interface Card {
  /** look: nothing on the card proves it right. choices: it may be read in several ways, and value is the one chosen. */
  fields: { name: string; label: string; value: string; take: boolean; look?: boolean; choices?: string[] }[];
  /** reading, ready, or a plain-language device state (peripherals) when it could not be read. */
  state: string;
}

/** One element of the outline (see helpdesk): drawn small, grey bars for everything personal. */
export interface OutlineNode {
  id: string; kind: string; box: [number, number, number, number];
  state?: string[]; text?: string; bar?: number;
}
export interface Outline { w: number; h: number; nodes: OutlineNode[] }

export interface Consent {
  talk: boolean; see: boolean; point: boolean;
  outline?: Outline;
  /** How many helpers who speak this language are at their desk now; absent: not known (no line). */
  free?: number;
  /** The line to the help desk is down: the call goes out when it is back. */
  lineDown?: boolean;
  bell?: Bell;
}

export interface Waiting {
  /** People before you; absent when not known. */
  before?: number;
  /** Minutes, a measured range; absent: "We do not know how long". */
  minutes?: number;
  /** The line to the help desk is down: the request is kept and goes out when it is back. */
  lineDown: boolean;
  /** The office's desk: open until time, or closed and open from it (words, "17:00"). Absent: not known. */
  desk?: { open: boolean; time: string };
  bell?: Bell;
  /** Of the ticket that was taken; empty: none. */
  number?: string;
}

/** kept: on its way; rung: it rings at the desk; coming: by has said that they come. */
export interface Bell { state: "kept" | "rung" | "coming"; by?: string }

/** The number to come back with. paper: printing, out, or the printer's state; known: the office has it; asked: a helper is still being called. */
export interface Ticket { number: string; say: string; hours: string[]; paper: string; known: boolean; asked: boolean }

export interface Call {
  name: string;
  initial: string;
  digits: string;
  talk: boolean; see: boolean; point: boolean;
  /** Newest last, two at most. */
  captions: { id: string; text: string }[];
  pointing: boolean;
  /** Showing the helper one thing: touch it, yes or no, never, or it is shown now. */
  reveal?: "pick" | "ask" | "never" | "shown";
  lineDown: boolean;
  /** How far voice is, when the citizen agreed to talk; "none": this office relays none; "thin": the line cannot carry it. */
  voice?: "connecting" | "on" | "no-microphone" | "failed" | "none" | "thin";
  /** The microphone here is off; what is heard is soft. */
  muted?: boolean; soft?: boolean;
  /** What the helper's side says of its own. */
  theirVoice?: "on" | "muted" | "no-microphone" | "off";
}

/** What the service wants on whole pages. */
export interface Sheets {
  /** making, ready, printing, out; none: there is no printer for it; broken, many: it cannot be shown; or the printer's state. */
  state: string;
  /** Where this page reads the PDF. */
  src?: string;
  n: number;
  /** Of all sheets; absent: free. */
  price?: { amount: number; currency: string };
  /** The printer's state while it has stopped and waits. */
  stop?: string;
  /** A slip that says where the page is found can be printed: "", printing, out, or the printer's state. */
  where?: { state: string };
}

export interface Ending {
  /** Paper came out and has to be taken; a card is still in the reader. */
  paper: "none" | "printing" | "out" | "failed";
  card: boolean;
  /** They want to go, and something is still to be taken. */
  asked?: boolean;
  /** Words for a printer that could not print (peripherals state), when paper is "failed". */
  printer?: string;
  /** What would have been on the paper, to copy by hand, when it could not be printed. */
  slip?: { title: string; lines: string[] };
  erased: boolean;
  finished: boolean;
  /** The face that was chosen, 1 to 5. */
  face?: number;
}

export interface Failure {
  /**
   * site-down, site-unsure, page-unknown, session-lost, browser-lost, dead-end, hub-down, printer, reader, out-of-order; or a plain-language
   * device state ("printer.absent"), whose own words are then shown too.
   */
  kind: string;
  /** A plain-language device state beside kind. */
  state?: string;
  /** True lines, each one true now: catalogue keys, with or without "failure.truth." before them. */
  truths: string[];
  /** Keys offered: print, retry, help, home. */
  keys: ("print" | "retry" | "help" | "home")[];
}

export type Action =
  | { do: "language"; lang: string } | { do: "hear"; lang: string }
  | { do: "level"; level: Level } | { do: "change-level" } | { do: "show" } | { do: "propose"; on: boolean }
  | { do: "service"; id: string } | { do: "have"; id: string; on: boolean } | { do: "begin" }
  | { do: "next" } | { do: "open"; what: "why" | "missing" } | { do: "shut" }
  | { do: "box-yes" } | { do: "box-no" }
  | { do: "yes-this" } | { do: "not-this" } | { do: "dont-know" }
  | { do: "show-box" } | { do: "fixed" }
  | { do: "card" } | { do: "tick"; field: string; on: boolean } | { do: "choose"; field: string; n: number } | { do: "page-paper" } | { do: "use-picture" } | { do: "another-picture" } | { do: "no-picture" } | { do: "camera-failed" } | { do: "scan-picture" } | { do: "picture-with"; what: "camera" | "scanner" } | { do: "sheets" } | { do: "where" } | { do: "sheets-seen"; id: string; n: number } | { do: "print-yes" } | { do: "print-no" } | { do: "take" } | { do: "take-nothing" }
  | { do: "help" } | { do: "consent"; what: "talk" | "see" | "point"; on: boolean } | { do: "ask" } | { do: "alone" }
  | { do: "bell" } | { do: "bell-away" } | { do: "ticket" }
  | { do: "again" } | { do: "stop-help" } | { do: "reveal" } | { do: "reveal-yes" } | { do: "chat"; text: "understood" | "again" }
  | { do: "read" } | { do: "back" } | { do: "end" } | { do: "end-yes" } | { do: "end-no" } | { do: "extend" }
  | { do: "print" } | { do: "retry" } | { do: "home" } | { do: "face"; n: number }
  | { do: "large" } | { do: "contrast" }
  | { do: "key"; what: "letter" | "erase" | "done"; text: string }
  | { do: "mute" } | { do: "volume" }
  | { do: "voice-offer"; text: string } | { do: "voice-state"; text: string; heard: number; trip: number }
  | { do: "painted"; rev: number } | { do: "spoken"; id: string; failed?: boolean } | { do: "touched" };
