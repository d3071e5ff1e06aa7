// SPDX-License-Identifier: Apache-2.0

// Is everything all right, and if not, what is to be done, where and why.

import { Icon, type IconName } from "../parts/desk-icons";
import { Numbers } from "../parts/bells";
import { LinkButton } from "../parts/desk-parts";
import { clock, dateOf, known, lang, languageName, list, t } from "../parts/desk-words";
import { answerBell, desk, overview } from "./api";
import type { Overview, Site, TerminalState, Todo } from "./protocol";
import { sayTerminal } from "./say";

export function OverviewPage() {
  const o = overview.value;
  if (!o) return <main><h1>{t("admin.opening")}</h1></main>;
  return (
    <main>
      <div class="page-head">
        <div>
          <h1 data-name="overview-title" data-level={o.level}>{t(`level.${o.level}`)}</h1>
          <p class="under">{summary(o)}</p>
        </div>
        <LinkButton name="enrol" href="#/enrol" icon="plus" look="primary">{t("enrol.start")}</LinkButton>
      </div>
      <div class="two">
        <div>
          <h2>{t("todo.title")}</h2>
          {o.todo.length === 0
            ? <p class="raised nothing">{t("todo.none")}</p>
            : <ul class="raised todo">{o.todo.map((x, i) => <Do todo={x} key={`${x.terminal}${x.icon}${i}`} />)}</ul>}
          <h2 class="fine-title">{t("fine.title")}</h2>
          <Fine overview={o} />
          <Numbers list={desk.value?.bells ?? []} settled={(id) => void answerBell(id, "settled")} />
        </div>
        <div>
          <h2>{t("sites.title")}</h2>
          {o.sites.length === 0
            ? <p class="card nothing">{t("sites.none")}</p>
            : <ul class="card sites">{o.sites.map((s) => <OneSite site={s} key={s.place} />)}</ul>}
          {o.sites.length > 0 && <p class="legend label">
            {(["works", "part", "silent"] as const).map((s) => <span key={s}><TerminalDot state={s} />{t(`state.${s}`)}</span>)}
          </p>}
        </div>
      </div>
    </main>
  );
}

/** summary counts what there is, in the console's language; the hub's own sentence is English. */
function summary(o: Overview): string {
  const total = o.terminals.length;
  if (total === 0) return t("summary.none");
  const count = (s: TerminalState) => o.terminals.filter((x) => x.state === s).length;
  const parts = [t("summary.works", { works: count("works"), count: total })];
  if (count("part")) parts.push(t("summary.part", { count: count("part") }));
  if (count("silent")) parts.push(t("summary.silent", { count: count("silent") }));
  const people = o.todo.filter((x) => x.urgency !== "note").length;
  const need = people ? t("summary.need", { count: people }) : "";
  return `${list(parts)}. ${need}`.trim();
}

const todoIcons: Record<string, IconName> = { printer: "printer", reader: "card", card: "card", plug: "plug", words: "shield", lock: "lock", wrench: "chip", sound: "speak" };

function Do({ todo: x }: { todo: Todo }) {
  const look = x.icon === "plug" ? "bad" : x.urgency === "note" || x.icon === "words" ? "note" : "attention";
  const page = x.icon === "words" ? "#/enrol" : `#/terminal/${encodeURIComponent(x.terminal)}`;
  return (
    <li>
      <a href={page} data-name="todo" data-icon={x.icon} data-urgency={x.urgency}>
        <span class={`todo-icon ${look}`}><Icon name={todoIcons[x.icon] ?? "warning"} /></span>
        <span class="todo-what" dir="auto"><span class="strong">{what(x)}</span><br /><span class="label">{[x.place && `${x.place}.`, why(x)].filter(Boolean).join(" ")}</span></span>
        <span class="label since">{t("todo.since", { time: clock(x.since) })}</span>
        <Icon name="chevron" size={18} />
      </a>
    </li>
  );
}

/** what and why are the hub's English sentences, or our own words for the same in another language. */
function what(x: Todo): string {
  const name = nameOf(x.terminal);
  return lang.value === "en" || !name ? x.what : known(`todo.what.${x.icon}`, { name }) ?? x.what;
}
function why(x: Todo): string {
  const terminal = overview.value?.terminals.find((y) => y.id === x.terminal);
  return lang.value === "en" || !terminal ? x.why : sayTerminal(terminal);
}
function nameOf(id: string): string {
  return overview.value?.terminals.find((y) => y.id === id)?.name ?? "";
}

