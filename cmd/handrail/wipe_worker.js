// SPDX-License-Identifier: Apache-2.0
// The service worker of the page on which "handrail doctor wipe" plants values.
let kept = "";
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));
self.addEventListener("message", (e) => e.waitUntil((async () => {
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(e.data), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const sum = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode("service-worker")));
  const letters = [...sum.slice(0, 14)].map((b) => String.fromCharCode(97 + b % 26)).join("");
  kept = letters[0].toUpperCase() + letters.slice(1);
  e.source.postMessage(kept.length);
})()));
