// SPDX-License-Identifier: Apache-2.0

// The trees that a page is made of: its document, the open shadow roots in it, closed ones that the worker handed in, and
// the documents of its frames of the same origin. A frame of another origin has a script of its own.

/** One tree, and where it lies: the frame element chain from the top of this script's document. */
export interface Tree { root: Document | ShadowRoot; frames: HTMLIFrameElement[]; shadow: boolean }

/** Elements looked through for shadow roots and frames; a page with more is looked at no deeper. */
const mostElements = 40000;
const mostTrees = 200;

declare global {
  // eslint-disable-next-line no-var
  var handrailClosed: WeakMap<Element, ShadowRoot> | undefined;
}

// All scripts of this world share them.
const closed = (globalThis.handrailClosed ??= new WeakMap<Element, ShadowRoot>());

/** Takes a closed shadow root that the worker resolved into this world. */
export function adopt(root: ShadowRoot): void { closed.set(root.host, root); }

/** The shadow root of an element, open or handed in. */
export function shadowOf(el: Element): ShadowRoot | null { return el.shadowRoot ?? closed.get(el) ?? null; }

/** All trees in document order; a tree comes after its host's tree. */
export function treesOf(top: Document): Tree[] {
  const trees: Tree[] = [{ root: top, frames: [], shadow: false }];
  let left = mostElements;
  for (let i = 0; i < trees.length && left > 0; i++) {
    const tree = trees[i] as Tree;
    for (const el of tree.root.querySelectorAll("*")) {
      if (--left < 0 || trees.length >= mostTrees) break;
      const shadow = shadowOf(el);
      if (shadow) trees.push({ root: shadow, frames: tree.frames, shadow: true });
      else if (el.localName === "iframe" || el.localName === "frame") {
        const inner = documentOf(el as HTMLIFrameElement);
        if (inner?.documentElement) trees.push({ root: inner, frames: [...tree.frames, el as HTMLIFrameElement], shadow: false });
      }
    }
  }
  return trees;
}

/** The document in a frame of the same origin; null of another's. */
export function documentOf(frame: HTMLIFrameElement): Document | null {
  try { return frame.contentDocument; } catch { return null; }
}

/** Elements that may have a closed shadow root: they show something, and nothing of it is theirs. */
export function hostsOf(trees: Tree[]): Element[] {
  const found: Element[] = [];
  for (const { root } of trees) {
    for (const el of root.querySelectorAll("*")) {
      if (found.length >= 100) return found;
      const custom = el.tagName.includes("-");
      if (!custom && !(/^(DIV|SPAN|SECTION|ARTICLE|MAIN|ASIDE|P|HEADER|FOOTER|NAV)$/.test(el.tagName) && el.firstElementChild === null)) continue;
      if (asked.has(el) || shadowOf(el) || el.hasAttribute("popover")) continue;
      if (!custom && (el.firstChild !== null || (el as HTMLElement).offsetHeight === 0)) continue;
      asked.add(el);
      found.push(el);
    }
  }
  return found;
}

const asked = new WeakSet<Element>();

/** How far an element's own viewport is from this script's: the frames of the same origin that it lies in. */
export function offsetOf(el: Element): { x: number; y: number } {
  let x = 0, y = 0;
  for (let view = el.ownerDocument.defaultView; view && view !== window; ) {
    let frame: Element | null = null;
    try { frame = view.frameElement; } catch { break; }
    if (!frame) break;
    const r = frame.getBoundingClientRect();
    x += r.left + frame.clientLeft; y += r.top + frame.clientTop;
    view = frame.ownerDocument.defaultView;
  }
  return { x, y };
}

/** An element's box in this script's viewport. */
export function rectOf(el: Element): DOMRect {
  const r = el.getBoundingClientRect();
  if (el.ownerDocument === document) return r;
  const o = offsetOf(el);
  return new DOMRect(r.x + o.x, r.y + o.y, r.width, r.height);
}
