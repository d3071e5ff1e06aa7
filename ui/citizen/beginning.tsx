// SPDX-License-Identifier: Apache-2.0

// What comes before a service: how much help the citizen wants, and what they will need. Both can be passed with one touch.

import type { JSX } from "preact";
import { Header, Key, Note, w } from "../parts/citizen.tsx";
import { Icon, icon } from "../parts/icons.tsx";
import { accept, send } from "./bridge.ts";
import { LevelStairs } from "./drawings.tsx";
import type { Level, Readiness, View } from "./view.ts";

export const levels: Level[] = ["with-me", "guide-me", "i-try"];

export function LevelScreen({ v }: { v: View }): JSX.Element {
  const first = v.level ?? "with-me";
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w("level.title")}</h1>
        <div class="levels">
          {levels.map((level) => (
            <button key={level} type="button" class="key key-plain level" data-name={`level-${level}`} data-first={level === first ? "true" : undefined}
              data-gentle={level === first ? "true" : undefined} aria-current={v.level === level ? "true" : undefined}
              onClick={() => accept() && send({ do: "level", level })}>
              {level === "with-me" && !v.level && <span class="level-first">{w("level.first")}</span>}
              {v.level === level && <span class="level-first now"><Icon name="yes" size={28} /></span>}
              <LevelStairs level={level} rtl={v.dir === "rtl"} />
              <span class="level-words">
                <span class="level-word">{w(`level.${level}`)}</span>
                <span class="level-gloss">{w(`level.${level}.gloss`)}</span>
              </span>
            </button>
          ))}
        </div>
        <Note icon="again">{w("level.note")}</Note>
      </main>
    </>
  );
}

export function ReadinessScreen({ r }: { r: Readiness }): JSX.Element {
  const n = r.needs.length + r.needs.filter((need) => need.have === "no").length * 0.9; // rows, and the exits under them
  return (
    <>
      <Header tools />
      <main class="content">
        <h1 class="title">{w("readiness.title")}</h1>
        <div class="two readiness">
          <ul class={n > 4.6 ? "needs close" : "needs"}>
            {r.needs.map((need) => (
              <li key={need.id} class="need">
                <div class="need-row">
                  <Icon name={icon(need.icon)} size={44} />
                  <span class="need-words"><b>{need.title}</b><span>{need.gloss}</span></span>
                  <span class="need-keys">
                    <Key name={`have-${need.id}`} class="small" look={need.have === "yes" ? "chosen" : "plain"} pressed={need.have === "yes"} icon="yes"
                      does={{ do: "have", id: need.id, on: true }} words={w("readiness.have")} />
                    <Key name={`lack-${need.id}`} class="small" look={need.have === "no" ? "ink" : "plain"} pressed={need.have === "no"} icon="no"
                      does={{ do: "have", id: need.id, on: false }} words={w("readiness.lack")} />
                  </span>
                </div>
                {need.have === "no" && <p class="need-exit"><Icon name="next" /><span>{need.without}</span></p>}
              </li>
            ))}
          </ul>
          <div class="readiness-side">
            <h2 class="readiness-name">{r.name}</h2>
            {r.term && !r.asked && <p><bdi>{r.term}</bdi></p>}
            {r.minutes && !r.asked ? <Note icon="time">{w("readiness.minutes", { count: r.minutes })}</Note> : null}
            {!r.asked && <Note icon="private">{w("readiness.kept")}</Note>}
            {r.paper === "out" && <Note icon="yes" kind="good">{w("readiness.printed")}</Note>}
            {r.paper === "failed" && <Note icon="problem" kind="bad">{w("end.no-paper")}</Note>}
            <div class="stack">
              {r.asked && <p class="readiness-ask" role="status">{w("readiness.ask")}</p>}
              <Key name="print" does={{ do: "print" }} icon="print" words={w(r.paper === "printing" ? "end.printing" : "readiness.print")} resting={r.paper === "printing"} />
              <Key name="begin" does={{ do: "begin" }} look="primary" after="next" words={w("readiness.start")} first />
            </div>
          </div>
        </div>
      </main>
    </>
  );
}
