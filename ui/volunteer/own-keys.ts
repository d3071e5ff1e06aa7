// SPDX-License-Identifier: Apache-2.0

// This volunteer's own keys, and the keys of their teams. The hub says what there is and what is missing (helpdesk/hub/team.go); this
// page opens what is sealed to it, seals a team's key to members who lack it, and makes a new one when that is due.
//
// A passkey with the extension prf gives, at sign-in, a key that unwraps ours (helpdesk/hub/signin/sign-in.js puts it into this
// browser's database, where it cannot be read out). Where an authenticator has none, our key is in this browser only.

import { signal } from "@preact/signals";
import { newInBrowser, newKept, newTeam, openKept, openTeam, sealTeam, type TeamKey } from "../parts/team-key";
import type { Key } from "../parts/seal";
import type { Keys, Team, ToHub } from "./protocol";

/** Where our key is: kept by a passkey; in this browser only, for there is no passkey, or it is unable; or out of reach until a
 *  passkey is used here. */
export const keptBy = signal<"passkey" | "browser" | "unable" | "away" | undefined>(undefined);
/** Languages whose team's key this page holds. */
export const inTeams = signal<string[]>([]);

/** What sign-in.js leaves here. Without wrap the passkey has no prf. */
interface Wrap { person: string; credential: string; wrap?: CryptoKey }
interface InBrowser extends Key { person: string }

const own = new Map<string, Key>(); // by public key
const teams = new Map<string, TeamKey>(); // by public key
const said = new Set<string>(); // what the hub was told already: a key that it answers late is not made twice
let made: Key | undefined; // in this browser, when its database keeps nothing
let order: Promise<unknown> = Promise.resolve();

/** takeKeys does what the hub's word on keys asks for, one word after the other; it ends when that is done. */
export function takeKeys(m: Keys, send: (m: ToHub) => void): Promise<void> {
  const done = order.then(() => take(m, send));
  order = done.catch(() => undefined);
  return done;
}

/** keysAgain is for a line that is new: what was said on the one before may not have come. */
export const keysAgain = () => said.clear();

/** teamOf is the key that this page holds of a team. */
export const teamOf = (publicKey: string): Key | undefined => teams.get(publicKey);

async function take(m: Keys, send: (m: ToHub) => void) {
  await holdOwn(m.person, m, send);
  for (const team of m.teams ?? []) await join(team, send);
  if (keptBy.value === "passkey") await retire(m);
  inTeams.value = (m.teams ?? []).filter((t) => t.key && teams.has(t.key)).map((t) => t.language);
}

async function holdOwn(person: string, m: Keys, send: (m: ToHub) => void) {
  const mine = m.mine ?? [];
  const wraps = (await all<Wrap>("passkey:")).filter((w) => w.person === person && m.passkeys?.includes(w.credential));
  const able = wraps.filter((w): w is Required<Wrap> => w.wrap !== undefined);
  let opened = false; // by a passkey
  for (const { wrap, credential } of able) {
    const there = mine.find((k) => k.credential === credential);
    if (there?.wrapped) {
      if (!own.has(there.key)) await openKept(wrap, there.key, there.wrapped).then((k) => own.set(there.key, k), () => undefined);
    } else if (said.has(credential)) {
      opened = true; // the hub has not answered yet
    } else {
      said.add(credential);
      const { key, wrapped } = await newKept(wrap);
      own.set(key.publicKey, key);
      send({ type: "keep_key", key: key.publicKey, credential, wrapped });
      opened = true;
    }
    opened ||= there !== undefined && own.has(there.key);
  }
  if (opened) {
    // What was sealed to the key of before there was a passkey is opened with that, and sealed to the passkey's.
    for (const k of await all<InBrowser>(`browser:${person}`)) own.set(k.publicKey, k);
    keptBy.value = "passkey";
    return;
  }
  if (wraps.length === 0 && mine.some((k) => k.wrapped)) {
    keptBy.value = "away"; // a passkey of theirs has it, and was not used in this browser
    return;
  }
  const key = await inBrowser(person);
  own.set(key.publicKey, key);
  if (!mine.some((k) => k.key === key.publicKey) && !said.has(key.publicKey)) {
    said.add(key.publicKey);
    send({ type: "keep_key", key: key.publicKey });
  }
  keptBy.value = wraps.length > 0 ? "unable" : "browser";
}

