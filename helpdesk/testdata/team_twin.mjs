// SPDX-License-Identifier: Apache-2.0

// Run by TestPageKeepsTeamKeys: what a page does with keys, against what Go does.
import { readFileSync } from "node:fs";
import { fromBase64, toBase64 } from "./seal.mjs";
import { newKept, newTeam, openKept, openTeam, sealTeam } from "./team-key.mjs";

const q = JSON.parse(readFileSync(process.argv[2], "utf8"));
const member = { publicKey: q.memberKey, privateKey: await crypto.subtle.importKey("pkcs8", fromBase64(q.member), { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]) };
const wrapping = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
const spoilt = (s) => { const b = fromBase64(s); b[b.length - 1] ^= 1; return toBase64(b); };
const said = {};
const refused = async (name, f) => { said[name] = await f().then(() => "done", () => "refused"); };

const team = await newTeam();
const passed = await sealTeam(team, "pt-BR", q.ours);
const theirs = await openTeam(member, "pt-BR", q.team, q.copy);
const again = await sealTeam(theirs, "pt-BR", q.ours);

const wrap = await wrapping();
const { key, wrapped } = await newKept(wrap);
const back = await openKept(wrap, key.publicKey, wrapped);
const mine = await sealTeam(team, "ar", key.publicKey);
said.unwrapped = (await openTeam(back, "ar", team.publicKey, mine)).publicKey === team.publicKey ? "same" : "another";
await refused("kept leaves the page", () => crypto.subtle.exportKey("pkcs8", back.privateKey));
await refused("another wrap", async () => openKept(await wrapping(), key.publicKey, wrapped));
await refused("wrapped for another key", () => openKept(wrap, q.ours, wrapped));
await refused("wrapped, changed", () => openKept(wrap, key.publicKey, spoilt(wrapped)));
await refused("another language", () => openTeam(member, "ar", q.team, q.copy));
await refused("another member", () => openTeam(back, "pt-BR", q.team, q.copy));
await refused("copy, changed", () => openTeam(member, "pt-BR", q.team, spoilt(q.copy)));
await refused("another team's copy", () => openTeam(member, "pt-BR", team.publicKey, q.copy));
await refused("no point", () => sealTeam(team, "ar", toBase64(new Uint8Array(65))));
console.log(JSON.stringify({ team: team.publicKey, passed, again, said }));
