// SPDX-License-Identifier: Apache-2.0

// After the call: how it ended, what made it hard in one touch each, and back to the desk.

import { useEffect, useState } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { Button } from "../parts/desk-parts";
import { clock, languageName, t, type Word } from "../parts/desk-words";
import { finish, type AfterCall } from "./state";

const groups: { name: Word; hint: Word; codes: string[] }[] = [
  { name: "after.service", hint: "after.service.hint", codes: ["address", "question", "signing-in", "second-device", "document", "file", "language", "picture-puzzle", "page-error"] },
  { name: "after.situation", hint: "after.situation.hint", codes: ["no-email", "no-phone", "reading", "mouse-keyboard", "sight-hearing", "afraid", "time", "needs-desk"] },
  { name: "after.terminal", hint: "after.terminal.hint", codes: ["card-reader", "printer", "sound", "slow-line"] },
];

/** Untouched for this long, the volunteer is paused: somebody who went away is never "available". */
const untouched = 120_000;

export function AfterScreen({ call }: { call: AfterCall }) {
  const [codes, setCodes] = useState<string[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => finish(codes.length ? codes : ["skipped"], 10), untouched);
    return () => clearTimeout(timer);
  }, [codes, call]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) finish(codes); };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [codes, call]);
  const toggle = (code: string) => {
    setCodes(codes.includes(code) ? codes.filter((c) => c !== code) : [...codes, code].slice(0, 12));
  };
  const minutes = Math.max(1, Math.round(call.seconds / 60));
  return (
    <div class="after">
      <main>
        <h1 data-name="after-title">{t(`after.title.${call.why}`)}</h1>
        <p class="under">{call.guide && <><bdi>{call.guide}</bdi>. </>}{call.total > 0 && <>{t("step.of", { index: call.index, total: call.total })}. </>} {t("after.length", { count: minutes, language: languageName(call.language) })} {t("after.hard")}</p>
        {groups.map((g) => (
          <section key={g.name} class="codes">
            <p><span class="strong">{t(g.name)}</span> <span class="label">{t(g.hint)}</span></p>
            <div class="code-row">
              {g.codes.map((c) => (
                <button type="button" key={c} class="button code" data-name={`code-${c}`} aria-pressed={codes.includes(c)} onClick={() => toggle(c)}>
                  {codes.includes(c) && <Icon name="tick" />}<span>{t(`code.${c}` as Word)}</span>
                </button>
              ))}
            </div>
          </section>
        ))}
        <div class="actions last">
          <Button name="done" icon="tick" look="primary" keycap="Ctrl Enter" onPress={() => finish(codes)}>{t("after.done")}</Button>
          <Button name="done-pause" icon="pause" onPress={() => finish(codes, 10)}>{t("after.pause")}</Button>
          <Button name="skip" look="quiet" onPress={() => finish(["skipped"])}>{t("after.skip")}</Button>
        </div>
      </main>
      <aside class="card box kept">
        <h2>{t("kept.title")}</h2>
        <ol class="chain">
          <li><span class="knob entry" /><span class="time">{clock(call.began)}</span><span>{t("kept.accepted")}<br /><span class="label">{languageName(call.language)}</span></span></li>
          <li><span class="knob entry" /><span class="time">{clock(call.began + call.seconds * 1000)}</span><span>{t("kept.ended")}<br /><span class="label">{t(`kept.by.${call.why}`)}</span></span></li>
        </ol>
        {codes.length > 0 && <p class="label touched">{t("kept.codes", { count: codes.length })}</p>}
        <ul class="rows promises">
          <li><Icon name="lock" size={18} />{t("kept.nothing")}</li>
          <li><Icon name="eyeOff" size={18} />{t("kept.gone")}</li>
        </ul>
      </aside>
    </div>
  );
}
