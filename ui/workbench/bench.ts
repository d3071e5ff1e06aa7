// SPDX-License-Identifier: Apache-2.0

// The bench's state, pushed by the server; cmd/handrail/workbench_state.go has the same shapes.

import { signal } from "@preact/signals";

export interface Card { id: string; name: string; kind: string; note: string }
export interface Slip { number: number; lines: number; text: string; at?: string }
export interface Plug { name: string; in: boolean; says: string }
export interface Bench {
  reader: boolean;
  cards: Card[];
  inserted: string;
  printer: boolean;
  paper_out: boolean;
  slips: Slip[];
  torn: number;
  current: Slip | null;
  plugs: Plug[];
  links: { desk: string; admin: string };
  screen: boolean;
  preview?: { name: string; pages: string[]; languages: string[]; language: string; level: string };
}

export const bench = signal<Bench | undefined>(undefined);
export const connected = signal(true);
/** What did not work, in the server's own sentence. */
export const problem = signal("");
/** What is being done now, so that it is not asked for twice. */
export const busy = signal("");

export function listen() {
  const source = new EventSource("/state");
  source.onmessage = (e) => {
    connected.value = true;
    bench.value = JSON.parse(e.data as string) as Bench;
  };
  source.onerror = () => { connected.value = false; };
}

type Action = "insert" | "remove" | "pull-early" | "pull" | "plug" | "tear" | "paper-out" | "paper-in" | "page" | "language" | "level";

export async function act(action: Action, name = "") {
  const what = `${action} ${name}`;
  if (busy.value === what) return;
  busy.value = what;
  problem.value = "";
  try {
    const response = await fetch("/do", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ do: action, name }),
    });
    if (!response.ok) problem.value = (await response.text()).trim();
  } catch {
    connected.value = false;
  } finally {
    busy.value = "";
  }
}