function Fine({ overview: o }: { overview: Overview }) {
  const d = desk.value;
  const icons: Record<string, IconName> = { erase: "erase", lock: "lock", phone: "phone", card: "card", id: "chip", printer: "printer" };
  return (
    <ul class="fine-list">
      {o.fine.map((f) => <li key={f.text}><Icon name={icons[f.icon] ?? "tick"} class="fine" /><span dir="auto">{known(`fine.${f.what}`, { n: f.n ?? 0, count: f.count ?? 0, date: dateOf(f.at ?? 0) }) ?? f.text}</span></li>)}
      {d && <li><Icon name="people" class={d.volunteers.some((v) => v.here && v.available) ? "fine" : "attend"} /><span>{volunteers(d.volunteers)}</span></li>}
      {d && <li><Icon name="phone" class={d.waiting.some((w) => w.state === "open") ? "attend" : "fine"} />
        <span>{d.waiting.length === 0 ? (d.today.answered === 0 ? t("desk.nocalls") : t("desk.calls", { count: d.today.answered })) : t("desk.waits", { count: d.waiting.filter((w) => w.state !== "accepted").length, busy: d.waiting.filter((w) => w.state === "accepted").length })}</span></li>}
    </ul>
  );
}

function volunteers(all: { here: boolean; available: boolean; languages: { code: string; speak: boolean }[] }[]): string {
  const free = all.filter((v) => v.here && v.available);
  if (free.length === 0) return t("volunteers.none");
  const spoken = [...new Set(free.flatMap((v) => v.languages.filter((l) => l.speak).map((l) => languageName(l.code))))];
  return t("volunteers.here", { count: free.length, languages: list(spoken) });
}

function OneSite({ site: s }: { site: Site }) {
  const all = overview.value?.terminals ?? [];
  const words = s.terminals.every((x) => x.state === "works") ? t("site.well")
    : s.terminals.filter((x) => x.state !== "works").map((x) => {
        const terminal = all.find((y) => y.id === x.id);
        return `${x.name}: ${terminal ? sayTerminal(terminal) : t(`state.${x.state}`)}`;
      }).join(" ");
  return (
    <li class="site">
      <p><span class="strong" dir="auto">{s.place}</span><br /><span class="label">{words}</span></p>
      <ol class="dots">
        {s.terminals.map((x, i) => (
          <li key={x.id} class={`${x.state} ${i === 0 ? "first" : ""} ${s.terminals[i - 1]?.state === "silent" ? "after-gap" : ""}`}>
            <a href={`#/terminal/${encodeURIComponent(x.id)}`} data-name="terminal-knob" data-terminal={x.id} data-state={x.state} title={`${x.name}: ${t(`state.${x.state}`)}`}>
              <TerminalDot state={x.state} /><span class="hidden-text">{x.name}: {t(`state.${x.state}`)}</span>
            </a>
          </li>
        ))}
      </ol>
    </li>
  );
}

/** A terminal on a site's rail: it holds, holds in part, or the line is open. */
export function TerminalDot({ state }: { state: TerminalState }) {
  return (
    <svg class={`terminal-dot ${state}`} viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
      {state === "works" && <><circle cx="14" cy="14" r="9" fill="var(--amber)" /><circle cx="14" cy="14" r="4" fill="#16232B" /></>}
      {state === "part" && <><circle cx="14" cy="14" r="12" fill="var(--surface)" stroke="var(--amber-deep)" stroke-width="2.5" /><path d="M14 8v7.500M14 19.500v.3" stroke="var(--ink)" stroke-width="2.600" stroke-linecap="round" /></>}
      {state === "silent" && <><circle cx="14" cy="14" r="11" fill="none" stroke="var(--error)" stroke-width="2" stroke-dasharray="3.500 3" /><path d="M10.500 10.500l7 7M17.500 10.500l-7 7" stroke="var(--error)" stroke-width="2" stroke-linecap="round" /></>}
    </svg>
  );
}
