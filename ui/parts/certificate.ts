// SPDX-License-Identifier: Apache-2.0

// Is the key of this call the terminal's? The terminal has signed it (helpdesk.Request.SignedBytes), with the key that the
// office's CA has certified (RFC 5280, ECDSA P-256 with SHA-256). The page holds the CA's public key since it was opened here
// first; a hub that puts another key in between has no such signature.

import { fromBase64 } from "./seal";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Signed { id: string; public_key: string; signature: string; certificate?: string }

const ecdsaWithSHA256 = "2a8648ce3d040302";
const commonName = "550403";

/** checkTerminal rejects, with a reason for a log, unless the request's key is certified by the office whose CA key (DER SubjectPublicKeyInfo) is given. */
export async function checkTerminal(r: Signed, ca: Bytes, now = Date.now()): Promise<void> {
  if (!r.certificate) throw new Error("the terminal shows no certificate");
  const c = parse(fromBase64(r.certificate));
  if (c.algorithm !== ecdsaWithSHA256) throw new Error("the certificate is signed in another way");
  if (!(await verify(ca, c.signed, c.signature))) throw new Error("the certificate is not of this office");
  if (now < c.from || now > c.until) throw new Error("the certificate has run out");
  const id = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", c.key)).slice(0, 16));
  if (c.name !== id) throw new Error("the certificate is not a terminal's");
  const head = new TextEncoder().encode(`handrail help request v1\0${r.id}\0`);
  const point = fromBase64(r.public_key);
  const message = new Uint8Array(head.length + point.length);
  message.set(head);
  message.set(point, head.length);
  if (!(await verify(c.key, message, fromBase64(r.signature)))) throw new Error("the call's key is not the terminal's");
}

/** fingerprint names an office as provisioning.Fingerprint does: 80 bits of the hash of its CA's key, in letters and digits. */
export async function fingerprint(ca: Bytes): Promise<string> {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", ca)).slice(0, 10);
  let bits = 0n;
  for (const b of sum) bits = (bits << 8n) | BigInt(b);
  let text = "";
  for (let i = 75n; i >= 0n; i -= 5n) text += letters[Number((bits >> i) & 31n)];
  return text.match(/.{4}/g)!.join("-");
}

async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
  const public_ = await crypto.subtle.importKey("spki", key, ecdsa, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, public_, raw(signature), message);
}

/** raw makes 64 bytes r|s of an ASN.1 signature. */
function raw(signature: Bytes): Bytes {
  const [r, s, ...more] = inside(only(signature, 0x30));
  if (!r || !s || more.length || r.tag !== 2 || s.tag !== 2) throw new Error("a signature is malformed");
  const out = new Uint8Array(64);
  for (const [n, end] of [[r.body, 32], [s.body, 64]] as const) {
    const digits = n[0] === 0 ? n.slice(1) : n;
    if (digits.length > 32) throw new Error("a signature is malformed");
    out.set(digits, end - digits.length);
  }
  return out;
}

interface Item { tag: number; body: Bytes; whole: Bytes }

/** item reads one DER element (X.690); lengths are definite and as short as can be. */
function item(b: Bytes, at: number): Item {
  const tag = b[at], first = b[at + 1];
  if (tag === undefined || first === undefined) throw new Error("a certificate is malformed");
  let head = 2, size = first;
  if (first > 0x80) {
    const n = first & 0x7f;
    if (n > 2) throw new Error("a certificate is malformed");
    head += n;
    size = 0;
    for (let i = 0; i < n; i++) size = size * 256 + (b[at + 2 + i] ?? 0);
    if (size < 0x80) throw new Error("a certificate is malformed");
  } else if (first === 0x80) throw new Error("a certificate is malformed");
  if (at + head + size > b.length) throw new Error("a certificate is malformed");
  return { tag, body: b.slice(at + head, at + head + size), whole: b.slice(at, at + head + size) };
}

/** only reads the one element that there is. */
function only(b: Bytes, tag: number): Item {
  const i = item(b, 0);
  if (i.tag !== tag || i.whole.length !== b.length) throw new Error("a certificate is malformed");
  return i;
}

function inside(i: Item): Item[] {
  const all: Item[] = [];
  for (let at = 0; at < i.body.length; at += all[all.length - 1]!.whole.length) all.push(item(i.body, at));
  return all;
}

function parse(der: Bytes) {
  const [tbs, algorithm, bits, ...more] = inside(only(der, 0x30));
  if (!tbs || !algorithm || bits?.tag !== 3 || bits.body[0] !== 0 || more.length) throw new Error("a certificate is malformed");
  const fields = inside(tbs);
  const [, , inner, , validity, subject, key] = fields;
  if (fields[0]?.tag !== 0xa0 || !inner || !validity || !subject || !key) throw new Error("a certificate is malformed");
  const oid = (i: Item) => hex(inside(i)[0]?.body ?? new Uint8Array());
  if (hex(inner.whole) !== hex(algorithm.whole)) throw new Error("a certificate is malformed");
  const [from, until] = inside(validity).map(time);
  const names = inside(subject).flatMap(inside).map(inside).filter(([type]) => type && hex(type.body) === commonName);
  return {
    signed: tbs.whole, algorithm: oid(algorithm), signature: bits.body.slice(1), key: key.whole,
    from: from ?? Infinity, until: until ?? 0, name: names.length === 1 && names[0]![1] ? new TextDecoder().decode(names[0]![1].body) : "",
  };
}

/** time reads a UTCTime (RFC 5280 section 4.1.2.5: 50 to 99 are of the last century) or a GeneralizedTime. */
function time(i: Item): number {
  const text = new TextDecoder().decode(i.body);
  const m = (i.tag === 0x17 ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/ : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/).exec(text);
  if (!m) throw new Error("a certificate is malformed");
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = m.slice(1).map(Number);
  return Date.UTC(i.tag === 0x17 ? y + (y < 50 ? 2000 : 1900) : y, mo - 1, d, h, mi, s);
}

const hex = (b: Uint8Array) => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
