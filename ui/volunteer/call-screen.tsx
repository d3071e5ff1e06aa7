// SPDX-License-Identifier: Apache-2.0

// In a call: the steps, the person's page in outline, phrases and chat. Nothing here can type, choose or send for them.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, Mark, type IconName } from "../parts/desk-icons";
import { Button, Spoken } from "../parts/desk-parts";
import { known, languageName, list, ownName, span, t } from "../parts/desk-words";
import { Branch } from "./branch";
import type { Call } from "./call";
import { Chat } from "./chat";
import { KeysDialog } from "./keys";
import { extent, next, OutlineView } from "./outline";
import { CallPhrases, found, search } from "./phrases";
import { whereOf } from "./ring";
import { desk, endCall, handOver } from "./state";
import { VoiceBar } from "./voice";
import { StepsColumn, swapGuide } from "./steps";

const pointMode = signal(false);
const spotMode = signal(false);
const active = signal("");
const zoom = signal(100);
const seconds = signal(0);
const room = signal(728);
/** The outline shows what the person sees; scrolling it yourself looks elsewhere until you follow again. */
const following = signal(true);
const showKeys = signal(false);
const showSealing = signal(false);
/** The design's width of the outline at 100 %. */
const full = 728;

export function CallScreen({ call }: { call: Call }) {
  const searchBox = useRef<HTMLInputElement>(null);
  const chatBox = useRef<HTMLInputElement>(null);
  useEffect(() => {
    pointMode.value = spotMode.value = false;
    active.value = "";
    zoom.value = 100;
    following.value = true;
    search.value = "";
    const tick = setInterval(() => { seconds.value = Date.now() - call.began; }, 1000);
    seconds.value = 0;
    return () => clearInterval(tick);
  }, [call]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => keyPressed(e, call, searchBox.current, chatBox.current);
    const onUp = (e: KeyboardEvent) => { if (e.key === " ") call.voice.hold(false); };
    addEventListener("keydown", onKey);
    addEventListener("keyup", onUp);
    return () => { removeEventListener("keydown", onKey); removeEventListener("keyup", onUp); };
  }, [call]);
  useEffect(() => {
    if (!call.consent.value.point) pointMode.value = spotMode.value = false;
  }, [call.consent.value.point]);
  return (
    <div class={`call ${call.lineUp.value ? "" : "stale"}`} data-name="call" data-outline={String(call.outline.value?.nodes.length ?? 0)}
      data-sealed={String(call.seal.value !== undefined)} data-see={String(call.consent.value.see)} data-point={String(call.consent.value.point)}>
      <Bar call={call} />
      <StepsColumn call={call} />
      <Middle call={call} />
      <div class="right">
        <CallPhrases call={call} inputRef={searchBox} />
        <Chat call={call} inputRef={chatBox} />
        <VoiceBar voice={call.voice} agreed={call.consent.value.talk} />
      </div>
      <Branch pointing={call.pointing.value} outline={call.outline.value} zoom={zoom.value * 10000 + room.value} drawnAt={call.step.value?.index ?? 0} />
      <Spoken text={call.news.value.text} now={call.news.value.now} />
      <Spoken text={call.pointing.value?.seen ? t("news.seen") : ""} />
      {showKeys.value && <KeysDialog onClose={() => { showKeys.value = false; }} />}
    </div>
  );
}

function Bar({ call }: { call: Call }) {
  const r = call.request.value;
  const also = r.languages.filter((l) => l !== call.language);
  const digits = call.seal.value?.digits ?? "";
  const about = [whereOf(r), known(`level.${r.level}`), also.length ? t("call.also", { languages: list(also.map(languageName)) }) : undefined].filter(Boolean);
  return (
    <header class="callbar">
      <span class="mark-alone"><Mark /></span>
      <div class="who">
        <p><span class="big-language" data-name="call-language">{languageName(call.language)}</span>
          {ownName(call.language) !== languageName(call.language) && <>{" "}<bdi lang={call.language} class="own">{ownName(call.language)}</bdi></>}</p>
        <p class="label">{about.map((a, i) => <>{i > 0 && " · "}<bdi>{a}</bdi></>)}</p>
      </div>
      <button type="button" class="digits" data-name="digits" aria-expanded={showSealing.value} data-digits={digits}
        onClick={() => { showSealing.value = !showSealing.value; }}>
        <Icon name="lock" />
        <span class="label ink">{t("call.same")}</span>
        <span class="pairs" dir="ltr">{digits ? <>{digits.slice(0, 2)} {digits.slice(2)}</> : "·· ··"}</span>
      </button>
      {showSealing.value && (
        <div class="popover raised" role="dialog" aria-label={t("call.same")}>
          <p>{t("seal.what")}</p>
          <div class="actions">
            <Button name="digits-differ" look="danger" size="small" onPress={() => { showSealing.value = false; void endCall(); }}>{t("seal.differ")}</Button>
            <Button name="digits-same" look="quiet" size="small" onPress={() => { showSealing.value = false; }}>{t("seal.same")}</Button>
          </div>
        </div>
      )}
      <p class="duration" title={t("call.duration")}><span class={`lamp ${call.lineUp.value ? "" : "off"}`} /> <span class="strong">{span(seconds.value)}</span></p>
      <HandOver />
      <Button name="end-call" icon="hangup" look="danger filled" onPress={() => void endCall()}>{t("call.end")}</Button>
    </header>
  );
}

