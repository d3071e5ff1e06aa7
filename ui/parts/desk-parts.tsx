// SPDX-License-Identifier: Apache-2.0

// Small parts that the three consoles share.

import type { ComponentChildren } from "preact";
import { Icon, Mark, type IconName } from "./desk-icons";
import { chooseLook, look } from "./desk-look";
import { chooseLang, consoleLangs, lang, ownName, t } from "./desk-words";

type Look = "primary" | "quiet" | "danger" | "danger filled" | "amber" | "";

interface ButtonProps {
  name: string;
  children: ComponentChildren;
  icon?: IconName;
  look?: Look;
  size?: "small" | "main";
  keycap?: string;
  pressed?: boolean;
  /** Not possible now: stays focusable, and the children say why. */
  refused?: boolean;
  title?: string;
  onPress: () => void;
  refTo?: { current: HTMLButtonElement | null };
}

/** One button of the consoles. `name` is its stable name for journeys (data-name). */
export function Button(p: ButtonProps) {
  return (
    <button
      type="button" data-name={p.name} ref={p.refTo} title={p.title}
      class={`button ${p.look ?? ""} ${p.size ?? ""}`}
      aria-pressed={p.pressed} aria-disabled={p.refused || undefined}
      onClick={() => { if (!p.refused) p.onPress(); }}
    >
      {p.icon && <Icon name={p.icon} />}
      <span>{p.children}</span>
      {p.keycap && <kbd class="key" aria-hidden="true">{p.keycap}</kbd>}
    </button>
  );
}

export function LinkButton(p: { name: string; href: string; icon?: IconName; look?: Look; children: ComponentChildren; blank?: boolean }) {
  return (
    <a class={`button ${p.look ?? ""}`} data-name={p.name} href={p.href} {...(p.blank ? { target: "_blank", rel: "noopener" } : {})}>
      {p.icon && <Icon name={p.icon} />}
      <span>{p.children}</span>
    </a>
  );
}

export function Logo({ word = true }: { word?: boolean }) {
  return <span class="logo"><Mark />{word ? <span>Handrail</span> : <span class="hidden-text">Handrail</span>}</span>;
}

/** The language of the console itself. */
export function LanguageSwitch() {
  return (
    <label class="languages">
      <Icon name="globe" />
      <span class="hidden-text">{t("console.language")}</span>
      <select data-name="console-language" value={lang.value} onChange={(e) => chooseLang(e.currentTarget.value === "ar" ? "ar" : "en")}>
        {consoleLangs.map((l) => <option value={l} lang={l} key={l}>{ownName(l)}</option>)}
      </select>
      <Icon name="down" size={18} />
    </label>
  );
}

/** The console light or dark: what the operating system has, until somebody says otherwise here. */
export function LookSwitch() {
  const other = look.value === "dark" ? "light" : "dark";
  return (
    <button type="button" class="quiet-key" data-name="console-look" onClick={() => chooseLook(other)}>
      <Icon name={other === "dark" ? "moon" : "sun"} /><span>{t(`console.look.${other}`)}</span>
    </button>
  );
}

export function Avatar({ name }: { name: string }) {
  return <span class="avatar" aria-hidden="true">{[...name][0]?.toUpperCase() ?? ""}</span>;
}

/** A language by its name here and its own name, when they differ: "Arabic العربية". */
export function Language({ code, here, own }: { code: string; here: string; own: string }) {
  return <span><span class="strong">{here}</span>{own !== here && <>{" "}<bdi lang={code}>{own}</bdi></>}</span>;
}

export type KnobLook = "done" | "now" | "todo" | "failed" | "entry";

/** A knob of the rail. It never stands without words, so it is hidden from a screen reader: the words are beside it. */
export function Knob({ look, n, icon }: { look: KnobLook; n?: number | undefined; icon?: IconName | undefined }) {
  return (
    <span class={`knob ${look}`} aria-hidden="true">
      {look === "done" ? <Icon name="tick" size={15} /> : look === "failed" ? <Icon name="cross" size={14} />
        : icon ? <Icon name={icon} size={20} /> : look === "entry" ? null : n}
    </span>
  );
}

/** window9 chooses at most nine steps: a window round the current one, the first and the last always. */
export function window9(total: number, index: number): number[] {
  const all = Array.from({ length: total }, (_, i) => i);
  if (total <= 9) return all;
  const from = Math.min(Math.max(index - 3, 1), total - 8);
  return [0, ...all.slice(from, from + 7), total - 1];
}

/** A region that a screen reader speaks when it changes. */
export function Spoken({ text, now }: { text: string; now?: boolean }) {
  return <p class="hidden-text" role="status" aria-live={now ? "assertive" : "polite"}>{text}</p>;
}

