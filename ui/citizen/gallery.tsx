// SPDX-License-Identifier: Apache-2.0

// The gallery: every screen of the citizen with invented data, for people who work on them.
//   ?view=companion&lang=ar      one screen; &large &contrast &long (words 40 % longer)
//   without view                 a list of them

import "./main.tsx";
import { size } from "./bridge.ts";
import { samples } from "./samples.ts";
import type { View } from "./view.ts";

const query = new URLSearchParams(location.search);
const lang = query.get("lang") ?? "en";
const all = samples(lang, size.value.w, size.value.h);

declare global { interface Window { handrailSamples?: { names: string[]; show: (name: string, lang: string) => void } } }
/** For judges that look at all of them without loading the page anew. */
window.handrailSamples = { names: Object.keys(all), show: (name, tag) => window.handrailShow(samples(tag, size.value.w, size.value.h)[name]!) };

const chosen = all[query.get("view") ?? ""];

if (chosen) {
  const v: View = { ...chosen, large: query.has("large"), contrast: query.has("contrast") };
  const service = v.service;
  if (service && v.large) Object.assign(service, { w: service.w - 160, x: service.x && service.x + 160 });
  if (service) {
    const page = document.createElement("div"); // where the third party's window would lie
    Object.assign(page.style, { position: "fixed", left: `${service.x}px`, top: `${service.y}px`, width: `${service.w}px`, height: `${service.h}px`,
      background: "#fff", zIndex: "3" });
    document.body.append(page);
  }
  window.handrailShow(query.has("long") ? (lengthen(v) as View) : v);
} else {
  const list = document.createElement("ul");
  for (const name of Object.keys(all)) {
    for (const tag of ["en", "fr", "de", "ar", "uk", "pt"]) {
      const a = document.createElement("a");
      a.href = `?view=${name}&lang=${tag}`;
      if (tag === "en") a.dataset.name = name;
      a.textContent = `${name} (${tag}) `;
      list.append(a);
    }
  }
  document.body.replaceChildren(list);
}

/** lengthen makes the view's sentences 40 % longer, as other languages do. */
function lengthen(value: unknown, key = ""): unknown {
  if (typeof value === "string" && /title|how|why|missing|term|text|gloss/.test(key)) return value + " " + value.slice(0, Math.ceil(value.length * 0.4));
  if (Array.isArray(value)) return value.map((each) => lengthen(each, key));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, each]) => [k, lengthen(each, k)]));
  return value;
}
