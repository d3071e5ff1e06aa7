// SPDX-License-Identifier: Apache-2.0

import { signal } from "@preact/signals";
import type { Ref } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/desk-icons";
import { Button } from "../parts/desk-parts";
import { languageName, lang, t } from "../parts/desk-words";
import type { Call } from "./call";

const draft = signal("");

/** What the terminal says for the person when they touch one of its answers. */
const touched: Record<string, "chat.understood" | "chat.again"> = { understood: "chat.understood", again: "chat.again" };

/** The chat of a call. It lives on this page and on the citizen's screen, and goes with the call. */
export function Chat({ call, inputRef }: { call: Call; inputRef: Ref<HTMLInputElement> }) {
  const box = useRef<HTMLDivElement>(null);
  const lines = call.chat.value;
  useLayoutEffect(() => {
    // Only the chat moves, never the page around it.
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  const send = () => {
    call.write(draft.value);
    draft.value = "";
  };
  const languages = [...new Set([languageName(lang.value), languageName(call.language)])];
  return (
    <section class="chat" aria-label={t("chat.title")}>
      <div class="phrases-head"><h2>{t("chat.title")}</h2><p class="label">{t("chat.kept")}</p></div>
      <div class="chat-lines" aria-live="polite" data-name="chat-lines" ref={box}>
        {lines.map((l, i) => l.from === "note"
          ? <p key={i} class="label note">{l.text}</p>
          : <p key={i} class={`said-by-${l.from}`} dir="auto" data-from={l.from}>
              {l.from === "them" && touched[l.text] ? <><Icon name="tick" size={18} />{t(touched[l.text]!)}</> : l.text}
            </p>)}
      </div>
      <form class="chat-write" onSubmit={(e) => { e.preventDefault(); send(); }}>
        <label><span class="hidden-text">{t("chat.write.label")}</span>
          <input class="field" data-name="chat-text" ref={inputRef} dir="auto" maxLength={500} autocomplete="off" value={draft.value}
            placeholder={languages.length > 1 ? t("chat.write", { a: languages[0]!, b: languages[1]! }) : t("chat.write.one", { a: languages[0]! })}
            onInput={(e) => { draft.value = e.currentTarget.value; }}
            onKeyDown={(e) => { if (e.key === "Escape") { e.currentTarget.blur(); e.stopPropagation(); } }} /></label>
        <Button name="chat-send" icon="arrow" onPress={send}>{t("chat.send")}</Button>
      </form>
    </section>
  );
}
