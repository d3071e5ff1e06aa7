// SPDX-License-Identifier: Apache-2.0

// The keyboard on the screen. Each key sends one letter to the worker, which writes it into the page's box; none sends a
// modifier, so none can be an accelerator. The companion beside it shows large what stands in the box.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { Key, w } from "../parts/citizen.tsx";
import { Icon } from "../parts/icons.tsx";
import { accept, send } from "./bridge.ts";
import { accents, digits, layoutFor, layouts, marks, marksArabic } from "./layouts.ts";
import type { Keys, Rail, View } from "./view.ts";

const chosen = signal("");
const showMarks = signal(false);
const capital = signal(false);
/** Letters that a long touch offers, in the place of the digits. */
const offered = signal("");
const shown = signal(false);

const holdFor = 450; // ms

/** reset is what a box that the citizen comes to begins with. */
function reset(): void {
  chosen.value = "";
  showMarks.value = capital.value = shown.value = false;
  offered.value = "";
}

function write(letter: string): void {
  send({ do: "key", what: "letter", text: capital.value ? letter.toLocaleUpperCase() : letter });
  capital.value = false;
  offered.value = "";
}

function Letter({ letter }: { letter: string }): JSX.Element {
  const timer = useRef(0);
  const held = useRef(false);
  const shape = capital.value ? letter.toLocaleUpperCase() : letter;
  const more = accents[letter];
  const down = () => {
    held.current = false;
    if (more) timer.current = window.setTimeout(() => { held.current = true; offered.value = more; }, holdFor);
  };
  const up = () => clearTimeout(timer.current);
  return (
    <button type="button" class="letter" data-name={`key-${letter}`} onPointerDown={down} onPointerUp={up} onPointerLeave={up} onPointerCancel={up}
      onClick={() => { if (accept() && !held.current) write(letter); }}>
      {shape === " " ? w("keys.space") : <bdi>{/\p{M}/u.test(shape) ? `ـ${shape}` : shape}</bdi>}
    </button>
  );
}

const split = (row: string) => row.split(" ").filter(Boolean);

export function Keyboard({ v, k }: { v: View; k: Keys }): JSX.Element {
  useEffect(() => reset, []);
  const first = k.kind === "text" || k.kind === "number" ? layoutFor(k.lang) : layouts[layoutFor(k.lang)]?.dir === "rtl" ? "en" : layoutFor(k.lang);
  const own = layoutFor(v.lang);
  const now = chosen.value || first;
  const layout = layouts[now]!;
  // The key that changes over goes between the page's language and the citizen's, and English last.
  const round = [...new Set([first, own, "en"])];
  const next = round[(round.indexOf(now) + 1) % round.length]!;
  const numbers = k.kind === "number" && chosen.value === "";
  const rows = numbers ? ["", "", ""] : showMarks.value ? (layout.dir === "rtl" ? marksArabic : marks) : layout.rows;
  return (
    <section class="keyboard" dir={layout.dir} lang={now} data-name="keyboard" data-kind={numbers ? "number" : now} style={{ top: `${k.top}px` }} aria-label={w("keys.label")}>
      <div class="keys-row">
        {split(offered.value || digits).map((x) => <Letter key={x} letter={x} />)}
        <Fn name="key-erase" icon="backspace" words={w("keys.erase")} act={() => send({ do: "key", what: "erase", text: "" })} wide />
      </div>
      {numbers
        ? <div class="keys-row">{split("+ - . , / ( )").map((x) => <Letter key={x} letter={x} />)}</div>
        : rows.map((row, i) => (
          <div class="keys-row" key={i} data-row={i + 1}>
            {i === 2 && layout.capitals && !showMarks.value && (
              <Fn name="key-capital" icon="shift" words={w("keys.capital")} pressed={capital.value} act={() => { capital.value = !capital.value; }} wide />)}
            {split(row).map((x) => <Letter key={x} letter={x} />)}
          </div>))}
      <div class="keys-row last">
        {(numbers || next !== now) && <Fn name="key-language" icon="language" words={numbers ? "abc" : layouts[next]!.name} wide
          lang={numbers ? "en" : next} act={() => { chosen.value = numbers ? (first) : next; showMarks.value = false; }} />}
        {!numbers && <Fn name="key-marks" words={showMarks.value ? split(layout.rows[0]).slice(0, 3).join(" ") : layout.dir === "rtl" ? "؟ ، @" : "@ / ?"} act={() => { showMarks.value = !showMarks.value; }} />}
        <button type="button" class="letter space" data-name="key-space" onClick={() => { if (accept()) write(" "); }}>{w("keys.space")}</button>
        <Key name="key-done" class="key-done" look="primary" does={{ do: "key", what: "done", text: "" }} icon="yes" words={w("keys.done")} />
      </div>
    </section>
  );
}

function Fn(p: { name: string; words: string; icon?: "backspace" | "shift" | "language"; pressed?: boolean; wide?: boolean; lang?: string; act: () => void }): JSX.Element {
  return (
    <button type="button" class={`letter fn ${p.wide ? "wide" : ""}`} data-name={p.name} aria-pressed={p.pressed} lang={p.lang} onClick={() => { if (accept()) p.act(); }}>
      {p.icon && <Icon name={p.icon} size={30} />}<span>{p.words}</span>
    </button>
  );
}

/** Echo shows large what is written. Of a secret box only how much, unless the citizen holds the key that shows it. */
export function Echo({ v, k, rail }: { v: View; k: Keys; rail: Rail | undefined }): JSX.Element {
  const end = useRef<HTMLSpanElement>(null);
  useEffect(() => { end.current?.scrollIntoView({ block: "nearest", inline: "end" }); }, [k.echo, k.length]);
  const dir = layouts[layoutFor(k.lang)]?.dir ?? "ltr";
  return (
    <main class="side echo-side" style={{ blockSize: `${k.top}px` }}>
      <p class="side-head">{rail ? w("companion.step", { index: rail.index, total: rail.total }) : "Handrail"}</p>
      <h1 class="side-title">{v.step?.title}</h1>
      <p class="echo" data-name="echo" data-length={k.length}>
        <bdi dir="auto" class={k.echo ? undefined : dir}>{k.secret ? "•".repeat(Math.min(24, k.length)) : k.echo}</bdi><span class="caret" ref={end} />
      </p>
    </main>
  );
}
