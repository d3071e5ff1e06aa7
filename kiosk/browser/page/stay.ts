// SPDX-License-Identifier: Apache-2.0

// Keeps the window where the citizen's form is. A page that leads away from the service is stopped before it does, so that
// nothing written is lost; the walls behind (policy, egress proxy) would stop it too, but only with a page of their own in
// place of the form.

interface Leaving extends Event {
  destination: { url: string };
  downloadRequest: string | null;
  navigationType: string;
}

const usualPort: Record<string, string> = { "http:": "80", "https:": "443" };

/** Stops every way of this page to a place that is not on the list of host:port; an empty list stops nothing. */
export function stay(hosts: () => string[], stopped: () => void): void {
  const navigation = (window as unknown as { navigation?: EventTarget }).navigation;
  navigation?.addEventListener("navigate", (event) => {
    const leaving = event as Leaving;
    const list = hosts();
    if (list.length === 0 || !leaving.cancelable || leaving.navigationType === "traverse") return;
    if (listed(leaving.destination.url, list)) return;
    leaving.preventDefault();
    leaving.stopImmediatePropagation();
    stopped();
  });
}

/**
 * Links, pictures and words are not dragged away: a hand that trembles while it touches a link still touches it. What a page itself made
 * to be dragged is left to the worker, which ends it.
 */
export function stayPut(): void {
  addEventListener("dragstart", (event) => {
    const from = event.target as Element | Text;
    const el = from instanceof Element ? from : from.parentElement;
    if (!el?.closest("[draggable=true]")) event.preventDefault();
  }, { capture: true });
}

/** Hides what a plugin would show. There is none: in its place the browser puts a box of its own with a key that does nothing. */
export function withoutPlugins(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("embed, object:not([type^='image/']) { visibility: hidden !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** Whether an address is on a list of host:port. */
export function listed(address: string, hosts: string[]): boolean {
  let url: URL;
  try { url = new URL(address); } catch { return false; }
  const port = url.port || usualPort[url.protocol];
  return port !== undefined && usualPort[url.protocol] !== undefined && hosts.includes(url.hostname.toLowerCase() + ":" + port);
}
