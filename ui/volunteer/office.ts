// SPDX-License-Identifier: Apache-2.0

// The office whose terminals this page believes. Its CA's key is kept from the first time the page was opened in this browser;
// another one is taken only when the person says so.

import { signal } from "@preact/signals";
import { checkTerminal, fingerprint } from "../parts/certificate";
import { fromBase64 } from "../parts/seal";
import type { Me, Request } from "./protocol";

const kept = "handrail.office";

/** The office's name for its key; empty: not known yet. */
export const officeName = signal("");
/** The hub says another key now. */
export const officeChanged = signal("");
/** A call was refused because the terminal could not show that it is the office's. */
export const untrusted = signal(false);

let held = "";

/** meetOffice holds the key that this browser knows, or takes the first. */
export async function meetOffice(me: Me) {
  if (!me.office_key) return;
  try {
    held = localStorage.getItem(kept) ?? "";
    if (!held) localStorage.setItem(kept, (held = me.office_key));
  } catch {
    held ||= me.office_key; // a browser that keeps nothing: for as long as the page is open
  }
  officeName.value = await fingerprint(fromBase64(held));
  officeChanged.value = held === me.office_key ? "" : me.office_key;
}

/** trustOffice takes the key that the hub says now, because the person has compared it. */
export async function trustOffice() {
  held = officeChanged.value;
  try {
    localStorage.setItem(kept, held);
  } catch {
    // as above
  }
  officeName.value = await fingerprint(fromBase64(held));
  officeChanged.value = "";
}

/** nameOf is how a key is compared by people. */
export const nameOf = (key: string) => fingerprint(fromBase64(key));

/** ofOffice rejects a request whose key no terminal of the office has signed. */
export async function ofOffice(r: Request): Promise<void> {
  if (!held) throw new Error("no office is known");
  await checkTerminal(r, fromBase64(held));
}