async function join(team: Team, send: (m: ToHub) => void) {
  for (const c of team.copies ?? []) {
    const mine = own.get(c.holder);
    if (!mine || !team.key || teams.has(team.key)) continue;
    // A copy that does not open is of no use; another member may have a better one for us when our key changes.
    await openTeam(mine, team.language, team.key, c.data).then((k) => teams.set(k.publicKey, k), () => undefined);
  }
  const lacking = team.lacking ?? [];
  if (lacking.length === 0) return;
  let key = team.key ? teams.get(team.key) : undefined;
  let before: string | undefined;
  if (team.renew) {
    if (!lacking.some((k) => own.has(k))) return; // our own key is not at the hub yet
    key = await newTeam();
    teams.set(key.publicKey, key);
    before = team.key;
  }
  if (!key) return;
  const holder = key;
  const copies = await Promise.all(lacking.map(async (k) => ({ holder: k, data: await sealTeam(holder, team.language, k) })));
  send({ type: "keep_team", language: team.language, key: key.publicKey, copies, ...(before ? { before } : {}) });
}

/** retire forgets the key that was in this browser only, when a passkey opens everything that it did. */
async function retire(m: Keys) {
  const passkeys = new Set((m.mine ?? []).filter((k) => k.wrapped && own.has(k.key)).map((k) => k.key));
  const [old] = await all<InBrowser>(`browser:${m.person}`);
  if (!old || !(m.teams ?? []).every((t) => t.copies?.some((c) => passkeys.has(c.holder)))) return;
  await asked((d) => d.transaction("keys", "readwrite").objectStore("keys").delete(`browser:${m.person}`)).catch(() => undefined);
  own.delete(old.publicKey);
  made = undefined;
}

/** inBrowser is the key that this browser keeps for a person, made at the first time. */
async function inBrowser(person: string): Promise<Key> {
  if (made) return made;
  const [kept] = await all<InBrowser>(`browser:${person}`);
  made = kept ?? (await newInBrowser());
  if (!kept) {
    const entry: InBrowser = { person, ...made };
    await asked((d) => d.transaction("keys", "readwrite").objectStore("keys").put(entry, `browser:${person}`)).catch(() => undefined);
  }
  return made;
}

/** all lists what the database keeps under names that begin so; nothing where a browser keeps nothing. */
async function all<T>(prefix: string): Promise<T[]> {
  const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
  return asked((d) => d.transaction("keys").objectStore("keys").getAll(range) as IDBRequest<T[]>).catch(() => []);
}

const patience = 3000; // ms

/** soon gives up on a database that does not answer: such a browser keeps nothing. What comes late is put away. */
function soon<T>(answer: Promise<T>, away: (late: T) => void): Promise<T> {
  return new Promise((yes, no) => {
    let over = false;
    const timer = setTimeout(() => { over = true; no(new Error("the database does not answer")); }, patience);
    answer.then((x) => { clearTimeout(timer); if (over) away(x); else yes(x); }, (why) => { clearTimeout(timer); no(why); });
  });
}

/** asked opens the database that sign-in.js shares, asks it one thing, and closes it. */
async function asked<T>(ask: (d: IDBDatabase) => IDBRequest<T>): Promise<T> {
  const answer = <R>(r: IDBRequest<R>) => new Promise<R>((yes, no) => { r.onsuccess = () => yes(r.result); r.onerror = () => no(r.error); });
  const open = indexedDB.open("handrail", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("keys");
  const d = await soon(answer(open), (late) => late.close());
  try {
    return await answer(ask(d));
  } finally {
    d.close();
  }
}
