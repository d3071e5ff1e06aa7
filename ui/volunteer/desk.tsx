// SPDX-License-Identifier: Apache-2.0

// The desk while nobody rings: am I needed, what was today, what am I available for.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon, type IconName } from "../parts/desk-icons";
import { Numbers } from "../parts/bells";
import { Button, Knob, Language } from "../parts/desk-parts";
import { clock, known, languageName, list, ownName, t } from "../parts/desk-words";
import type { Desk, Language as Spoken, PastCall } from "./protocol";
import { askToNotify, notifies, playRing } from "./sound";
import { guideName } from "./guides";
import { officeName } from "./office";
import { inTeams, keptBy } from "./own-keys";
import { answerBell, desk, lineState, ofNumbers, setAvailable } from "./state";

/** The desk shows clock times; a tick a minute keeps them true. */
const now = signal(Date.now());

export function DeskScreen() {
  useEffect(() => {
    const tick = setInterval(() => { now.value = Date.now(); }, 15_000);
    return () => clearInterval(tick);
  }, []);
  const d = desk.value;
  if (!d) return <main class="plain"><h1>{t("desk.opening")}</h1></main>;
  return (
    <div class="desk">
      <main>
        <h1 data-name="desk-title">{title(d)}</h1>
        <p class="under">{under(d)}</p>
        <Today desk={d} />
        <Numbers list={d.bells ?? []} stood={ofNumbers.value} settled={(id) => answerBell(id, "settled")} />
        <p class="label kept">{t("desk.kept")}</p>
        <section class="how">
          <h2>{t("how.title")}</h2>
          <How icon="eye" head={t("how.see")} text={t("how.see.more")} />
          <How icon="point" head={t("how.point")} text={t("how.point.more")} />
          <How icon="lock" head={t("how.sealed")} text={t("how.sealed.more")} />
        </section>
      </main>
      <aside>
        <Availability desk={d} />
        <Languages mine={d.me.languages} />
        <Hearing />
        <p class="others label"><Icon name="globe" /><span>{others(d)}</span></p>
        {officeName.value && <p class="others label"><Icon name="shield" /><span>{t("trust.office")} <bdi dir="ltr" data-name="office-key">{officeName.value}</bdi></span></p>}
        <OwnKey />
      </aside>
    </div>
  );
}

/** Where my key is, for requests that wait: said plainly, because it is not always where it should be. */
function OwnKey() {
  const kept = keptBy.value;
  if (!kept) return null;
  return (
    <p class="others label" data-name="own-key" data-kept={kept} data-teams={inTeams.value.join(" ")}>
      <Icon name={kept === "passkey" ? "lock" : "warning"} />
      <span>{t(`ownkey.${kept}`)}{(kept === "browser" || kept === "away") && <>{" "}<a href="/sign-in/">{t("ownkey.go")}</a></>}</span>
    </p>
  );
}

function spoken(d: Desk): string[] {
  return d.me.languages.filter((l) => l.speak || l.write).map((l) => l.code);
}

function title(d: Desk): string {
  if (!d.available && !d.until) return t("desk.offduty");
  const waiting = Object.entries(d.waiting).filter(([, n]) => n > 0);
  const hour = new Date(now.value).getHours();
  const hello = t(hour < 12 ? "hello.morning" : hour < 18 ? "hello.afternoon" : "hello.evening", { name: d.me.name });
  if (waiting.length === 0) return `${hello} ${t("desk.nobody")}`;
  const mine = spoken(d);
  const foreign = waiting.filter(([code]) => !mine.includes(code));
  const first = (foreign.length === waiting.length ? foreign : waiting.filter(([code]) => mine.includes(code)))[0]!;
  const words = { count: first[1], language: languageName(first[0]) };
  return foreign.length === waiting.length ? t("desk.waiting.foreign", words) : t("desk.waiting.mine", words);
}

function under(d: Desk): string {
  if (!d.available) return d.until ? t("desk.paused.under", { time: clock(d.until) }) : t("desk.offduty.under");
  return t("desk.under", { languages: list(spoken(d).map(languageName), "disjunction") });
}

function others(d: Desk): string {
  const here = Math.max(0, d.volunteers.here - 1);
  const missing = Object.keys(d.waiting).filter((c) => (d.waiting[c] ?? 0) > 0 && !d.volunteers.languages.includes(c));
  const who = here === 0 ? t("others.alone") : t("others.here", { count: here });
  return missing.length ? `${who} ${t("others.nobody", { languages: list(missing.map(languageName), "disjunction") })}` : who;
}

