// SPDX-License-Identifier: Apache-2.0

// The keys of a volunteer and of the team of a language, as the pages make, keep and pass them on. helpdesk/team.go is the twin of
// what passes between members. No private half leaves a page in clear.

import { openSealed, sealTo } from "./hpke";
import { fromBase64, newKey, toBase64, type Key } from "./seal";

type Bytes = Uint8Array<ArrayBuffer>;

/** A team's key as a member's page holds it: to open with, and to seal to other members. */
export interface TeamKey extends Key { pkcs8: Bytes }

const curve = { name: "ECDH", namedCurve: "P-256" };
const nonceSize = 12;

/** newKept makes a volunteer's key and wraps its private half for the hub: nonce, then AES-256-GCM with the public half bound. */
export async function newKept(wrap: CryptoKey): Promise<{ key: Key; wrapped: string }> {
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const iv = crypto.getRandomValues(new Uint8Array(nonceSize));
  const sealed = new Uint8Array(await crypto.subtle.wrapKey("pkcs8", pair.privateKey, wrap, { name: "AES-GCM", iv, additionalData: raw }));
  const all = new Uint8Array(nonceSize + sealed.length);
  all.set(iv);
  all.set(sealed, nonceSize);
  const wrapped = toBase64(all), publicKey = toBase64(raw);
  return { key: await openKept(wrap, publicKey, wrapped), wrapped };
}

/** openKept unwraps a volunteer's key. It cannot leave this page. It rejects what was wrapped otherwise. */
export async function openKept(wrap: CryptoKey, publicKey: string, wrapped: string): Promise<Key> {
  const all = fromBase64(wrapped);
  const how = { name: "AES-GCM", iv: all.slice(0, nonceSize), additionalData: fromBase64(publicKey) };
  return { publicKey, privateKey: await crypto.subtle.unwrapKey("pkcs8", all.slice(nonceSize), wrap, how, curve, false, ["deriveBits"]) };
}

/** newInBrowser makes a volunteer's key that stays in this browser: a non-extractable key can be put into its database. */
export const newInBrowser = (): Promise<Key> => newKey();

export async function newTeam(): Promise<TeamKey> {
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  return ofPKCS8(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
}

const info = (language: string, team: string, holder: string) => `handrail team key v1\0${language}\0${team}\0${holder}`;

/** sealTeam seals a team's private key to a member's public key. */
export const sealTeam = (team: TeamKey, language: string, holder: string): Promise<string> =>
  sealTo(holder, info(language, team.publicKey, holder), team.pkcs8);

/** openTeam opens a copy that was sealed to this member. It rejects one of another team, or whose halves do not fit. */
export async function openTeam(mine: Key, language: string, team: string, data: string): Promise<TeamKey> {
  const key = await ofPKCS8(await openSealed(mine, info(language, team, mine.publicKey), data));
  if (key.publicKey !== team) throw new Error("it holds the key of another team");
  return key;
}

async function ofPKCS8(pkcs8: Bytes): Promise<TeamKey> {
  // The public half comes with the private one only where that may be looked at.
  const { x, y } = await crypto.subtle.exportKey("jwk", await crypto.subtle.importKey("pkcs8", pkcs8, curve, true, ["deriveBits"]));
  const bytes = (s = "") => fromBase64(s.replaceAll("-", "+").replaceAll("_", "/"));
  const publicKey = toBase64(new Uint8Array([4, ...bytes(x), ...bytes(y)]));
  return { publicKey, privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, curve, false, ["deriveBits"]), pkcs8 };
}
