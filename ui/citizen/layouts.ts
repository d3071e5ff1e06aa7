// SPDX-License-Identifier: Apache-2.0

// The keyboards. A language is one entry: rows of letters under the digits, as people who write it know them; what a long
// touch offers; its name for the key that changes over.

export interface Layout {
  /** Own name, as the key that leads to it says. */
  name: string;
  dir: "ltr" | "rtl";
  /** Three rows; a row is letters separated by spaces. */
  rows: [string, string, string];
  /** Letters have capitals. */
  capitals: boolean;
}

export const layouts: Record<string, Layout> = {
  en: { name: "English", dir: "ltr", capitals: true, rows: ["q w e r t y u i o p", "a s d f g h j k l ’", "z x c v b n m - ."] },
  fr: { name: "Français", dir: "ltr", capitals: true, rows: ["a z e r t y u i o p", "q s d f g h j k l m", "w x c v b n é è ’ -"] },
  de: { name: "Deutsch", dir: "ltr", capitals: true, rows: ["q w e r t z u i o p ü", "a s d f g h j k l ö ä", "y x c v b n m ß - ."] },
  pt: { name: "Português", dir: "ltr", capitals: true, rows: ["q w e r t y u i o p", "a s d f g h j k l ç", "z x c v b n m ã - ."] },
  uk: { name: "Українська", dir: "ltr", capitals: true, rows: ["й ц у к е н г ш щ з х ї", "ф і в а п р о л д ж є", "я ч с м и т ь б ю ґ ’"] },
  ar: { name: "العربية", dir: "rtl", capitals: false, rows: ["ض ص ث ق ف غ ع ه خ ح ج د", "ش س ي ب ل ا ت ن م ك ط ذ", "ئ ء ؤ ر لا ى ة و ز ظ"] },
};

export const digits = "1 2 3 4 5 6 7 8 9 0";

/** Marks, in the place of the letters. */
export const marks: [string, string, string] = ["@ . , : ; ! ? ’ \" -", "/ ( ) + = * # % & _", "€ £ $ « » ° § < > ~"];
export const marksArabic: [string, string, string] = ["@ . ، : ؛ ! ؟ ’ \" -", "/ ( ) + = * # % & _", "َ ً ُ ٌ ِ ٍ ْ ّ أ إ آ"];

/** What a long touch of a letter offers. */
export const accents: Record<string, string> = {
  a: "à á â ä ã å æ ą", c: "ç ć č", e: "è é ê ë ę", g: "ğ", i: "ì í î ï", l: "ł", n: "ñ ń", o: "ò ó ô ö õ ø œ", s: "ß ś š ş", u: "ù ú û ü", y: "ý ÿ", z: "ź ż ž",
  ا: "أ إ آ ٱ", ي: "ئ ى", و: "ؤ", ه: "ة", г: "ґ", і: "ї", е: "є", "’": "' ʼ", "-": "_ –", ".": ", : ;",
};

/** onPage tells which keyboard a box of a page in this language wants. */
export function layoutFor(lang: string): string {
  const base = lang.toLowerCase().split("-")[0] ?? "";
  return base in layouts ? base : "en";
}
