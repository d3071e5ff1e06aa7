// SPDX-License-Identifier: Apache-2.0

// Files that a page gives: a link with "download", a document that its script made. The browser keeps none. What can be printed is taken here,
// and shown by the companion; see given.go.

interface Leaving extends Event {
  destination: { url: string };
  downloadRequest: string | null;
}

const mostKept = 40; // documents made by the page that can be asked for
const made = new Map<string, Blob>(); // by address, as long as the page has them
let taken: Blob | null = null;

/** What the page gave last, once. */
export function givenFile(): Blob | null {
  const file = taken;
  taken = null;
  return file;
}

/** Takes what the page made for an address, when it is a document. */
export function takeMade(address: string, told: (address: string) => void): void {
  const file = made.get(address);
  if (!file || !isDocument(file)) return;
  taken = file;
  told("");
}

/** Has every file that this document gives told instead of downloaded: by its address, or by none when givenFile has it. */
export function takeFiles(listed: (address: string) => boolean, told: (address: string) => void): void {
  addEventListener("handrail-blob", (event) => {
    const [address, file] = ((event as CustomEvent).detail ?? []) as [unknown, unknown];
    if (typeof address !== "string") return;
    if (!(file instanceof Blob)) {
      window.setTimeout(() => made.delete(address), 5000); // pages let go of what they have just given
      return;
    }
    made.set(address, file);
    for (const oldest of made.keys()) if (made.size > mostKept) made.delete(oldest);
  });
  const navigation = (window as unknown as { navigation?: EventTarget }).navigation;
  navigation?.addEventListener("navigate", (event) => {
    const leaving = event as Leaving;
    const address = leaving.destination.url;
    const own = /^(blob|data):/i.test(address);
    const file = made.get(address);
    if (!leaving.cancelable || leaving.downloadRequest === null && !(file && isDocument(file))) return;
    if (!own && !listed(address)) return; // stopped elsewhere
    leaving.preventDefault();
    leaving.stopImmediatePropagation();
    if (!own) return told(address);
    const give = (held: Blob) => { taken = held; told(""); };
    if (file) return give(file);
    if (/^data:/i.test(address)) return give(decoded(address));
    // Made before this script was there, as it can be in a frame of another site: the page's rules say whether it can be read.
    fetch(address).then((answer) => answer.blob()).then(give, () => give(new Blob()));
  });
}

function isDocument(file: Blob): boolean {
  return file.type.split(";")[0]?.trim().toLowerCase() === "application/pdf";
}

/** What a data: address holds; nothing when it cannot be read. */
function decoded(address: string): Blob {
  const [, base64, body] = /^data:[^,]*?(;base64)?,(.*)$/is.exec(address) ?? [];
  try {
    const text = decodeURIComponent(body ?? "");
    return new Blob([base64 ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : text]);
  } catch {
    return new Blob();
  }
}
