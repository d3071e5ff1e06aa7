// SPDX-License-Identifier: Apache-2.0

// Our own screens before and around a service: start, home, "erase and end?", "are you still here?", getting ready.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Header, Key, Note, Rich, w } from "../parts/citizen.tsx";
import { Finger, Icon, icon } from "../parts/icons.tsx";
import { t } from "../i18n/words.ts";
import { accept, send } from "./bridge.ts";
import { ErasedScreen } from "./drawings.tsx";
import type { View } from "./view.ts";

const languagePage = 9, servicePage = 6;

export function Start({ v }: { v: View }): JSX.Element {
  const all = v.start?.languages ?? [];
  const page = useSignal(0);
  const pages = all.length > languagePage ? Math.ceil(all.length / (languagePage - 1)) : 1;
  const shown = pages > 1 ? all.slice((page.value % pages) * (languagePage - 1), (page.value % pages) * (languagePage - 1) + languagePage - 1) : all;
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title with-finger"><Finger />{w("start.title")}</h1>
        <div class={`languages ${shown.length <= 2 ? "few" : shown.length <= 4 ? "some" : "many"}`}>
          {shown.map((l, i) => (
            <div key={l.lang} class="language" lang={l.lang} dir={l.dir}>
              <button type="button" class="key key-plain language-key" data-name={`lang-${l.lang}`} data-first={i === 0 ? "true" : undefined}
                onClick={() => accept() && send({ do: "language", lang: l.lang })}>
                <span class="greeting">{l.greeting}</span>
                <span class="endonym">{l.name}</span>
              </button>
              <button type="button" class="hear" data-name={`hear-${l.lang}`} aria-label={`${t(l.lang, "start.hear")}: ${l.name}`}
                onClick={() => accept() && send({ do: "hear", lang: l.lang })}>
                <Icon name="read" size={36} />
              </button>
            </div>
          ))}
          {pages > 1 && (
            <button type="button" class="key key-plain turn" data-name="more-languages" aria-label={w("start.title")} onClick={() => accept() && page.value++}>
              <Icon name="language" size={44} /><Icon name="next" size={44} />
            </button>
          )}
        </div>
      </main>
    </>
  );
}

export function Home({ v }: { v: View }): JSX.Element {
  const all = v.home?.services ?? [];
  const page = useSignal(0);
  const turns = all.length > servicePage;
  const each = servicePage - 1;
  const from = turns ? (page.value % Math.ceil(all.length / each)) * each : 0;
  const shown = turns ? all.slice(from, from + each) : all;
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w("home.title")}</h1>
        <div class="home" data-count={Math.min(all.length, 4)}>
          <div class="services">
            {shown.map((s, i) => (
              <Key key={s.id} name={`service-${s.id}`} does={{ do: "service", id: s.id }} class="tile" first={i === 0}>
                <span class="tile-icon"><Icon name={icon(s.icon)} size={44} /></span>
                <span class="tile-words">
                  <span class="tile-word">{s.name}</span>
                  {s.term && <span class="tile-gloss"><bdi>{s.term}</bdi></span>}
                </span>
              </Key>
            ))}
            {turns && (
              <button type="button" class="key key-plain tile" data-name="more-services" onClick={() => accept() && page.value++}>
                <span class="tile-icon"><Icon name="more" size={44} /></span>
                <span class="tile-words"><span class="tile-word">{w("home.more")}</span></span>
              </button>
            )}
            {all.length === 0 && <p class="lead home-none">{w("home.none")}</p>}
          </div>
          <div class="doors">
            <Key name="ask-person" does={{ do: "help" }} look="amber" class="tile door">
              <span class="tile-icon"><Icon name="people" size={44} /></span>
              <span class="tile-words">
                <span class="tile-word">{w("home.ask")}</span>
                <span class="tile-gloss">{w("home.ask.gloss")}</span>
              </span>
            </Key>
          </div>
        </div>
      </main>
    </>
  );
}

export function ConfirmEnd(): JSX.Element {
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w("confirm.title")}</h1>
        <div class="confirm">
          <div class="panel soft"><ErasedScreen state="full" /></div>
          <div class="confirm-words">
            <Note icon="erase">{w("confirm.erased")}</Note>
            <Note icon="yes" kind="good">{w("confirm.sent")}</Note>
          </div>
        </div>
        <div class="pair tall">
          <Key name="end-no" does={{ do: "end-no" }} icon="back" words={w("confirm.no")} />
          <Key name="end-yes" does={{ do: "end-yes" }} look="primary" icon="erase" words={w("confirm.yes")} first />
        </div>
      </main>
    </>
  );
}

/** Idle counts in steps of five seconds; the rail empties towards the start. */
export function Idle({ v }: { v: View }): JSX.Element {
  const left = Math.max(0, Math.ceil((v.idle?.seconds ?? 0) / 5) * 5);
  const total = Math.max(10, left / 5);
  const marks = Array.from({ length: total }, (_, i) => i + 1);
  return (
    <>
      <Header tools={false} />
      <main class="content column">
        <h1 class="title">{w("idle.title")}</h1>
        <p class="lead"><Rich words="idle.text" arg="time" value={w("idle.seconds", { count: left })} /></p>
        <div class="clock" aria-hidden="true">
          <span class="clock-line" />
          <span class="clock-left" style={{ inlineSize: `${((left / 5 - 0.5) / total) * 100}%` }} />
          {marks.map((n) => (
            <span key={n} class={`clock-mark ${n * 5 === left ? "now" : n * 5 < left ? "left" : "gone"}`}
              style={{ insetInlineStart: `${((n - 0.5) / total) * 100}%` }}>
              {n * 5 === left ? left : ""}
            </span>
          ))}
        </div>
        <Key name="extend" does={{ do: "extend" }} look="primary" class="huge" icon="point" words={w("idle.key")} always first />
        <Note icon="time">{w("idle.note")}</Note>
      </main>
    </>
  );
}

export function Ready(): JSX.Element {
  return (
    <>
      <Header tools={false} />
      <main class="content column centred">
        <h1 class="title">{w("ready.title")}</h1>
        <p class="lead">{w("ready.text")}</p>
      </main>
    </>
  );
}
