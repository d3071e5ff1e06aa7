// SPDX-License-Identifier: Apache-2.0

// One invented View of every screen and variant, for looking at them without a terminal. Where there are no
// samples in a language, the guide's words are English and only ours are in it.

import { t } from "../i18n/words.ts";
import type { Dir, Filing, Knob, KnobState, Outline, View } from "./view.ts";

/** A paper as a camera sees one. */
const aPaper = "data:image/svg+xml," + encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297"><path fill="#fff" d="M0 0h210v297H0z"/>
  <path stroke="#16232B" stroke-width="7" d="M24 40h90"/><path stroke="#4a5a63" stroke-width="4" d="M24 74h160M24 90h150M24 106h162M24 122h120M24 154h160M24 170h140M24 186h156M24 250h60"/></svg>`);

const words = {
  en: {
    needs: [["Your identity card", "The plastic card", "The office gives you a paper in its place."], ["Your rental contract", "Paper with the rent on it", "Your landlord can give you a copy."], ["Your bank number", "It starts with LU (IBAN)", "You can start now. At the end we print for you what to bring later."], ["An e-mail address", "They answer you there", "Leave the box empty. They write you a letter."]],
    office: "Linden Town Hall", service: "Apply for a card", rent: "Help with rent", address: "New address",
    title: "Write your rent for one month", how: "Without heating and water. Only the number, like 850.",
    why: "To work out how much money you can get.", missing: "Your landlord can tell you. You can also leave and come back.",
    errorTitle: "The site wants only numbers", errorHow: "Take away the € sign. Leave the number alone, like 850.",
    caption1: "Look on page 1 of your contract. Write the rent here, without heating.", caption2: "Take your time.",
    slipTitle: "What happens next", slip: ["The office reads your form.", "You get a letter in about 2 weeks.", "Bring your rental contract to desk 2."],
    press: "Touch Continue on the page", pressHow: "It is the blue button at the bottom of their page.",
  },
  ar: {
    needs: [["بطاقة هويتك", "البطاقة البلاستيكية", "يعطيك المكتب ورقة بدلًا منها."], ["عقد الإيجار", "ورقة عليها مبلغ الإيجار", "يعطيك صاحب البيت نسخة."], ["رقم حسابك في البنك", "يبدأ بالحرفين LU (IBAN)", "يمكنك أن تبدأ الآن. وفي النهاية نطبع لك ما تحضره فيما بعد."], ["بريد إلكتروني", "يردون عليك هناك", "اترك الخانة فارغة. يكتبون إليك رسالة."]],
    office: "بلدية ليندن", service: "اطلب بطاقة", rent: "مساعدة في الإيجار", address: "عنوان جديد",
    title: "اكتب إيجار شهر واحد", how: "بدون التدفئة والماء. الرقم فقط، مثل 850.",
    why: "ليحسبوا المبلغ الذي يمكنك الحصول عليه.", missing: "اسأل صاحب البيت. يمكنك أيضًا أن تتوقف وتعود لاحقًا.",
    errorTitle: "الموقع يريد أرقامًا فقط", errorHow: "احذف علامة €. اترك الرقم وحده، مثل 850.",
    caption1: "انظر في الصفحة الأولى من عقدك. اكتب الإيجار هنا، بدون التدفئة.", caption2: "خذ وقتك.",
    slipTitle: "ماذا يحدث بعد ذلك", slip: ["المكتب يقرأ استمارتك.", "تصلك رسالة بعد نحو أسبوعين.", "أحضر عقد الإيجار إلى المكتب رقم 2."],
    press: "المس Continue في الصفحة", pressHow: "هو الزر الأزرق في أسفل صفحتهم.",
  },
  de: {
    needs: [["Ihren Ausweis", "Die Karte aus Plastik", "Das Amt gibt Ihnen dafür ein Papier."], ["Ihren Mietvertrag", "Das Papier, auf dem die Miete steht", "Ihr Vermieter gibt Ihnen eine Kopie."], ["Ihre Kontonummer", "Sie beginnt mit LU (IBAN)", "Sie können jetzt anfangen. Am Ende drucken wir, was Sie später mitbringen."], ["Eine E-Mail-Adresse", "Dort antwortet man Ihnen", "Lassen Sie das Feld leer. Dann kommt ein Brief."]],
    office: "Rathaus Lindenberg", service: "Ausweis beantragen", rent: "Hilfe für die Miete", address: "Neue Adresse",
    title: "Schreiben Sie Ihre Miete für einen Monat", how: "Ohne Heizung und Wasser. Nur die Zahl, zum Beispiel 850.",
    why: "Das Amt rechnet aus, wie viel Geld Sie bekommen können.", missing: "Fragen Sie Ihren Vermieter. Sie können auch aufhören und wiederkommen.",
    errorTitle: "Die Seite will nur Zahlen", errorHow: "Nehmen Sie das Zeichen € weg. Lassen Sie nur die Zahl stehen, zum Beispiel 850.",
    caption1: "Schauen Sie auf Seite 1 im Vertrag. Hier kommt die Miete ohne Heizung hin.", caption2: "Lassen Sie sich Zeit.",
    slipTitle: "So geht es weiter", slip: ["Das Amt liest Ihr Formular.", "Sie bekommen in etwa 2 Wochen einen Brief.", "Bringen Sie Ihren Mietvertrag zum Schalter 2."],
    press: "Berühren Sie Continue auf der Seite", pressHow: "Es ist die blaue Taste unten auf der Seite.",
  },
  uk: {
    needs: [["Посвідчення особи", "Пластикова картка", "Установа дасть вам папір замість нього."], ["Договір оренди", "Папір, де вказано плату", "Власник житла дасть вам копію."], ["Номер рахунку", "Починається з LU (IBAN)", "Можна почати зараз. Наприкінці ми надрукуємо, що принести пізніше."], ["Адреса е-пошти", "Туди прийде відповідь", "Залиште поле порожнім. Вам напишуть листа."]],
    office: "Мерія Ліндена", service: "Замовити посвідчення", rent: "Допомога з орендою", address: "Нова адреса",
    title: "Напишіть орендну плату за один місяць", how: "Без опалення і води. Лише число, наприклад 850.",
    why: "Щоб порахувати, скільки грошей ви можете отримати.", missing: "Спитайте власника житла. Можна зупинитися і прийти пізніше.",
    errorTitle: "Сайту потрібні лише цифри", errorHow: "Приберіть знак €. Залиште лише число, наприклад 850.",
    caption1: "Подивіться на сторінку 1 договору. Напишіть плату без опалення.", caption2: "Не поспішайте.",
    slipTitle: "Що буде далі", slip: ["Установа прочитає вашу форму.", "Приблизно за 2 тижні прийде лист.", "Принесіть договір оренди до стійки 2."],
    press: "Торкніться Continue на сторінці", pressHow: "Це синя кнопка внизу сторінки.",
  },
};

const knobs = (now: number, total: number, state: KnobState = "now"): Knob[] =>
  Array.from({ length: total }, (_, i) => ({ n: i + 1, state: i + 1 < now ? "done" : i + 1 === now ? state : "todo" }));

const outline: Outline = {
  w: 816, h: 688,
  nodes: [
    { id: "1", kind: "heading", box: [28, 130, 420, 32], text: "Part C – Housing costs" },
    { id: "2", kind: "label", box: [28, 190, 300, 24], text: "Net monthly rent" }, { id: "3", kind: "field", box: [28, 218, 346, 44], state: ["answered"] },
    { id: "4", kind: "label", box: [402, 190, 300, 24], text: "Monthly charges" }, { id: "5", kind: "field", box: [402, 218, 346, 44], state: ["empty"] },
    { id: "6", kind: "label", box: [28, 286, 300, 24], text: "Number of rooms" }, { id: "7", kind: "select", box: [28, 314, 346, 44], state: ["answered"] },
    { id: "8", kind: "text", box: [402, 286, 300, 24], bar: 160 }, { id: "9", kind: "field", box: [402, 314, 346, 44], state: ["answered"] },
    { id: "10", kind: "radio", box: [28, 392, 30, 30] }, { id: "11", kind: "label", box: [66, 394, 60, 24], text: "Yes" },
    { id: "12", kind: "radio", box: [150, 392, 30, 30] }, { id: "13", kind: "label", box: [188, 394, 60, 24], text: "No" },
    { id: "14", kind: "button", box: [28, 450, 150, 46], text: "Continue" },
  ],
};

/** samples gives every screen by name, in one language and window size. */
export function samples(lang: string, w: number, h: number): Record<string, View> {
  const x = words[lang in words ? lang as keyof typeof words : "en"];
  const dir: Dir = lang === "ar" ? "rtl" : "ltr";
  const base = { rev: 1, lang, dir, office: x.office, large: false, contrast: false, speaking: false, back: true, help: true, end: true };
  const service = h > w ? { x: 0, y: 0, w, h: 636 } : { x: dir === "rtl" ? 464 : 0, y: 0, w: w - 464, h: h - 112 };
  const keysService = { x: dir === "rtl" ? w - 660 : 0, y: 0, w: 660, h: h - 112 - 370 - 6 };
  const rail = { index: 3, total: 7, knobs: knobs(3, 7) };
  const word = lang === "ar" ? { text: "Net monthly rent", lang: "en", dir: "ltr" as const } : undefined;
  const step = { title: x.title, how: x.how, why: x.why, missing: x.missing, key: "next" as const, sight: "sure" as const, ringY: 307, word, open: "why" as const };
  const languages = [
    { lang: "en", dir: "ltr" as const, greeting: "Hello", name: "English" }, { lang: "ar", dir: "rtl" as const, greeting: "مرحبًا", name: "العربية" },
  ];
  const more = [
    { lang: "fr", dir: "ltr" as const, greeting: "Bonjour", name: "Français" }, { lang: "de", dir: "ltr" as const, greeting: "Guten Tag", name: "Deutsch" },
    { lang: "lb", dir: "ltr" as const, greeting: "Moien", name: "Lëtzebuergesch" }, { lang: "pt", dir: "ltr" as const, greeting: "Olá", name: "Português" },
    { lang: "it", dir: "ltr" as const, greeting: "Buongiorno", name: "Italiano" }, { lang: "uk", dir: "ltr" as const, greeting: "Вітаю", name: "Українська" },
  ];
  const card = (ready: boolean) => ["family_name", "given_names", "date_of_birth", "card_number", "place_of_birth"].map((name, i) => ({
    name, label: t(lang, `field.${name}`), value: ["Moreira", "Ana Lúcia", "14 March 1951", "LU 4482 9910", "Porto"][i]!, take: ready && i < 3 }));
  const call = { voice: "on" as const, name: "Amina", initial: "A", digits: "47 19", talk: true, see: true, point: true, pointing: false, lineDown: false, captions: [] };
  const services = [
    { id: "a", name: x.service, term: "Application form", icon: "card" }, { id: "b", name: x.rent, term: "Housing allowance", icon: "rent" },
    { id: "c", name: x.address, term: "Change of address", icon: "house" },
  ];
  const needs = x.needs.map(([title, gloss, without], i) => ({ id: `n${i}`, icon: ["card", "paper", "bank", "letter"][i]!, title: title!, gloss: gloss!, without: without!,
    have: (["yes", "yes", "no", ""] as const)[i]! }));
  const all: Record<string, Omit<View, keyof typeof base | "screen"> & Partial<View> & Pick<View, "screen">> = {
    start: { screen: "start", back: false, end: false, start: { languages } },
    "start-many": { screen: "start", back: false, end: false, start: { languages: [...languages, ...more] } },
    level: { screen: "level" },
    "level-change": { screen: "level", level: "guide-me" },
    readiness: { screen: "readiness", level: "guide-me", readiness: { name: x.rent, term: "Housing allowance", minutes: 25, needs: needs.slice(0, 4), asked: false, paper: "none" } },
    "readiness-many": { screen: "readiness", level: "with-me", readiness: { name: x.rent, term: "Housing allowance", minutes: 25, needs: [...needs, ...needs.slice(3).map((n) => ({ ...n, id: n.id + "2" }))].map((n) => ({ ...n, have: "" as const })), asked: true, paper: "out" } },
    home: { screen: "home", level: "guide-me", home: { services: services.slice(0, 1) } },
    "home-many": { screen: "home", home: { services: [...services, ...services.map((s) => ({ ...s, id: s.id + "2", icon: "work" }))] } },
    opening: { screen: "companion", service: undefined, rail },
    companion: { screen: "companion", service, rail, step },
    ...Object.fromEntries(["login", "code", "eid", "captcha", "payment", "declaration", "cookies", "download", "new-tab"].map((state) => [`state-${state}`, { screen: "companion" as const, service, rail,
      step: { title: t(lang, `page.${state}.title`), how: t(lang, `page.${state}.how`), back: t(lang, `page.${state}.back`), state, key: (state === "eid" ? "none" : "next") as "none" | "next", sight: "none" as const } }])),
    "companion-bare": { screen: "companion", service, rail, step: { ...step, bare: true, open: undefined, ringY: undefined } },
    "companion-propose": { screen: "companion", service, rail, step: { ...step, open: undefined, propose: "i-try" } },
    "companion-return": { screen: "companion", service, rail, step: { ...step, open: undefined, word: undefined, propose: "with-me" } },
    ...(h > w ? {} : {
      keyboard: { screen: "companion" as const, service: keysService, rail, step: { ...step, ringY: 182 }, keys: { kind: "text" as const, lang: "fr", secret: false, length: 12, echo: "12, rue de la G", top: h - 112 - 370 } },
      "keyboard-own": { screen: "companion" as const, service: keysService, rail, step: { ...step, ringY: 182 }, keys: { kind: "text" as const, lang, secret: false, length: 0, echo: lang === "ar" ? "أحتاج إلى" : "", top: h - 112 - 370 } },
      "keyboard-secret": { screen: "companion" as const, service: keysService, rail, step: { ...step, ringY: 182 }, keys: { kind: "latin" as const, lang: "en", secret: true, length: 9, echo: "", top: h - 112 - 370 } },
      "keyboard-number": { screen: "companion" as const, service: keysService, rail, step: { ...step, ringY: 182 }, keys: { kind: "number" as const, lang: "en", secret: false, length: 3, echo: "720", top: h - 112 - 370 } },
    }),
    "companion-branch": { screen: "companion", service, rail, step: { ...step, ringY: 430, open: "missing" } },
    "companion-plain": { screen: "companion", service, rail, step: { ...step, title: x.press, how: x.pressHow, key: "none", why: undefined, missing: undefined, open: undefined, word: undefined, ringY: 590 } },
    "companion-card": { screen: "companion", service, rail, speaking: true, step: { ...step, open: undefined, cardOffer: true, filled: "ok" } },
    "companion-help-over": { screen: "companion", service, rail, step: { ...step, open: undefined, helpOver: true } },
    unknown: { screen: "companion", service, rail, step: { ...step, sight: "unknown", ringY: undefined, open: undefined } },
    likely: { screen: "companion", service, rail, step: { ...step, sight: "likely", word: { text: "Net monthly rent", lang: "en", dir: "ltr" } } },
    error: { screen: "error", service, rail: { ...rail, knobs: knobs(3, 7, "refused") }, step: { ...step, ringY: 373 },
      error: { title: x.errorTitle, how: x.errorHow, words: { text: "not in permitted format", lang: "en", dir: "ltr" }, nothingLost: true, known: true } },
    says: { screen: "says", service, rail, step, box: { words: { text: "Please enter the date of the move.", lang: "en", dir: "ltr" }, asks: false, agreed: false } },
    asks: { screen: "says", service, rail, step, box: { words: { text: "Do you want to send your application now?", lang: "en", dir: "ltr" }, asks: true, agreed: false } },
    "asks-call": { screen: "says", service, rail, step, call, box: { words: { text: "Do you want to send your application now?", lang: "en", dir: "ltr" }, asks: true, agreed: false } },
    "asks-again": { screen: "says", service, rail, step, box: { words: { text: "Do you want to send your application now?", lang: "en", dir: "ltr" }, asks: true, agreed: true } },
    "error-unknown": { screen: "error", service, rail: { ...rail, knobs: knobs(3, 7, "refused") },
      error: { title: "", how: "", words: { text: "Field NET_RENT: value not in permitted format (NNNN.NN)", lang: "en", dir: "ltr" }, nothingLost: false, known: false } },
    card: { screen: "card", rail, card: { fields: card(true), state: "ready" } },
    "card-names": { screen: "card", rail, card: { fields: card(false).slice(0, 2), state: "ready" } },
    "card-doubt": { screen: "card", rail, card: { state: "ready", fields: card(false).slice(0, 4).map((f, i) => ({ ...f, look: i < 2, take: i === 2,
      ...(i === 3 ? { value: "", choices: ["L8982O2C3", "L898202C3"] } : {}) })) } },
    "card-reading": { screen: "card", rail, card: { fields: [], state: "reading" } },
    "card-failed": { screen: "card", rail, card: { fields: [], state: "card.pulled" } },
    help: { screen: "help", level: "with-me", rail, consent: { talk: true, see: true, point: false, outline, free: 2 } },
    "help-none": { screen: "help", consent: { talk: false, see: false, point: false, free: 0, bell: { state: "rung" as const } } },
    "help-cut": { screen: "help", rail, consent: { talk: false, see: true, point: false, outline, lineDown: true } },
    "reveal-pick": { screen: "pointing", service, rail, step, call: { ...call, reveal: "pick" as const } },
    "reveal-ask": { screen: "pointing", service, rail, step, call: { ...call, reveal: "ask" as const } },
    "reveal-never": { screen: "pointing", service, rail, step, call: { ...call, reveal: "never" as const } },
    "reveal-shown": { screen: "pointing", service, rail, step: { ...step, open: undefined }, call: { ...call, reveal: "shown" as const, captions: [{ id: "1", text: x.caption1 }] } },
    waiting: { screen: "waiting", level: "guide-me", rail, waiting: { before: 1, minutes: 4, lineDown: false, desk: { open: true, time: "17:00" } } },
    "waiting-cut": { screen: "waiting", waiting: { lineDown: true } },
    "waiting-bell": { screen: "waiting", rail, waiting: { before: 0, lineDown: false, bell: { state: "rung" as const }, number: "417-203" } },
    ticket: { screen: "ticket", rail, ticket: { number: "417-203", say: t(lang, "ticket.words", { number: "\u2066417-203\u2069" }), paper: "out", known: true, asked: true, hours: [
      t(lang, "hours.days", { first: t(lang, "weekday.1"), last: t(lang, "weekday.5"), from: "09:00", to: "17:00" }), t(lang, "hours.day", { first: t(lang, "weekday.6"), from: "10:00", to: "13:00" })] } },
    "ticket-copy": { screen: "ticket", ticket: { number: "417-203", say: t(lang, "ticket.words", { number: "\u2066417-203\u2069" }), paper: "printer.paper_out", known: false, asked: false, hours: [t(lang, "ticket.open")] } },
    bell: { screen: "bell", rail, bell: { state: "coming" as const, by: "Noor" } },
    call: { screen: "pointing", service, rail, step: { ...step, open: undefined }, call },
    pointing: { screen: "pointing", service, rail, step, call: { ...call, pointing: true, captions: [{ id: "1", text: x.caption1 }] } },
    "call-thin": { screen: "pointing", service, rail, step: { ...step, open: undefined }, call: { ...call, voice: "thin" as const } },
    "call-voice": { screen: "pointing", service, rail, step: { ...step, open: undefined }, call: { ...call, voice: "no-microphone" as const } },
    "pointing-first": { screen: "pointing", service, rail, step, call: { ...call, pointing: true, theirVoice: "muted" } },
    "pointing-muted": { screen: "pointing", service, rail, step, call: { ...call, pointing: true, muted: true, soft: true, captions: [{ id: "1", text: x.caption1 }] } },
    "pointing-text": { screen: "pointing", service, rail, step, call: { ...call, voice: undefined, talk: false, lineDown: true, captions: [{ id: "1", text: x.caption2 }, { id: "2", text: x.caption1 }] } },
    print: { screen: "print", rail },
    ...Object.fromEntries([["sheets", "ready", 3], ["sheets-making", "making", 0], ["sheets-printing", "printing", 3], ["sheets-out", "out", 3], ["sheets-none", "none", 0],
      ["sheets-broken", "broken", 0], ["sheets-many", "many", 0], ["sheets-stopped", "printer.paper_out", 3]].map(([name, state, n]) => [name, { screen: "sheets" as const, rail, sheets: {
      state: String(state), n: Number(n), src: ["ready", "printer.paper_out"].includes(String(state)) ? "sample.pdf" : undefined,
      price: n === 3 ? { amount: 0.3, currency: "EUR" } : undefined, stop: state === "printing" ? "printer.paper_out" : undefined, where: state === "none" ? { state: "" } : undefined } }])),
    ...Object.fromEntries(([["filing", { state: "camera" }], ["filing-none", { state: "none" }], ["filing-failed", { state: "failed" }],
      ["filing-look", { state: "camera", pages: [aPaper] }], ["filing-pages", { state: "camera", pages: [aPaper, aPaper, aPaper], several: true }],
      ["filing-several", { state: "camera", several: true, other: "scanner" }], ["filing-scanner", { state: "scanner", other: "camera" }], ["filing-scanner-several", { state: "scanner", several: true }],
      ["filing-scanning", { state: "scanning" }], ["filing-no-paper", { state: "scanner.empty", other: "camera" }], ["filing-no-scanner", { state: "scanner.absent" }],
    ] as [string, Partial<Filing>][]).map(([name, filing]) => [name, { screen: "filing" as const, rail, filing: { state: "", several: false, ...filing } }])),
    "sheets-where": { screen: "sheets", rail, sheets: { state: "none", n: 0, where: { state: "out" } } },
    "companion-sheets": { screen: "companion", service, rail, step: { ...step, open: undefined, word: undefined, sheetsOffer: true } },
    "companion-sent": { screen: "companion", service, rail, step: { ...step, open: undefined, word: undefined, why: undefined, missing: undefined, key: "finish", sight: "none", ringY: undefined, paperOffer: true, paper: "out" } },
    "confirm-end": { screen: "confirm-end", rail },
    idle: { screen: "idle", rail, idle: { seconds: 35 } },
    end: { screen: "end", back: false, rail: { ...rail, knobs: knobs(8, 7) }, ending: { paper: "out", card: true, erased: true, finished: true } },
    "end-first": { screen: "end", back: false, ending: { paper: "out", card: true, asked: true, erased: true, finished: true } },
    "end-bare": { screen: "end", back: false, ending: { paper: "none", card: false, erased: false, finished: false } },
    "end-failed": { screen: "end", back: false, ending: { paper: "failed", card: false, printer: "printer.paper_out", erased: true, finished: true, face: 4 } },
    "end-slip": { screen: "end", back: false, ending: { paper: "failed", card: false, printer: "printer.absent", slip: { title: x.slipTitle, lines: x.slip }, erased: false, finished: true } },
    "failure-unsure": { screen: "failure", rail, failure: { kind: "site-unsure", truths: ["stopped", "not-your-fault", "not-sent"], keys: ["retry", "print", "help", "home"] } },
    "failure-site": { screen: "failure", rail, failure: { kind: "site-down", truths: ["not-your-fault", "not-sent", "office-told"], keys: ["retry", "print", "help", "home"] } },
    "failure-page": { screen: "failure", rail, failure: { kind: "page-unknown", truths: ["not-your-fault", "still-there"], keys: ["retry", "help", "home"] } },
    "failure-dead-end": { screen: "failure", rail, failure: { kind: "dead-end", truths: ["not-sent", "look-again", "not-your-fault"], keys: ["retry", "help", "home"] } },
    "failure-form-gone": { screen: "failure", rail, failure: { kind: "form-gone", truths: ["not-sent", "erased", "not-your-fault"], keys: ["retry", "print", "help", "home"] } },
    "failure-hub": { screen: "failure", rail, failure: { kind: "hub-down", truths: ["not-your-fault", "request-kept"], keys: ["retry", "home"] } },
    "failure-printer": { screen: "failure", rail, failure: { kind: "printer.absent", truths: ["not-your-fault", "go-on"], keys: ["retry", "help"] } },
    "failure-reader": { screen: "failure", rail, failure: { kind: "reader.absent", truths: ["go-on", "write-yourself"], keys: ["retry", "help"] } },
    "failure-order": { screen: "failure", back: false, end: false, failure: { kind: "out-of-order", truths: ["not-your-fault"], keys: [] } },
    ready: { screen: "ready", back: false, end: false },
  };
  const out: Record<string, View> = {};
  for (const [name, v] of Object.entries(all)) out[name] = { ...base, ...v };
  return out;
}
