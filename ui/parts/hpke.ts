// SPDX-License-Identifier: Apache-2.0

// What a terminal seals to this page, or to its team, before there is a call, and what members seal to each other: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
// AES-256-GCM, one message. helpdesk/situation.go is its twin, over crypto/hpke of Go.

import { fromBase64, toBase64, type Key } from "./seal";

type Bytes = Uint8Array<ArrayBuffer>;

const KEM = [0x00, 0x10], KDF = [0x00, 0x01], AEAD = [0x00, 0x02];
const POINT = 65; // an uncompressed point

const utf8 = (s: string): Bytes => new TextEncoder().encode(s) as Bytes;
const kemSuite = new Uint8Array([...utf8("KEM"), ...KEM]);
const suite = new Uint8Array([...utf8("HPKE"), ...KEM, ...KDF, ...AEAD]);
const none = new Uint8Array(0);

function join(...parts: Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { all.set(p, at); at += p.length; }
  return all;
}

async function hmac(key: Uint8Array, message: Bytes): Promise<Bytes> {
  // An empty salt is a salt of zeros (RFC 5869 section 2.2), and WebCrypto takes no empty key.
  const k = await crypto.subtle.importKey("raw", (key.length ? key : new Uint8Array(32)) as Bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, message));
}

/** extract and expand are LabeledExtract and LabeledExpand (RFC 9180 section 4); no more than 32 bytes are ever wanted. */
const extract = (id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array) => hmac(salt, join(utf8("HPKE-v1"), id, utf8(label), ikm));

async function expand(id: Uint8Array, prk: Bytes, label: string, info: Uint8Array, length: number): Promise<Bytes> {
  const labeled = join(new Uint8Array([0, length]), utf8("HPKE-v1"), id, utf8(label), info);
  return (await hmac(prk, join(labeled, new Uint8Array([1])))).slice(0, length);
}

/** schedule gives key and nonce of the one message (RFC 9180 section 5.1, mode base). */
async function schedule(dh: Bytes, encapsulated: Bytes, receiver: Bytes, info: Bytes, use: "encrypt" | "decrypt"): Promise<{ key: CryptoKey; nonce: Bytes }> {
  const shared = await expand(kemSuite, await extract(kemSuite, none, "eae_prk", dh), "shared_secret", join(encapsulated, receiver), 32);
  const context = join(new Uint8Array([0]), await extract(suite, none, "psk_id_hash", none), await extract(suite, none, "info_hash", info));
  const secret = await extract(suite, shared, "secret", none);
  const raw = await expand(suite, secret, "key", context, 32);
  return { key: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]), nonce: await expand(suite, secret, "base_nonce", context, 12) };
}

/** openSealed opens one message that was sealed to a key. It rejects whatever was not sealed to it, with this info. */
export async function openSealed(mine: Key, info: string, data: string): Promise<Bytes> {
  const all = fromBase64(data);
  if (all.length < POINT + 16) throw new Error("it is too short to be sealed");
  const encapsulated = all.slice(0, POINT);
  const peer = await crypto.subtle.importKey("raw", encapsulated, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, mine.privateKey, 256));
  const { key, nonce } = await schedule(dh, encapsulated, fromBase64(mine.publicKey), utf8(info), "decrypt");
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, all.slice(POINT)));
}

/** sealTo seals one message to a public key (uncompressed point, base64). It rejects what is no point of P-256. */
export async function sealTo(theirs: string, info: string, plain: Bytes): Promise<string> {
  const point = fromBase64(theirs);
  const peer = await crypto.subtle.importKey("raw", point, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const once = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const encapsulated = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, once.privateKey, 256));
  const { key, nonce } = await schedule(dh, encapsulated, point, utf8(info), "encrypt");
  return toBase64(join(encapsulated, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, plain))));
}
