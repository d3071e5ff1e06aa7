// SPDX-License-Identifier: Apache-2.0

// The sealed channel between a volunteer's page and a terminal's session, over WebCrypto. helpdesk/seal.go is its twin and
// says what it promises; helpdesk/testdata/seal.json holds vectors that both must agree with.
//
// ECDH P-256, HKDF-SHA256 with salt = SHA-256(request id | terminal's key | volunteer's key), AES-256-GCM. A frame is one
// byte of form (1 plain, 2 DEFLATE), a counter of 8 bytes big-endian, ciphertext; the first nine bytes are bound as additional data.

export type Side = "terminal" | "volunteer";

/** An ephemeral key of one call. publicKey is the uncompressed point in base64, as the protocol sends it. */
export interface Key { privateKey: CryptoKey; publicKey: string }

const HEAD = 9;
const TAG = 16;
const DEFLATE_FROM = 256;
const MAX_CONTENT = 1 << 20;
const MAX_FRAME = 256 << 10;

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (s: string): Bytes => new TextEncoder().encode(s) as Bytes;

export function toBase64(bytes: Uint8Array): string {
  let s = "";
  for (let i = 0; i < bytes.length; i += 0x8000) s += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(s);
}

export function fromBase64(text: string): Bytes {
  const s = atob(text);
  const bytes = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) bytes[i] = s.charCodeAt(i);
  return bytes;
}

function join(...parts: Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { all.set(p, at); at += p.length; }
  return all;
}

/** Makes the key of one call. The private half cannot leave the page. */
export async function newKey(): Promise<Key> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: toBase64(new Uint8Array(raw)) };
}

/** Opens the channel of one request. Rejects when the other side's key is not a point of P-256. */
export async function openSeal(side: Side, requestId: string, mine: Key, theirs: string): Promise<Seal> {
  const peer = await crypto.subtle.importKey("raw", fromBase64(theirs), { name: "ECDH", namedCurve: "P-256" }, false, []);
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, mine.privateKey, 256);
  const [terminal, volunteer] = side === "terminal" ? [mine.publicKey, theirs] : [theirs, mine.publicKey];
  const salt = await crypto.subtle.digest("SHA-256", join(utf8(requestId), fromBase64(terminal), fromBase64(volunteer)));
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const expand = (info: string, bits: number) =>
    crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: utf8(info) }, base, bits);
  const aead = async (info: string) =>
    crypto.subtle.importKey("raw", await expand(info, 256), "AES-GCM", false, ["encrypt", "decrypt"]);
  const t2v = await aead("handrail t2v");
  const v2t = await aead("handrail v2t");
  const check = new DataView(await expand("handrail check digits", 64)).getBigUint64(0);
  const digits = String(check % 10000n).padStart(4, "0");
  return side === "terminal" ? new Seal(t2v, v2t, digits) : new Seal(v2t, t2v, digits);
}

export class Seal {
  /** Four digits, the same on both screens. */
  readonly digits: string;
  #out: CryptoKey;
  #in: CryptoKey;
  #sent = 0n;
  #seen = 0n;
  // Sealing and opening are asynchronous; both are done strictly in the order they were asked for.
  #sealing: Promise<unknown> = Promise.resolve();
  #opening: Promise<unknown> = Promise.resolve();

  constructor(out: CryptoKey, into: CryptoKey, digits: string) {
    this.#out = out;
    this.#in = into;
    this.digits = digits;
  }

  /** Seals content (any JSON value) into the next frame, base64. */
  seal(content: unknown): Promise<string> {
    return this.sealBytes(utf8(JSON.stringify(content)));
  }

  /** Opens a frame and parses it. Rejects what was not sealed for now: changed, repeated, out of order, other key. */
  async open<T = unknown>(data: string): Promise<T> {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await this.openBytes(data))) as T;
  }

  sealBytes(content: Uint8Array): Promise<string> {
    const done = this.#sealing.then(() => this.#seal(content as Bytes));
    this.#sealing = done.catch(() => undefined);
    return done;
  }

  openBytes(data: string): Promise<Uint8Array> {
    const done = this.#opening.then(() => this.#open(fromBase64(data)));
    this.#opening = done.catch(() => undefined);
    return done;
  }

  async #seal(content: Bytes): Promise<string> {
    if (content.length > MAX_CONTENT) throw new Error("content is too large to seal");
    let form = 1;
    if (content.length >= DEFLATE_FROM) {
      form = 2;
      content = await through(content, new CompressionStream("deflate-raw"));
    }
    if (content.length + HEAD + TAG > MAX_FRAME) throw new Error("content is too large to seal");
    this.#sent += 1n;
    const head = new Uint8Array(HEAD);
    head[0] = form;
    new DataView(head.buffer).setBigUint64(1, this.#sent);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce(this.#sent), additionalData: head }, this.#out, content);
    return toBase64(join(head, new Uint8Array(sealed)));
  }

  async #open(frame: Bytes): Promise<Uint8Array> {
    if (frame.length < HEAD + TAG || frame.length > MAX_FRAME) throw new Error("sealed frame refused: wrong size");
    const head = frame.slice(0, HEAD);
    const form = head[0];
    if (form !== 1 && form !== 2) throw new Error("sealed frame refused: unknown form");
    const counter = new DataView(head.buffer).getBigUint64(1);
    if (counter <= this.#seen) throw new Error("sealed frame refused: it came before");
    let content: Bytes;
    try {
      content = new Uint8Array(await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: nonce(counter), additionalData: head }, this.#in, frame.slice(HEAD)));
    } catch {
      throw new Error("sealed frame refused: it was not sealed with this call's key");
    }
    this.#seen = counter;
    if (form === 1) return content;
    try {
      return await through(content, new DecompressionStream("deflate-raw"));
    } catch {
      throw new Error("sealed frame refused: it does not unpack");
    }
  }
}

function nonce(counter: bigint): Bytes {
  const n = new Uint8Array(12);
  new DataView(n.buffer).setBigUint64(4, counter);
  return n;
}

/** Runs bytes through a (de)compression stream, no further than MAX_CONTENT. */
async function through(bytes: Bytes, stream: CompressionStream | DecompressionStream): Promise<Bytes> {
  const writer = stream.writable.getWriter();
  const fed = writer.write(bytes).then(() => writer.close());
  fed.catch(() => undefined); // the reader below reports it
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_CONTENT) {
      await reader.cancel();
      throw new Error("it unpacks to too much");
    }
    parts.push(value);
  }
  await fed;
  return join(...parts);
}
