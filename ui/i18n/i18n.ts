// SPDX-License-Identifier: Apache-2.0

// The browser's twin of i18n.go: the same rules, proven equal over testdata/cases.json. See there for what they are.

export type Args = Record<string, string | number | undefined>;
export type Tables = Record<string, Record<string, string>>;
export type T = (lang: string, key: string, args?: Args) => string;

const fallback = "en";

/** catalogue makes T over tables of sentences, by language and key. */
export function catalogue(tables: Tables): T {
  return (lang, key, args = {}) => {
    for (const tag of chain(lang)) {
      const table = tables[tag];
      if (!table) continue;
      if (args.count !== undefined) {
        const n = whole(args.count);
        const exact = n === undefined ? undefined : table[`${key}_${form(tag, n)}`];
        const found = exact ?? table[`${key}_other`];
        if (found !== undefined) return fill(found, args);
      }
      const plain = table[key];
      if (plain !== undefined) return fill(plain, args);
    }
    return key;
  };
}

function chain(lang: string): string[] {
  const dash = lang.indexOf("-");
  return dash < 0 ? [lang, fallback] : [lang, lang.slice(0, dash), fallback];
}

function form(lang: string, n: number): string {
  try {
    return new Intl.PluralRules(lang).select(n);
  } catch {
    return "other";
  }
}

function whole(v: string | number): number | undefined {
  const s = String(v);
  return /^[+-]?[0-9]+$/.test(s) ? Math.abs(Number(s)) : undefined;
}

function fill(s: string, args: Args): string {
  let out = "";
  for (;;) {
    const open = s.indexOf("{{");
    const close = open < 0 ? -1 : s.indexOf("}}", open + 2);
    if (close < 0) return out + s;
    out += s.slice(0, open) + (args[s.slice(open + 2, close).trim()] ?? "");
    s = s.slice(close + 2);
  }
}
