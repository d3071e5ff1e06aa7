// SPDX-License-Identifier: Apache-2.0

// The yardstick: what a browser's recorder keeps of a control (its role and name where they were unique, a CSS path, an
// XPath, its text) and how a replay finds it again: the first of them that hits something.

import { clean, nameOf, roleOf, words } from "./names.ts";

export interface Selectors { aria: string; role: string; css: string; xpath: string; text: string }

const all = "input,select,textarea,button,a[href],summary,[role]";

export function selectorsOf(el: Element): Selectors {
  const role = roleOf(el), name = nameOf(el);
  const same = name === "" ? 0 : [...document.querySelectorAll(all)].filter((e) => roleOf(e) === role && nameOf(e) === name).length;
  return { role, aria: same === 1 ? name : "", css: cssOf(el), xpath: xpathOf(el), text: /^(A|BUTTON)$/.test(el.tagName) ? words(el) : "" };
}

export function found(s: Selectors): Element | null {
  if (s.aria) for (const el of document.querySelectorAll(all)) if (roleOf(el) === s.role && nameOf(el) === s.aria) return el;
  try {
    const el = document.querySelector(s.css);
    if (el) return el;
  } catch { /* an id that is no selector */ }
  const hit = document.evaluate(s.xpath, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
  if (hit) return hit as Element;
  if (s.text) for (const el of document.querySelectorAll("a,button,span,p,div,label")) if (clean(el.textContent).includes(s.text)) return el;
  return null;
}

/** An id when there is a unique one, else the shortest path that hits the control alone. */
function cssOf(el: Element): string {
  let path = "";
  for (let at: Element | null = el; at; at = at.parentElement) {
    const step = at.id && document.querySelectorAll("#" + CSS.escape(at.id)).length === 1 ? "#" + CSS.escape(at.id) : stepOf(at);
    path = path ? `${step} > ${path}` : step;
    try { if (document.querySelectorAll(path).length === 1) return path; } catch { return path; }
  }
  return path;
}

function stepOf(el: Element): string {
  const tag = el.tagName.toLowerCase();
  const first = el.classList[0];
  if (first) return `${tag}.${CSS.escape(first)}`;
  let n = 1;
  for (let b = el.previousElementSibling; b; b = b.previousElementSibling) if (b.tagName === el.tagName) n++;
  return `${tag}:nth-of-type(${n})`;
}

function xpathOf(el: Element): string {
  if (el.id) return `//*[@id=${JSON.stringify(el.id)}]`;
  let path = "";
  for (let at: Element | null = el; at; at = at.parentElement) {
    let n = 1;
    for (let b = at.previousElementSibling; b; b = b.previousElementSibling) if (b.tagName === at.tagName) n++;
    path = `/${at.tagName.toLowerCase()}[${n}]${path}`;
  }
  return path;
}
