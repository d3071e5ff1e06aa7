// SPDX-License-Identifier: Apache-2.0

// The drawings of the citizen's screens. They repeat what the words say and are hidden from assistive technology. Those
// with a direction are drawn for it, not flipped.

import type { JSX } from "preact";

/** Stairs with a step missing; the rail is not. */
export function BrokenStairs({ rtl }: { rtl: boolean }): JSX.Element {
  const x = (n: number) => (rtl ? 400 - n : n);
  return (
    <svg class="drawing" viewBox="0 0 400 240" width="400" height="240" aria-hidden="true">
      <path class="ink" d={`M${x(8)} 228 H${x(84)} V188 H${x(150)}`} />
      <path class="ink dotted" d={`M${x(158)} 188 V148 H${x(242)} V108`} />
      <path class="ink" d={`M${x(250)} 108 H${x(316)} V68 H${x(392)}`} />
      <path class="amber-line rail-bit" d={`M${x(14)} 160 H${x(48)} Q${x(62)} 160 ${x(74)} 152 L${x(292)} 17 Q${x(304)} 9 ${x(318)} 9 H${x(386)}`} />
      <path class="halo" d={`M${x(122)} 140 L${x(158)} 100`} stroke-width="19" />
      <path class="you-line" d={`M${x(122)} 140 L${x(156)} 102`} stroke-width="13" />
      <path class="you" d={`M${x(101)} 187 V142 a17 17 0 0 ${rtl ? 0 : 1} ${rtl ? -34 : 34} 0 V187 z`} />
      <circle class="you" cx={x(118)} cy="106" r="15" />
      <circle class="you white-edge" cx={x(158)} cy="100" r="11" />
    </svg>
  );
}

/** The people on the rail while waiting. places: 0 to 1 from the start. */
export function Figure({ kind }: { kind: "you" | "other" | "helper" }): JSX.Element {
  return (
    <svg class={`figure figure-${kind}`} viewBox="0 0 42 100" width="42" height="100" aria-hidden="true">
      <circle cx="21" cy="18" r="16" />
      <path d="M2.5 98 V56 a18.5 18.5 0 0 1 37 0 V98 z" />
    </svg>
  );
}

/** A card as such: never the person's photo, never a value. */
export function CardPicture({ busy }: { busy?: boolean }): JSX.Element {
  return (
    <svg class="drawing card-picture" viewBox="0 0 336 178" width="336" height="178" aria-hidden="true">
      <rect class="white ink" x="1.5" y="1.5" width="333" height="175" rx="16" />
      <rect class="soft" x="24" y="30" width="76" height="94" rx="10" />
      <circle class="you" cx="62" cy="66" r="15" />
      <path class="you" d="M36 124 v-6 a26 26 0 0 1 52 0 v6 z" />
      <path class={busy ? "grey-line" : "you-line"} d="M126 40 h124 M126 68 h90 M126 96 h144" stroke-width="10" />
      <path class="grey-line" d="M29 148 h141 M204 148 h100" stroke-width="10" />
    </svg>
  );
}

/** The card on its way into the reader (or out of it, with the arrow down). */
export function CardSlot({ arrow }: { arrow: "in" | "out" | "none" }): JSX.Element {
  return (
    <svg class="drawing" viewBox="0 0 200 112" width="200" height="112" aria-hidden="true">
      <rect class="white ink" x="10" y="6" width="180" height="40" rx="9" />
      <path class="ink thick" d="M36 26 H164" />
      <path class="soft ink" d="M56 27 H144 V98 a8 8 0 0 1 -8 8 H64 a8 8 0 0 1 -8 -8 z" />
      <circle class="you" cx="82" cy="64" r="9" />
      <path class="you" d="M68 88 a14 12 0 0 1 28 0 z" />
      <path class="ink" d="M110 62 h22 M110 75 h22" />
      {arrow === "out" && <path class="arrow" d="M174 68 V100 M164 90 l10 10 l10 -10" />}
      {arrow === "in" && <path class="arrow" d="M174 100 V68 M164 78 l10 -10 l10 10" />}
    </svg>
  );
}

/** The paper coming out of the printer; its rail is ours. */
export function PaperSlot({ arrow, rtl, bad }: { arrow: boolean; rtl: boolean; bad?: boolean }): JSX.Element {
  const x = (n: number) => (rtl ? 200 - n : n);
  return (
    <svg class="drawing" viewBox="0 0 200 112" width="200" height="112" aria-hidden="true">
      <rect class="white ink" x="10" y="6" width="180" height="40" rx="9" />
      <path class="ink thick" d="M36 26 H164" />
      {!bad && <path class="white ink" d="M58 27 H142 V104 l-10.5 -7 l-10.5 7 l-10.5 -7 l-10.5 7 l-10.5 -7 l-10.5 7 l-10.5 -7 l-10.5 7 z" />}
      {!bad && <path class="ink" d={`M${x(92)} 52 h${rtl ? -35 : 35} M${x(92)} 66 h${rtl ? -35 : 35} M${x(92)} 80 h${rtl ? -22 : 22}`} />}
      {!bad && <path class="ink thick" d={`M${x(76)} 46 V88`} />}
      {!bad && <circle class="paper-fill ink" cx={x(76)} cy="56" r="5.5" />}
      {!bad && <circle class="paper-fill ink" cx={x(76)} cy="75" r="5.5" />}
      {arrow && <path class="arrow" d="M166 66 V98 M156 88 l10 10 l10 -10" />}
      {bad && <path class="ink dotted" d="M58 40 V100 M142 40 V100 M58 100 H142" />}
    </svg>
  );
}

