// SPDX-License-Identifier: Apache-2.0

// What services are called, in the language of the console.

import { signal } from "@preact/signals";
import { lang } from "../parts/desk-words";

/** By the guide's id, by language: those that the hub knows. */
const names = signal<Record<string, Record<string, string>>>({});
/** What terminals said themselves, in English, of guides that the hub does not know. Kept as long as the page is open. */
const told = new Map<string, string>();

/** meetGuides asks the hub for the names, once. */
export async function meetGuides() {
  const response = await fetch("/api/desk/guides").catch(() => undefined);
  if (response?.ok) names.value = (await response.json()) as Record<string, Record<string, string>>;
}

/** guideName is the service's name in the console's language, or else what the terminal calls it, or else its id. */
export function guideName(id: string, said = ""): string {
  if (id && said) told.set(id, said);
  const of = names.value[id];
  return of?.[lang.value] ?? of?.en ?? (said || told.get(id) || id);
}
