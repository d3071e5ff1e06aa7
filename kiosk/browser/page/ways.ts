// SPDX-License-Identifier: Apache-2.0

// The ways by which an element is reached: by tags from its root or from an id (the part of XPath that kiosk.plainXPath
// lets through, so that following it costs no more than the page is wide), through shadow roots, and through frames.

import type { Tree } from "./roots.ts";

/** The way to an element in its own document or shadow root, as XPath. It begins at the nearest id that looks like one of a person's. */
export function xpathOf(el: Element): string {
  let path = "";
  for (let at: Element | null = el; at; at = at.parentElement) {
    if (at.id && at.id.length <= 80 && !/\d{3,}|["'\\<>]/.test(at.id)) return `//*[@id="${at.id}"]${path}`;
    const tag = at.tagName;
    let n = 1, more = false;
    for (let b = at.previousElementSibling; b; b = b.previousElementSibling) if (b.tagName === tag) n++;
    for (let b = at.nextElementSibling; b && !more; b = b.nextElementSibling) more = b.tagName === tag;
    path = `/${tag.toLowerCase()}${n > 1 || more ? `[${n}]` : ""}${path}`;
    if (path.length > 390) return "";
  }
  return path;
}

/** A way taken to pieces, once: the id that it begins at, and the steps from there. */
export interface Way { id: string; steps: { tag: string; number: number }[] }

/** The pieces of a way; null when it is no such way. */
export function wayOf(xpath: string): Way | null {
  const parts = /^(?:\/\/\*\[@id=(?:"([^"]*)"|'([^']*)')\])?((?:\/[a-z][\w-]*(?:\[\d+\])?)*)$/.exec(xpath);
  if (!parts) return null;
  const steps = (parts[3] ?? "").split("/").slice(1).map((step) => {
    const [tag, number] = step.split(/[[\]]/);
    return { tag: tag as string, number: Number(number ?? 1) };
  });
  const id = parts[1] ?? parts[2] ?? "";
  return id === "" && steps.length === 0 ? null : { id, steps };
}

/** What stands at the end of a way in one root; null when there is nothing. */
export function follow(way: Way, root: Document | ShadowRoot): Element | null {
  let at: ParentNode | null = way.id === "" ? root : root.getElementById(way.id);
  for (const step of way.steps) {
    if (!at) return null;
    let left = step.number;
    let child: Element | null = at.firstElementChild;
    while (child && (child.localName !== step.tag || --left > 0)) child = child.nextElementSibling;
    at = child;
  }
  return at as Element | null;
}

/** Tags of the hosts of the shadow roots that a tree lies in, the outermost first; none of a document. */
export function shadowChain(tree: Tree): string[] {
  const chain: string[] = [];
  for (let host = (tree.root as ShadowRoot).host; host && chain.length < 8; host = (host.getRootNode() as ShadowRoot).host) {
    chain.unshift(host.localName);
  }
  return chain;
}

/** The origins of the frames that this document is in, from the page inwards, its own last. Frames of one origin in one another count as one. */
export function frameChain(): string[] {
  const chain: string[] = [];
  for (const origin of [...[...location.ancestorOrigins].reverse(), location.origin]) {
    if (chain.at(-1) !== origin) chain.push(origin);
  }
  return chain.slice(1);
}
