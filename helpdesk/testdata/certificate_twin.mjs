// SPDX-License-Identifier: Apache-2.0

// Run by TestPageChecksTheTerminal: asks certificate.ts about each case and prints what it said.
import { readFileSync } from "node:fs";
import { checkTerminal, fingerprint } from "./certificate.mjs";
import { fromBase64 } from "./seal.mjs";

const v = JSON.parse(readFileSync(process.argv[2], "utf8"));
const said = {};
for (const [name, c] of Object.entries(v.cases)) {
  said[name] = await checkTerminal(c.request, fromBase64(c.ca), c.now || undefined).then(() => "", (e) => e.message || "refused");
}
console.log(JSON.stringify({ said, fingerprint: await fingerprint(fromBase64(v.ca)) }));
