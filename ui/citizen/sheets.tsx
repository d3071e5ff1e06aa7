// SPDX-License-Identifier: Apache-2.0

// What a service wants on whole pages: seen first, with number and price, and printed when the person says so. What is in
// the pictures is the person's own; it is here while this screen is.

import { useEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { accept, send } from "./bridge.ts";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { Icon, stateIcon } from "../parts/icons.tsx";
import { PaperSlot } from "./drawings.tsx";
import type * as pdf from "./pdf.ts";
import type { Sheets, View } from "./view.ts";

const reader = "./citizen-pdf.js"; // not a constant of the bundle: it stays where it is until it is needed

async function open(src: string): Promise<pdf.Sheets> {
  const { read } = (await import(reader)) as typeof pdf;
  const data = await (await fetch(src, { cache: "no-store" })).arrayBuffer();
  return read(new Uint8Array(data));
}

/** useSheets reads a PDF and says how many sheets it has; none: it is not read yet, or cannot be. */
function useSheets(src: string | undefined): pdf.Sheets | undefined {
  const [sheets, set] = useState<pdf.Sheets>();
  useEffect(() => {
    if (!src) return;
    let now: pdf.Sheets | undefined;
    let gone = false;
    open(src).then((read) => {
      now = read;
      if (gone) return read.close();
      set(read);
    }, () => send({ do: "sheets-seen", id: src, n: 0 }));
    return () => { gone = true; now?.close(); set(undefined); };
  }, [src]);
  return sheets;
}

const width = 276; // of a picture, CSS px

/** Picture shows one sheet at a time. The first one that is drawn is told, with how many there are. */
function Picture({ src }: { src: string | undefined }): JSX.Element {
  const sheets = useSheets(src);
  const [n, turn] = useState(1);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!sheets || !canvas.current) return;
    sheets.draw(n, canvas.current, width).then(() => n === 1 && src && send({ do: "sheets-seen", id: src, n: sheets.n }), () => src && send({ do: "sheets-seen", id: src, n: 0 }));
  }, [sheets, n]);
  const many = sheets !== undefined && sheets.n > 1;
  const key = (name: string, icon: "back" | "next", to: number, word: string) => (
    <button type="button" class="key key-plain sheet-turn" data-name={name} aria-label={word} aria-disabled={to < 1 || to > (sheets?.n ?? 1) ? "true" : undefined}
      onClick={() => accept() && sheets && to >= 1 && to <= sheets.n && turn(to)}><Icon name={icon} size={30} /></button>
  );
  return (
    <div class="sheet-side">
      <div class="sheet"><canvas ref={canvas} aria-hidden="true" /></div>
      {many && (
        <div class="sheet-place">
          {key("sheet-before", "back", n - 1, w("bar.back"))}
          <span>{w("sheets.place", { n, total: sheets.n })}</span>
          {key("sheet-after", "next", n + 1, w("companion.next"))}
        </div>
      )}
    </div>
  );
}

function money(lang: string, price: NonNullable<Sheets["price"]>): string {
  return new Intl.NumberFormat(`${lang}-u-nu-latn`, { style: "currency", currency: price.currency }).format(price.amount);
}

export function SheetsScreen({ v, s }: { v: View; s: Sheets }): JSX.Element {
  const making = s.state === "making", ready = s.state === "ready", failed = s.state.startsWith("printer.");
  if (!making && !ready && !failed) return <SheetsSaid v={v} s={s} />;
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w(failed ? "failure.printer.title" : ready ? "sheets.title" : "sheets.making.title")}</h1>
        <div class="sheets">
          <Picture src={s.src} />
          <div class="sheet-words">
            {making && <p class="lead">{w("sheets.making")}</p>}
            {failed && <Note icon={stateIcon(s.state)} kind="bad">{w(`state.${s.state}`)}</Note>}
            {!making && <p class="sheet-count"><b>{w("sheets.count", { count: s.n })}</b></p>}
            {!making && <Note icon="bank">{s.price ? w("sheets.price", { price: money(v.lang, s.price) }) : w("sheets.free")}</Note>}
            {ready && <Note icon="private">{w("print.yours")}</Note>}
            {ready && <Note icon="erase">{w("print.forgotten")}</Note>}
            <div class="pair tall sheet-keys">
              <Key name="print-no" does={{ do: "print-no" }} icon="back" words={w("sheets.no")} first={making} />
              {!making && <Key name="print-yes" does={{ do: "print-yes" }} look="primary" icon="print" words={w(failed ? "sheets.again" : "sheets.yes")} first />}
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

/** SheetsSaid is how it went, or why there is nothing to see. */
function SheetsSaid({ v, s }: { v: View; s: Sheets }): JSX.Element {
  const printing = s.state === "printing", out = s.state === "out";
  const slip = s.where;
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w(title[s.state] ?? "sheets.broken.title")}</h1>
        <div class="confirm">
          <div class="panel soft"><PaperSlot arrow={out || slip?.state === "out"} bad={!printing && !out && slip?.state !== "out"} rtl={v.dir === "rtl"} /></div>
          <div class="confirm-words">
            <p class="lead">{w(words[s.state] ?? "sheets.broken", { count: s.n })}</p>
            {printing && s.stop && <Note icon={stateIcon(s.stop)} kind="bad">{w(`state.${s.stop}`)}</Note>}
            {printing && s.price && <Note icon="bank">{w("sheets.price", { price: money(v.lang, s.price) })}</Note>}
            {out && s.price && <Note icon="bank">{w("sheets.price", { price: money(v.lang, s.price) })}</Note>}
            {slip?.state === "printing" && <Note icon="print">{w("end.printing")}</Note>}
            {slip?.state === "out" && <Note icon="yes" kind="good">{w("sheets.where.out")}</Note>}
            {slip?.state.startsWith("printer.") && <Note icon={stateIcon(slip.state)} kind="bad">{w(`state.${slip.state}`)}</Note>}
          </div>
        </div>
        <div class="pair tall">
          {slip && slip.state !== "out" && <Key name="where" does={{ do: "where" }} icon="ticket" words={w("sheets.where")} resting={slip.state === "printing"} />}
          <Key name="print-no" does={{ do: "print-no" }} look={printing ? "plain" : "primary"} icon={printing ? "stop" : "back"} words={w(printing ? "sheets.stop" : "sheets.back")} first={!printing} />
        </div>
      </main>
    </>
  );
}

const title: Record<string, string> = { printing: "sheets.printing.title", out: "sheets.out.title", none: "sheets.none.title", broken: "sheets.broken.title", many: "sheets.many.title" };
const words: Record<string, string> = { printing: "sheets.printing", out: "sheets.out", none: "sheets.none", broken: "sheets.broken", many: "sheets.many" };
