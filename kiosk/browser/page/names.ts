// SPDX-License-Identifier: Apache-2.0

// What an element is and what it is called, the way a screen reader would find out (ARIA in HTML; accessible name
// computation 1.2, the parts that forms need). No value of a field is ever read here.

/** White space collapsed, ends trimmed. */
export function clean(text: string | null | undefined): string {
  const said = (text ?? "").trim();
  return /\s\s|[^\S ]/.test(said) ? said.replace(/\s+/g, " ") : said;
}

/** Visible words of an element, without those of fields inside it; with a limit, no more than a little over so many characters. */
export function words(el: Element, limit = Infinity): string {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return "";
  if (el.firstElementChild === null) return clean(el.textContent);
  let out = "";
  for (const node of el.childNodes) {
    if (out.length > limit) break;
    if (node.nodeType === Node.TEXT_NODE) out += node.textContent ?? "";
    else if (node.nodeType === Node.ELEMENT_NODE && !/^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test((node as Element).tagName)) {
      out += " " + words(node as Element, limit - out.length);
    }
  }
  return clean(out);
}

const roles: Record<string, string> = {
  A: "link", BUTTON: "button", TEXTAREA: "textbox", FIELDSET: "radiogroup", H1: "heading", H2: "heading", H3: "heading", H4: "heading", IMG: "img",
  DIALOG: "dialog", FORM: "form", UL: "list", OL: "list", MAIN: "main", NAV: "navigation", PROGRESS: "progressbar", SECTION: "region", OUTPUT: "status", TABLE: "table",
};

export function roleOf(el: Element): string {
  const given = el.getAttribute("role");
  if (given) return given === "group" ? "radiogroup" : given;
  if (el.tagName === "SELECT") return (el as HTMLSelectElement).multiple || (el as HTMLSelectElement).size > 1 ? "listbox" : "combobox";
  if (el.tagName === "INPUT") {
    switch ((el as HTMLInputElement).type) {
      case "radio": case "checkbox": return (el as HTMLInputElement).type;
      case "button": case "submit": case "reset": case "image": return "button";
      case "number": return "spinbutton";
      case "range": return "slider";
      case "search": return "searchbox";
      case "file": return "file";
      default: return (el as HTMLInputElement).list ? "combobox" : "textbox";
    }
  }
  return roles[el.tagName] ?? "";
}

function byIds(el: Element, attribute: string): Element[] {
  const ids = el.getAttribute(attribute);
  if (!ids) return [];
  const root = el.getRootNode() as Document | ShadowRoot;
  return ids.split(/\s+/).filter(Boolean)
    .map((id) => root.getElementById(id)).filter((e): e is HTMLElement => e !== null);
}

/** The labels of each control of a tree. A control's own list looks through the whole page each time that it is asked. */
export type Labels = Map<Element, Element[]>;

export function labelsIn(root: Document | ShadowRoot): Labels {
  const labels: Labels = new Map();
  for (const label of root.querySelectorAll("label")) {
    const control = label.control;
    if (!control) continue;
    const list = labels.get(control);
    if (list) list.push(label); else labels.set(control, [label]);
  }
  return labels;
}

/** The elements that carry the name of a control: its labels or its legend. With labels, those of its tree are known already. */
export function labelsOf(el: Element, known?: Labels): Element[] {
  const labelled = byIds(el, "aria-labelledby");
  if (labelled.length > 0) return labelled;
  if (el.tagName === "FIELDSET") {
    const legend = el.querySelector(":scope > legend");
    return legend ? [legend] : [];
  }
  if (known) return known.get(el) ?? [];
  const labels = (el as HTMLInputElement).labels;
  return labels ? [...labels] : [];
}

/** The elements that describe a control: hint and error (aria-describedby, aria-errormessage). */
export function hintsOf(el: Element): Element[] {
  return [...byIds(el, "aria-describedby"), ...byIds(el, "aria-errormessage")];
}

export function nameOf(el: Element, known?: Labels): string {
  const labels = labelsOf(el, known);
  if (labels.length > 0) return clean(labels.map((label) => words(label)).join(" "));
  const label = el.getAttribute("aria-label");
  if (label) return clean(label);
  if (el.tagName === "INPUT" && /^(submit|button|reset)$/.test((el as HTMLInputElement).type)) return clean((el as HTMLInputElement).value || (el as HTMLInputElement).type);
  if (el.tagName === "IMG") return clean((el as HTMLImageElement).alt);
  if (/^(link|button|heading|tab|option|radio|checkbox|switch|menuitem|combobox|alert|status)$/.test(roleOf(el)) && el.tagName !== "INPUT" && el.tagName !== "SELECT") return words(el, 200);
  return clean(el.getAttribute("title") ?? el.getAttribute("placeholder"));
}

/** id and name in pieces: "applicant-firstName_1" -> applicant, first, name, 1; of a link, those of its path too. */
export function tokensOf(el: Element): string[] {
  const way = el.tagName === "A" ? (el.getAttribute("href") ?? "").replace(/[?].*$/s, "") : "";
  const source = `${el.id} ${el.getAttribute("name") ?? ""} ${way.length < 200 ? way : ""}`;
  let tokens = split.get(source);
  if (!tokens) {
    const pieces = source.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    tokens = [...new Set(pieces)];
    if (split.size > 5000) split.clear();
    split.set(source, tokens);
  }
  return tokens;
}

const split = new Map<string, string[]>(); // what was taken to pieces before

export function visible(el: Element): boolean {
  if (!el.checkVisibility({ visibilityProperty: true })) return false;
  const box = el.getBoundingClientRect();
  return box.width > 0 && box.height > 0;
}