/** HandOver is there while somebody else is free; it asks once. */
function HandOver() {
  const asking = useSignal(false);
  const free = desk.value?.volunteers.free ?? 0;
  if (free < 1) return null;
  return (
    <>
      <Button name="hand-over" icon="handover" onPress={() => { asking.value = !asking.value; }}>{t("call.handover")}</Button>
      {asking.value && (
        <div class="popover raised" role="dialog" aria-label={t("call.handover")}>
          <p>{t("call.handover.ask", { count: free })}</p>
          <div class="actions">
            <Button name="hand-over-yes" look="primary" size="small" onPress={() => { asking.value = false; handOver(); }}>{t("call.handover.yes")}</Button>
            <Button name="hand-over-no" look="quiet" size="small" onPress={() => { asking.value = false; }}>{t("call.handover.no")}</Button>
          </div>
        </div>
      )}
    </>
  );
}

function Chip({ on, icon, yes, no, name }: { on: boolean; icon: IconName; yes: string; no: string; name: string }) {
  return <span class={`chip ${on ? "yes" : ""}`} data-name={name} data-on={String(on)}><Icon name={on ? "tick" : icon} size={18} />{on ? yes : no}</span>;
}

function Middle({ call }: { call: Call }) {
  const c = call.consent.value;
  const o = call.outline.value?.alone ? undefined : call.outline.value;
  const scroller = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const fit = () => { room.value = Math.max(280, (scroller.current?.clientWidth ?? full) - 2); };
    fit();
    const watch = new ResizeObserver(fit);
    if (scroller.current) watch.observe(scroller.current);
    return () => watch.disconnect();
  }, []);
  const width = (Math.min(full, room.value) * zoom.value) / 100;
  const scale = o ? width / Math.max(1, o.w) : 1;
  const theirs = o ? -extent(o).top * scale : 0;
  const follow = () => { if (scroller.current) scroller.current.scrollTop = theirs; };
  useLayoutEffect(() => { if (following.value) follow(); }, [o, width]);
  return (
    <main class="middle">
      <div class="agreed">
        <span class="label">{t("agreed.title")}</span>
        <Chip name="agreed-talk" on={c.talk} icon="cross" yes={t("agreed.talk")} no={t("agreed.talk.no")} />
        <Chip name="agreed-see" on={c.see} icon="eyeOff" yes={t("agreed.see")} no={t("agreed.see.no")} />
        <Chip name="agreed-point" on={c.point} icon="cross" yes={t("agreed.point")} no={t("agreed.point.no")} />
        <span class="label stop">{t("agreed.stop")}</span>
      </div>
      {!call.lineUp.value && <p class="staleness" role="status"><Icon name="wifi" size={18} />{t("call.stale", { ago: span(Math.max(0, Date.now() - (call.outlineAt.value || call.began))) })}</p>}
      <div class={`outline-scroll ${o ? "" : "nothing"}`} ref={scroller} style={o ? { maxBlockSize: `${o.h * scale + 2}px` } : {}}
        onScroll={(e) => { if (o) following.value = Math.abs(e.currentTarget.scrollTop - Math.min(theirs, e.currentTarget.scrollHeight - e.currentTarget.clientHeight)) < 8; }}>
        {o && (
          <OutlineView outline={o} width={width} pointMode={pointMode.value} spotMode={spotMode.value} onSpot={(id, spot) => call.point(id, spot)} active={active.value} pointed={call.pointing.value?.element ?? ""}
            onActive={(id) => { active.value = id; }} onPoint={(id) => call.point(id)} />
        )}
        {!o && <NoOutline call={call} />}
        {o && !o.nodes.some((n) => n.text !== undefined) && <p class="note">{t("outline.nowords")}</p>}
      </div>
      {o && !following.value && <p class="elsewhere" role="status"><Icon name="eye" size={18} />{t("outline.elsewhere")}
        <Button name="follow" size="small" onPress={() => { following.value = true; follow(); }}>{t("outline.follow")}</Button></p>}
      <div class="tools">
        <Button name="point" icon="point" keycap={c.point ? "P" : undefined} pressed={pointMode.value} refused={!c.point || !o}
          onPress={() => { togglePoint(call); }}>{c.point ? t("tool.point") : t("tool.point.no")}</Button>
        {c.point && o && !call.pointing.value && <Button name="spot" icon="spot" keycap="S" pressed={spotMode.value} onPress={toggleSpot}>{t("tool.spot")}</Button>}
        {call.pointing.value && <Button name="let-go" icon="cross" onPress={() => call.letGo()}>{t("tool.letgo")}</Button>}
        <Button name="suggest-back" icon="back" onPress={() => suggestBack(call)}>{t("tool.back")}</Button>
        <span class="gap" />
        <button type="button" class="button quiet keys-button" data-name="keys" title={t("keys.title")} onClick={() => { showKeys.value = true; }}><span>?</span><span class="hidden-text">{t("keys.title")}</span></button>
        <div class="zoom" role="group" aria-label={t("tool.zoom")}>
          <button type="button" data-name="zoom-out" aria-label={t("tool.smaller")} onClick={() => setZoom(zoom.value - 25)}><Icon name="minus" /></button>
          <output dir="ltr">{zoom.value} %</output>
          <button type="button" data-name="zoom-in" aria-label={t("tool.larger")} onClick={() => setZoom(zoom.value + 25)}><Icon name="plus" /></button>
        </div>
      </div>
    </main>
  );
}

