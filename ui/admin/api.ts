// SPDX-License-Identifier: Apache-2.0

// The admin's console asks the hub every few seconds. What it shows is the hub's last answer, and it says when that was.

import { signal } from "@preact/signals";
import type { Account, Accounts, Code, Desk, Enrolments, Invitation, Me, NewCode, NewInvitation, Overview } from "./protocol";

export const me = signal<Me | undefined>(undefined);
export const overview = signal<Overview | undefined>(undefined);
export const enrolments = signal<Enrolments | undefined>(undefined);
export const desk = signal<Desk | undefined>(undefined);
export const people = signal<Account[] | undefined>(undefined);
export const signedOut = signal(false);
/** Since when the hub has not answered; 0 while it does. */
export const silentSince = signal(0);
export const problem = signal("");

const every = 2000;

export async function ask<T>(path: string, init?: RequestInit): Promise<T | undefined> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    if (!silentSince.value) silentSince.value = Date.now();
    return undefined;
  }
  silentSince.value = 0;
  if (response.status === 401) {
    signedOut.value = true;
    return undefined;
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => undefined)) as { error?: string } | undefined;
    problem.value = body?.error ?? response.statusText;
    return undefined;
  }
  return response.status === 204 ? ({} as T) : ((await response.json()) as T);
}

export function post<T>(path: string, body?: unknown): Promise<T | undefined> {
  problem.value = "";
  return ask<T>(path, {
    method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
}

export const newCode = (c: NewCode) => post<Code>("/api/admin/codes", c);

/** decide answers an enrolment, then looks again at once. */
export async function decide(id: string, same: boolean): Promise<boolean> {
  const ok = await post(`/api/admin/enrolments/${encodeURIComponent(id)}/${same ? "confirm" : "refuse"}`);
  await look();
  return ok !== undefined;
}

export async function revoke(id: string): Promise<boolean> {
  const ok = await post(`/api/admin/terminals/${encodeURIComponent(id)}/revoke`);
  await look();
  return ok !== undefined;
}

export async function answerBell(id: string, what: "come" | "settled") {
  await post(`/api/admin/bells/${encodeURIComponent(id)}/${what}`);
  await look();
}

export async function invite(n: NewInvitation): Promise<Invitation | undefined> {
  const made = await post<Invitation>("/api/admin/invitations", n);
  await lookAtPeople();
  return made;
}

export async function removePerson(id: string) {
  await post(`/api/admin/people/${encodeURIComponent(id)}/remove`);
  await lookAtPeople();
}

export async function lookAtPeople() {
  const a = await ask<Accounts>("/api/admin/people");
  if (a) people.value = a.people;
}

export async function look() {
  const [o, e, d] = await Promise.all([
    ask<Overview>("/api/admin/overview"), ask<Enrolments>("/api/admin/enrolments"), ask<Desk>("/api/admin/desk"),
  ]);
  if (o) overview.value = o;
  if (e) enrolments.value = e;
  if (d) desk.value = d;
}

/** start asks for ever, one look after the other, so that a slow hub is not asked twice at once. */
export async function start() {
  me.value = await ask<Me>("/api/admin/me");
  for (;;) {
    if (signedOut.value) return;
    await look();
    await new Promise((done) => setTimeout(done, every));
  }
}
