// SPDX-License-Identifier: Apache-2.0

// Run by TestPageOpensASituation: opens with hpke.ts what crypto/hpke has sealed, and prints what came of each.
import { readFileSync } from "node:fs";
import { openSealed } from "./hpke.mjs";
import { fromBase64, toBase64 } from "./seal.mjs";

const v = JSON.parse(readFileSync(process.argv[2], "utf8"));
const privateKey = await crypto.subtle.importKey("pkcs8", fromBase64(v.key), { name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
const bytes = (s) => fromBase64(s.replaceAll("-", "+").replaceAll("_", "/"));
const mine = { privateKey, publicKey: toBase64(new Uint8Array([4, ...bytes(x), ...bytes(y)])) };
const opened = {};
for (const [name, c] of Object.entries(v.cases)) {
  opened[name] = await openSealed(mine, c.info, c.data).then((b) => new TextDecoder().decode(b), () => "refused");
}
console.log(JSON.stringify(opened));
