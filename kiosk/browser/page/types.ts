// SPDX-License-Identifier: Apache-2.0

// What the worker gives the script and what the script tells it. The Go side is kiosk/browser/page.go.

/** A sentence by language. */
export type Text = Record<string, string>;

/** The fingerprint of an element (kiosk.Target). */
export interface Target {
  role?: string; name?: Text; group?: Text; heading?: Text; near?: Text;
  tag?: string; type?: string; tokens?: string[]; autocomplete?: string; option?: string; ordinal?: number; css?: string; xpath?: string; shadow?: string[];
  frame?: string; within?: string[];
}

export interface Step { id: string; kind: string; target?: Target; done: string; appears?: Target; when?: { step: string; option: string } }

export interface GuidePage { id: string; path: string; heading?: Text; landmarks?: Target[]; state?: string; steps: Step[] }

export interface Load { origin: string; pages: GuidePage[]; hosts?: string[] }

export type Sight = "sure" | "likely" | "unknown";

/** Everything that matters of the page now. Words of errors are the only text of the page in it. */
export interface Snapshot {
  t: "page";
  page: string;
  fresh: boolean;
  sights: Record<string, Sight>;
  scores: Record<string, number>;
  done: Record<string, boolean>;
  /** Steps that an earlier choice on the page makes needless. */
  skips: Record<string, boolean>;
  /** What is known of the page's state on any site. */
  signs: string[];
  errors: { step: string; words: string }[];
  ringY: number;
  /** When the citizen did what this is the answer to, ms on the machine's clock; 0: the page changed by itself. */
  at: number;
}

/** What a frame of another origin says. Its steps are keyed page/step. */
export interface FrameReport {
  t: "frame";
  sights: Record<string, Sight>;
  scores: Record<string, number>;
  done: Record<string, boolean>;
  /** What the citizen does alone in it; see signsOf. */
  signs: string[];
  errors: { steps: string[]; words: string }[];
}

/** How the ring is drawn. */
export interface Watch { page: string; step: string; refused: boolean; veil?: boolean; side: "left" | "right" }

export interface Box { x: number; y: number; w: number; h: number }
