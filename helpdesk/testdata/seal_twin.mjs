// SPDX-License-Identifier: Apache-2.0

// Run by TestSealTwinInTypeScript: does with seal.ts what a volunteer's page does, and prints one JSON object.
import { readFileSync } from "node:fs";
import { fromBase64, newKey, openSeal, toBase64 } from "./seal.mjs";

const v = JSON.parse(readFileSync(process.argv[2], "utf8"));

async function key(pkcs8) {
  const privateKey = await crypto.subtle.importKey("pkcs8", fromBase64(pkcs8), { name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  const bytes = (s) => fromBase64(s.replaceAll("-", "+").replaceAll("_", "/"));
  return { privateKey, publicKey: toBase64(new Uint8Array([4, ...bytes(x), ...bytes(y)])) };
}

const terminal = await key(v.terminal_key);
const volunteer = await key(v.volunteer_key);
const seal = await openSeal("volunteer", v.request_id, volunteer, terminal.publicKey);

const refused = {};
async function mustRefuse(name, f) {
  try { await f(); } catch (e) { refused[name] = String(e); }
}

const changed = fromBase64(v.from_terminal[0].frame);
changed[changed.length - 1] ^= 1;
await mustRefuse("changed", () => seal.openBytes(toBase64(changed)));
await mustRefuse("short", () => seal.openBytes(toBase64(changed.slice(0, 12))));
// Asked for all at once: they must still be opened in their order.
const opened = (await Promise.all(v.from_terminal.map((f) => seal.openBytes(f.frame)))).map((b) => new TextDecoder().decode(b));
await mustRefuse("replayed", () => seal.openBytes(v.from_terminal[0].frame));
await mustRefuse("reflected", () => seal.openBytes(v.from_volunteer[0].frame));
await mustRefuse("bad key", () => openSeal("volunteer", v.request_id, volunteer, toBase64(new Uint8Array(65))));

const contents = ["{}", JSON.stringify({ type: "chat", text: "الرمز البريدي من أربعة أرقام. ".repeat(30) }), "x".repeat(40 << 10)];
const frames = await Promise.all(contents.map((c) => seal.sealBytes(new TextEncoder().encode(c))));

process.stdout.write(JSON.stringify({ digits: seal.digits, opened, refused, contents, frames, fresh: (await newKey()).publicKey }));