/** Today's rail: the calls in order, now, and when you stop. */
function Today({ desk: d }: { desk: Desk }) {
  const shown = d.calls.slice(-3);
  const before = d.calls.length - shown.length;
  const stop = d.until;
  const places = shown.length + 1 + (stop ? 1 : 0);
  const nowAt = shown.length;
  const up = lineState.value.up;
  return (
    <section class="today" aria-label={t("today.title")}>
      <div class="rail" style={{ "--places": String(Math.max(places, 3)), "--now": String(nowAt) }}>
        <span class="line ahead" /><span class="line" />
        <ol>
          {shown.map((c) => <Past call={c} key={c.id} />)}
          <li class="station">
            <Knob look="now" icon={d.available ? "bell" : "pause"} />
            <p><span class="strong">{clock(now.value)}</span> {t("today.now")}</p>
            <p>{!up ? t("today.noline") : d.available ? t("today.ready") : d.until ? t("today.paused") : t("today.off")}</p>
            {d.available && <p class="label">{t("today.for", { languages: list(spoken(d).map(languageName), "disjunction") })}</p>}
          </li>
          {stop && (
            <li class="station">
              <Knob look="todo" />
              <p class="strong">{clock(stop)}</p>
              <p>{d.available ? t("today.stop") : t("today.again")}</p>
            </li>
          )}
        </ol>
      </div>
      {before > 0 && <p class="label">{t("today.before", { count: before })}</p>}
    </section>
  );
}

function Past({ call }: { call: PastCall }) {
  const code = call.codes.find((c) => c !== "skipped");
  return (
    <li class="station" data-name="past-call">
      <Knob look="done" />
      <p><span class="strong">{clock(call.at)}</span> {t("today.length", { count: Math.max(1, Math.round(call.seconds / 60)), language: languageName(call.language) })}</p>
      <p data-name="past-guide"><bdi>{guideName(call.guide, call.guide === call.guide_name ? "" : call.guide_name)}</bdi></p>
      {call.step_total > 0 && <p class="label">{t("step.of", { index: call.step_index, total: call.step_total })}</p>}
      {code && <span class="chip">{known(`code.${code}`) ?? code}</span>}
    </li>
  );
}

function How({ icon, head, text }: { icon: IconName; head: string; text: string }) {
  return (
    <div class="row">
      <span class="disc"><Icon name={icon} size={24} /></span>
      <p><span class="strong">{head}</span><br /><span class="second">{text}</span></p>
    </div>
  );
}

function Availability({ desk: d }: { desk: Desk }) {
  const words = d.available ? t("available.yes") : d.until ? t("available.paused") : t("available.no");
  const until = d.until ? t(d.available ? "available.until" : "available.back", { time: clock(d.until) })
    : d.available ? t("available.open") : t("available.off");
  return (
    <section class={`availability ${d.available ? "on" : ""}`}>
      <div class="head">
        <p><span class="big strong">{words}</span><br /><span>{until}</span></p>
        <button type="button" class="switch" role="switch" aria-checked={d.available} data-name="available"
          aria-label={t("available.switch")} onClick={() => setAvailable(!d.available)}><span /></button>
      </div>
      <div class="actions">
        {d.available ? <>
          <Button name="pause-10" icon="pause" onPress={() => setAvailable(false, 10)}>{t("available.pause")}</Button>
          <Button name="until-60" icon="clock" onPress={() => setAvailable(true, 60)}>{t("available.hour")}</Button>
        </> : <Button name="available-now" icon="bell" look="primary" onPress={() => setAvailable(true)}>{t("available.now")}</Button>}
      </div>
    </section>
  );
}

function Languages({ mine }: { mine: Spoken[] }) {
  const mark = (yes: boolean) => yes ? <><Icon name="tick" class="fine" /><span class="hidden-text">{t("word.yes")}</span></> : t("word.no");
  return (
    <section class="card box">
      <table class="languages-table">
        <caption><h2>{t("languages.title")}</h2></caption>
        <thead><tr class="label"><td /><th scope="col">{t("languages.speak")}</th><th scope="col">{t("languages.read")}</th><th scope="col">{t("languages.write")}</th></tr></thead>
        <tbody>
          {mine.map((l) => (
            <tr key={l.code}>
              <th scope="row"><Language code={l.code} here={languageName(l.code)} own={ownName(l.code)} /></th>
              <td>{mark(l.speak)}</td><td>{mark(l.read)}</td><td>{mark(l.write)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const mayNotify = signal(false);

function Hearing() {
  useEffect(() => { mayNotify.value = notifies(); }, []);
  return (
    <section class="card box hearing">
      <h2>{t("hearing.title")}</h2>
      <ul>
        <li><Icon name="tick" class="fine" />{t("hearing.page")}</li>
        {mayNotify.value
          ? <li><Icon name="tick" class="fine" />{t("hearing.notify")}</li>
          : <li><Icon name="minus" class="attend" />{t("hearing.nonotify")}</li>}
      </ul>
      <div class="actions">
        <Button name="play-ring" icon="bell" size="small" onPress={playRing}>{t("hearing.play")}</Button>
        {!mayNotify.value && <Button name="notify" icon="message" size="small"
          onPress={() => void askToNotify().then((yes) => { mayNotify.value = yes; })}>{t("hearing.allow")}</Button>}
      </div>
    </section>
  );
}
