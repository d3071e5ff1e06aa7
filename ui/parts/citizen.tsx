// SPDX-License-Identifier: Apache-2.0

// What the citizen's screens are built of: keys, toggles, the header, the bottom bar with its four controls.

import type { ComponentChildren, JSX } from "preact";
import { t } from "../i18n/words.ts";
import type { Args } from "../i18n/i18n.ts";
import { accept, send, view } from "../citizen/bridge.ts";
import type { Action } from "../citizen/view.ts";
import { Icon, type IconName } from "./icons.tsx";

/** w gives the words of a key in the citizen's language. */
export function w(key: string, args?: Args): string {
  return t(view.value?.lang ?? "en", key, args);
}

/** Rich is a sentence with one argument drawn in bold. */
export function Rich({ words, arg, value }: { words: string; arg: string; value: string }): JSX.Element {
  const mark = "\u0001";
  const [before, after = ""] = w(words, { [arg]: mark }).split(mark);
  return <>{before}<b>{value}</b>{after}</>;
}

export interface KeyProps {
  /** Stable name, for tests and for the unattended run. */
  name: string;
  does: Action;
  words?: string;
  gloss?: string;
  icon?: IconName;
  /** The icon stands after the words (an arrow that goes on). */
  after?: IconName;
  look?: "plain" | "primary" | "amber" | "stop" | "quiet" | "chosen" | "ink";
  class?: string;
  resting?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  label?: string;
  lang?: string;
  dir?: "ltr" | "rtl";
  /** The four controls are never new under a finger. */
  always?: boolean;
  first?: boolean;
  children?: ComponentChildren;
}

/** Key is what can be touched. It acts on release; sliding off cancels. A resting key keeps its place. */
export function Key(p: KeyProps): JSX.Element {
  const press = () => {
    if (p.resting || !(p.always || accept())) return;
    send(p.does);
  };
  return (
    <button type="button" class={`key key-${p.look ?? "plain"} ${p.class ?? ""}`} data-name={p.name} aria-disabled={p.resting ? "true" : undefined}
      tabIndex={p.resting ? -1 : 0} aria-pressed={p.pressed} aria-expanded={p.expanded} aria-label={p.label} lang={p.lang} dir={p.dir}
      data-first={p.first ? "true" : undefined} onClick={press}>
      {p.icon && <Icon name={p.icon} />}
      {p.words !== undefined && (
        <span class="key-words">
          <span class="key-word">{p.words}</span>
          {p.gloss && <span class="key-gloss">{p.gloss}</span>}
        </span>
      )}
      {p.children}
      {p.after && <Icon name={p.after} />}
    </button>
  );
}

/** Toggle is a Yes/No. It starts at No and says which it is in words. */
export function Toggle({ name, label, on, does }: { name: string; label: string; on: boolean; does: Action }): JSX.Element {
  return (
    <button type="button" class="toggle" role="switch" aria-checked={on} aria-label={label} data-name={name} data-on={on ? "true" : "false"}
      onClick={() => accept() && send(does)}>
      <span class="toggle-thumb">{on && <Icon name="yes" size={30} />}</span>
      <span class="toggle-word">{w(on ? "toggle.yes" : "toggle.no")}</span>
    </button>
  );
}

/** Bar is the part that never moves. */
export function Bar(): JSX.Element {
  const v = view.value;
  const speaking = v?.speaking ?? false;
  const can = v && v.screen !== "ready";
  return (
    <nav class="bar" aria-label={w("bar.label")}>
      <Key always name="read" does={{ do: "read" }} icon={speaking ? "stop" : "read"} words={w(speaking ? "bar.stop-reading" : "bar.read")} resting={!can} />
      <Key always name="back" does={{ do: "back" }} icon="back" words={w("bar.back")} resting={!v?.back} />
      <Key always name="help" does={{ do: "help" }} icon="help" words={w("bar.help")} look="amber" resting={v !== undefined && !v.help} />
      <Key always name="end" does={{ do: "end" }} icon="end" words={w("bar.end")} resting={!v?.end} />
    </nav>
  );
}

const changesLanguage = new Set(["level", "home"]);
const changesLevel = new Set(["home", "readiness", "help", "waiting"]);

/** Header names the product and the office, and carries the quiet tools where there is more than one thing to do. */
export function Header({ tools }: { tools: boolean }): JSX.Element {
  const v = view.value;
  return (
    <header class="header">
      <span class="brand">Handrail</span>
      {v?.office && <bdi class="office">{v.office}</bdi>}
      {tools && v && (
        <span class="tools">
          {changesLanguage.has(v.screen) && v.back && <Key name="tool-language" look="quiet" does={{ do: "language", lang: "" }} icon="language" words={w("language.name")} />}
          {changesLevel.has(v.screen) && v.level && <Key name="tool-level" look="quiet" does={{ do: "change-level" }} icon="stairs" words={w(`level.${v.level}`)} label={`${w("level.change")}: ${w(`level.${v.level}`)}`} />}
          <Key name="tool-large" look="quiet" does={{ do: "large" }} icon="bigger" words={w(v.large ? "tool.smaller" : "tool.bigger")} pressed={v.large} />
          <Key name="tool-contrast" look="quiet" does={{ do: "contrast" }} icon="contrast" words={w("tool.contrast")} pressed={v.contrast} />
        </span>
      )}
    </header>
  );
}

/** Note is one line with an icon, only to read. */
export function Note({ icon, kind, children }: { icon: IconName; kind?: "good" | "bad"; children: ComponentChildren }): JSX.Element {
  return <p class={`note ${kind ?? ""}`}><Icon name={icon} size={30} /><span>{children}</span></p>;
}
