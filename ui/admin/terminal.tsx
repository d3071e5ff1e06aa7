// SPDX-License-Identifier: Apache-2.0

// One terminal: health, devices, protections with why one is off. While in use only "since": no service, no step.

import { useState } from "preact/hooks";
import { Icon, type IconName } from "../parts/desk-icons";
import { Button, LinkButton } from "../parts/desk-parts";
import { clock, dateOf, t } from "../parts/desk-words";
import { overview, revoke } from "./api";
import { TerminalDot } from "./overview";
import type { Terminal } from "./protocol";
import { sayDevice, sayProtection, sayTerminal } from "./say";

export function TerminalsPage() {
  const all = overview.value?.terminals ?? [];
  return (
    <main>
      <div class="page-head">
        <div><h1>{t("terminals.title", { count: all.length })}</h1><p class="under">{t("terminals.under")}</p></div>
        <LinkButton name="enrol" href="#/enrol" icon="plus" look="primary">{t("enrol.start")}</LinkButton>
      </div>
      <ul class="card terminals">
        {all.map((x) => (
          <li key={x.id}><a href={`#/terminal/${encodeURIComponent(x.id)}`} data-name="terminal-row" data-terminal={x.id} data-state={x.state}>
            <TerminalDot state={x.state} />
            <span><span class="strong" dir="auto">{x.name}</span><br /><span class="label" dir="auto">{x.place}</span></span>
            <span>{sayTerminal(x)}</span>
            <span class="label">{x.in_use && x.in_use_since ? t("terminal.inuse", { time: clock(x.in_use_since) }) : t("terminal.free")}</span>
            <Icon name="chevron" size={18} />
          </a></li>
        ))}
        {all.length === 0 && <li class="nothing">{t("sites.none")}</li>}
      </ul>
    </main>
  );
}

export function TerminalPage({ id }: { id: string }) {
  const [asking, setAsking] = useState(false);
  const o = overview.value;
  const x = o?.terminals.find((y) => y.id === id);
  if (!o) return <main><h1>{t("admin.opening")}</h1></main>;
  if (!x) return <main><h1>{t("terminal.gone")}</h1><p class="under"><a href="#/terminals">{t("admin.terminals")}</a></p></main>;
  const title = x.state === "works" ? t("terminal.title.works", { name: x.name }) : x.state === "part" ? t("terminal.title.part", { name: x.name }) : t("terminal.title.silent", { name: x.name });
  return (
    <main>
      <p class="crumbs label"><a href="#/overview">{t("sites.title")}</a><Icon name="chevron" size={14} /><bdi>{x.place}</bdi><Icon name="chevron" size={14} /><bdi>{x.name}</bdi></p>
      <div class="page-head">
        <div><h1 data-name="terminal-title" data-state={x.state}>{title}</h1><p class="under">{since(x, o.now)}</p></div>
        <Button name="revoke" icon="cross" look="danger" onPress={() => setAsking(true)}>{t("terminal.revoke")}</Button>
      </div>
      {asking && (
        <div class="raised ask" role="alertdialog" aria-label={t("terminal.revoke")}>
          <p><span class="strong">{t("terminal.revoke.ask")}</span> {t("terminal.revoke.what")}</p>
          <Button name="revoke-yes" look="danger filled" onPress={() => void revoke(id).then((ok) => { if (ok) location.hash = "#/terminals"; })}>{t("terminal.revoke.yes")}</Button>
          <Button name="revoke-no" onPress={() => setAsking(false)}>{t("terminal.revoke.no")}</Button>
        </div>
      )}
      <div class="three">
        <section class="card box">
          <h2>{t("health.title")}</h2>
          <ul class="facts-list">
            <Fact icon="wifi" ok={x.connected} text={t(x.connected ? "health.line" : "health.noline")} more={x.last_seen ? t("health.heard", { time: clock(x.last_seen) }) : t("terminal.never")} />
            <Fact icon="erase" ok text={x.sessions === 0 ? t("health.nosessions") : t("health.sessions", { count: x.sessions })} more={x.sessions === 0 ? "" : t("health.sessions.more")} />
            <Fact icon="chip" ok={x.certificate_until > o.now} text={t(x.certificate_until > o.now ? "health.identity" : "health.identity.over")} more={t("health.identity.until", { date: dateOf(x.certificate_until) })} />
            <Fact icon="refresh" ok text={t("health.version", { version: x.version || "–" })} more={t("health.enrolled", { date: dateOf(x.enrolled_at) })} />
          </ul>
        </section>
        <section class="card box">
          <h2>{t("devices.title")}</h2>
          <ul class="facts-list">
            {x.devices.map((d) => <Fact key={d.name} icon={deviceIcon(d.name)} ok={d.ok} text={sayDevice(d)} more={d.since ? t("todo.since", { time: clock(d.since) }) : ""} name={d.state} />)}
            {x.devices.length === 0 && <li class="label">{t("devices.unknown")}</li>}
          </ul>
        </section>
        <section class="card box">
          <div class="box-head"><h2>{t("lock.title")}</h2><span class="strong">{t("lock.count", { on: x.protections.filter((p) => p.on).length, count: x.protections.length })}</span></div>
          <p class="label">{t("lock.under")}</p>
          <ul class="facts-list">
            {x.protections.map((p) => <Fact key={p.name} icon={p.on ? "lock" : "warning"} ok={p.on} text={p.on ? sayProtection(p) : t("lock.off", { what: sayProtection(p) })} more={p.why ?? ""} name={p.name} />)}
            {x.protections.length === 0 && <li class="label">{t("devices.unknown")}</li>}
          </ul>
        </section>
      </div>
      <p class="label machine">{t("terminal.machine")} <span dir="ltr">{x.id}</span></p>
    </main>
  );
}

function since(x: Terminal, now: number): string {
  const use = x.in_use && x.in_use_since ? t("terminal.inuse.long", { time: clock(x.in_use_since) }) : x.state === "silent" ? "" : t("terminal.free.long");
  const heard = x.last_seen ? (now - x.last_seen < 60_000 ? t("terminal.heard.now") : t("terminal.heard", { time: clock(x.last_seen) })) : t("terminal.never");
  return `${use} ${heard}`.trim();
}

function deviceIcon(name: string): IconName {
  return name === "printer" ? "printer" : name === "reader" ? "card" : name === "sound" ? "speak" : name === "screen" ? "monitor" : "plug";
}

function Fact({ icon, ok, text, more, name }: { icon: IconName; ok: boolean; text: string; more: string; name?: string }) {
  return (
    <li data-name="fact" data-fact={name} data-ok={String(ok)}>
      <Icon name={icon} class={ok ? "fine" : "attend"} />
      <span>{text}{more && <><br /><span class="label" dir="auto">{more}</span></>}</span>
    </li>
  );
}