function NoOutline({ call }: { call: Call }) {
  const c = call.consent.value;
  if (!call.seal.value || !call.asked.value) return <div class="absent"><h2>{t("absent.coming")}</h2><p>{t("absent.coming.more")}</p></div>;
  if (!c.see) return <div class="absent"><h2>{t("absent.no")}</h2><p>{t("absent.no.more")}</p></div>;
  if (call.outline.value?.alone) return <div class="absent" data-name="alone"><h2>{t("absent.alone")}</h2><p>{t("absent.alone.more")}</p></div>;
  return <div class="absent"><h2>{t("absent.wait")}</h2><p>{t("absent.wait.more")}</p></div>;
}

function setZoom(z: number) {
  zoom.value = Math.max(50, Math.min(300, z));
}

function toggleSpot() {
  spotMode.value = !spotMode.value;
  if (spotMode.value) pointMode.value = false;
}

function togglePoint(call: Call) {
  pointMode.value = !pointMode.value;
  spotMode.value = false;
  const o = call.outline.value;
  if (pointMode.value && o && !o.nodes.some((n) => n.id === active.value)) {
    active.value = (o.nodes.find((n) => n.state?.includes("error")) ?? o.nodes.find((n) => n.state?.includes("here")))?.id ?? next(o.nodes, "", "Home");
  }
}

function suggestBack(call: Call) {
  call.suggestBack();
  call.news.value = { text: t("news.back"), now: false };
  call.noteSent(t("news.back"));
}

const arrows = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

function keyPressed(e: KeyboardEvent, call: Call, searchBox: HTMLInputElement | null, chatBox: HTMLInputElement | null) {
  if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
  const at = document.activeElement;
  const inField = at instanceof HTMLInputElement || at instanceof HTMLSelectElement;
  const o = call.outline.value;
  if (e.key === "Escape") {
    if (showKeys.value) showKeys.value = false;
    else if (call.pointing.value) call.letGo();
    else pointMode.value = spotMode.value = false;
    return;
  }
  if (inField) return;
  // Space presses whatever button has the focus, but where one talks.
  if (e.key === " " && call.voice.muted.value && (!(at instanceof HTMLButtonElement || at instanceof HTMLAnchorElement) || at.dataset.name === "hold")) {
    e.preventDefault();
    if (!e.repeat) call.voice.hold(true);
    return;
  }
  const onTree = at?.getAttribute("role") === "tree";
  if (o && pointMode.value && arrows.has(e.key)) {
    active.value = next(o.nodes, active.value, e.key);
    e.preventDefault();
    document.getElementById(`o-${active.value}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return;
  }
  if (e.key === "Enter" && pointMode.value && onTree && active.value) {
    e.preventDefault();
    return call.point(active.value);
  }
  if (/^[1-9]$/.test(e.key)) {
    const id = found(search.value, call.lastSaid.value)[Number(e.key) - 1];
    if (id) call.say(id);
    return;
  }
  switch (e.key.toLowerCase()) {
    case "p": if (call.consent.value.point && o) togglePoint(call); return;
    case "s": if (call.consent.value.point && o) toggleSpot(); return;
    case "/": e.preventDefault(); searchBox?.focus(); return;
    case "c": e.preventDefault(); chatBox?.focus(); return;
    case "b": return suggestBack(call);
    case "m": if (call.consent.value.talk) call.voice.mute(!call.voice.muted.value); return;
    case "g": return swapGuide(call);
    case "+": case "=": return setZoom(zoom.value + 25);
    case "-": return setZoom(zoom.value - 25);
    case "0": return setZoom(100);
    case "?": showKeys.value = true; return;
  }
}