/** A flatbed scanner seen from the side: the paper with its words down, the lid open or closed. */
export function GlassOfScanner({ closed, bad }: { closed: boolean; bad?: boolean }): JSX.Element {
  return (
    <svg class="drawing" viewBox="0 0 200 140" width="320" height="224" aria-hidden="true">
      <rect class="white ink" x="18" y="92" width="164" height="34" rx="8" />
      <path class="ink thick" d="M34 92 H166" />
      {closed ? <rect class="white ink" x="18" y="78" width="164" height="14" rx="5" /> : <path class="white ink" d="M24 90 L44 10 a6 6 0 0 1 7 -4 l124 14 a6 6 0 0 1 5 7 L176 32 L48 18 L32 90 z" />}
      {!closed && !bad && <path class="white ink" d="M62 84 L148 76 L152 84 L66 92 z" />}
      {!closed && !bad && <path class="arrow" d="M108 36 V66 M98 56 l10 10 l10 -10" />}
      {closed && <path class="you-line" d="M40 109 H100" stroke-width="6" />}
      {bad && <path class="ink dotted" d="M62 82 H150" />}
      <circle class="paper-fill ink" cx="162" cy="109" r="6" />
    </svg>
  );
}

/** The terminal with what was written on it, while it is erased, and with nothing on it. */
export function ErasedScreen({ state }: { state: "full" | "erasing" | "done" }): JSX.Element {
  return (
    <svg class="drawing" viewBox="0 0 200 112" width="200" height="112" aria-hidden="true">
      <rect class="white ink" x="32" y="4" width="136" height="88" rx="10" />
      <path class="ink" d="M100 92 V106 M80 106 H120" />
      {state === "done" && <circle class="good" cx="100" cy="48" r="26" />}
      {state === "done" && <path class="white-line" d="M87 49 l9 9 l17 -19" />}
      {state === "erasing" && <circle class="paper-fill ink" cx="100" cy="48" r="25" />}
      {state === "erasing" && <path class="ink" d="M100 34 V49 l9 6" />}
      {state === "full" && <path class="you-line" d="M56 30 H120 M56 48 H144 M56 66 H104" stroke-width="8" />}
    </svg>
  );
}

/** The same stairs and the same rail; what changes is who holds it: two figures, one, one with free hands. */
export function LevelStairs({ level, rtl }: { level: string; rtl: boolean }): JSX.Element {
  const x = (n: number) => (rtl ? 304 - n : n);
  const person = (kind: "you" | "helper", at: number, foot: number) => (
    <>
      <path class={kind} d={`M${x(at - 14)} ${foot} v-37 a14 14 0 0 ${rtl ? 0 : 1} ${rtl ? -28 : 28} 0 v37 z`} />
      <circle class={kind} cx={x(at)} cy={foot - 67} r="12" />
    </>
  );
  const hand = (kind: "you" | "helper", from: [number, number], to: [number, number]) => (
    <>
      <path class={`${kind}-line`} d={`M${x(from[0])} ${from[1]} L${x(to[0])} ${to[1]}`} stroke-width="11" />
      <circle class={`${kind} white-edge`} cx={x(to[0])} cy={to[1]} r="9" />
    </>
  );
  const knob = (at: number, y: number) => <circle class="paper-fill ink" cx={x(at)} cy={y} r="8.5" />;
  return (
    <svg class="drawing" viewBox="0 0 304 190" width="304" height="190" aria-hidden="true">
      <path class="ink" d={`M${x(1)} 182 H${x(66)} V152 H${x(126)} V122 H${x(186)} V93 H${x(303)}`} />
      <path class="amber-line rail-bit" d={`M${x(7)} 139 H${x(36)} Q${x(46)} 139 ${x(54)} 133 L${x(176)} 54 Q${x(184)} 49 ${x(194)} 49 H${x(298)}`} />
      {level === "with-me" && <>{knob(16, 139)}{knob(222, 49)}{knob(265, 49)}{person("you", 96, 152)}{hand("you", [104, 108], [128, 86])}
        {person("helper", 156, 122)}{hand("helper", [164, 78], [192, 49])}</>}
      {level === "guide-me" && <>{knob(16, 139)}{knob(265, 49)}{person("you", 156, 122)}{hand("you", [164, 78], [192, 49])}</>}
      {level === "i-try" && <>{person("you", 244, 93)}{hand("you", [236, 54], [213, 33])}{hand("you", [252, 54], [275, 33])}</>}
    </svg>
  );
}
