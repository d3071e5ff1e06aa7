// SPDX-License-Identifier: Apache-2.0
// Encodes one ticket with each of the other encoders. Standard input: {lines: [{text, bold}], picture, qr}, in which picture
// is a PNG in base64 or empty. Standard output: {name: bytes in base64}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { lines, lang, picture, qr } = JSON.parse(readFileSync(0, "utf8"));
const out = {};

async function nodeThermal() {
  const { ThermalPrinter, PrinterTypes, CharacterSet } = require("node-thermal-printer");
  const sets = { en: "PC437_USA", fr: "WPC1252", pl: "PC852_LATIN2", el: "PC737_GREEK", uk: "WPC1251_CYRILLIC", ar: "PC864_ARABIC" };
  const make = () => new ThermalPrinter({ type: PrinterTypes.EPSON, interface: "/dev/null", width: 42, characterSet: CharacterSet[sets[lang]] ?? CharacterSet.PC437_USA });
  const p = make();
  for (const { text, bold } of lines) {
    if (bold) p.bold(true);
    p.println(text);
    if (bold) p.bold(false);
  }
  if (qr) p.printQR(qr, { cellSize: 5, correction: "M" });
  p.cut();
  out["node-thermal-printer"] = p.getBuffer();
  if (picture) {
    const image = make();
    await image.printImageBuffer(Buffer.from(picture, "base64"));
    image.cut();
    out["node-thermal-printer, as a picture"] = image.getBuffer();
  }
}

async function encoder() {
  const module = await import("@point-of-sale/receipt-printer-encoder");
  const ReceiptPrinterEncoder = module.default;
  const e = new ReceiptPrinterEncoder({ language: "esc-pos", columns: 42, codepageMapping: "epson" });
  e.initialize().codepage("auto");
  for (const { text, bold } of lines) {
    if (bold) e.bold(true);
    e.line(text);
    if (bold) e.bold(false);
  }
  if (qr) e.qrcode(qr, { model: 2, size: 5, errorlevel: "m" });
  e.cut();
  out["receipt-printer-encoder"] = Buffer.from(e.encode());
}

async function receiptline() {
  const r = require("receiptline");
  const sets = { en: "cp437", fr: "cp1252", pl: "cp852", el: "cp737", uk: "cp866", ar: "cp864" };
  const mark = (s) => s.replace(/[\\|{}~_"`^]/g, "\\$&");
  let doc = lines.map(({ text, bold }) => "|" + (bold ? `"${mark(text)}"` : mark(text))).join("\n");
  if (qr) doc += `\n{code:${qr};option:qrcode,5,m}`;
  doc += "\n=";
  out["receiptline"] = Buffer.from(r.transform(doc, { cpl: 42, encoding: sets[lang], command: "escpos", spacing: true }), "binary");
}

for (const one of [nodeThermal, encoder, receiptline]) {
  try {
    await one();
  } catch (error) {
    console.error(`${one.name}: ${error}`);
  }
}
console.log(JSON.stringify(Object.fromEntries(Object.entries(out).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]))));
