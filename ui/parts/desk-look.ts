// SPDX-License-Identifier: Apache-2.0

// The look of the consoles: the operating system's, until the person at the console chooses another.

import { computed, effect, signal } from "@preact/signals";

export type DeskLook = "light" | "dark";
const kept = "handrail-console-look";
const system = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : undefined;

/** The look that the person at the console chose; undefined: the operating system's. */
const chosenLook = signal<DeskLook | undefined>(rememberedLook());
const systemDark = signal(system?.matches ?? false);
system?.addEventListener("change", (e) => { systemDark.value = e.matches; });
effect(() => { if (typeof document === "object" && chosenLook.value) document.documentElement.dataset.look = chosenLook.value; });

/** The look of the console now. */
export const look = computed<DeskLook>(() => chosenLook.value ?? (systemDark.value ? "dark" : "light"));

function rememberedLook(): DeskLook | undefined {
  try {
    const l = localStorage.getItem(kept);
    return l === "light" || l === "dark" ? l : undefined;
  } catch {
    return undefined;
  }
}

export function chooseLook(l: DeskLook) {
  chosenLook.value = l;
  try {
    localStorage.setItem(kept, l);
  } catch {
    // It holds for this page; only the choice is forgotten.
  }
}
