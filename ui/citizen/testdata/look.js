// SPDX-License-Identifier: Apache-2.0

// Run in the page: finds what the design forbids (small text, small targets, clipped words, weak contrast), and measures
// what must be the same everywhere. Answers JSON.
(async () => {
  await document.fonts.ready;
  const root = document.querySelector(".terminal");
  for (let i = 0; i < 200 && root.dataset.live !== "true"; i++) await new Promise((r) => setTimeout(r, 20));
  await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)));
  const problems = [];
  const W = innerWidth, H = innerHeight;
  const name = (el) => `${el.tagName.toLowerCase()}.${(el.getAttribute("class") ?? "").replaceAll(" ", ".")} "${(el.textContent ?? "").trim().slice(0, 40)}"`;
  const seen = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && el.getClientRects().length > 0;
  const bar = root.querySelector(".bar").getBoundingClientRect();

  const rgb = (s) => (s.match(/[\d.]+/g) ?? []).map(Number);
  const lum = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const ground = (el) => { for (let e = el; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };

  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, el = node.parentElement;
    if (!node.data.trim() || !seen(el) || el.closest(".outline")) continue;
    words.push(node.data.trim());
    if (/^[a-z]+(\.[a-z0-9_-]+)+$/.test(node.data.trim())) problems.push(`a key instead of words: ${node.data}`);
    const style = getComputedStyle(el);
    const px = parseFloat(style.fontSize);
    if (px < 24) problems.push(`text of ${px} px: ${name(el)}`);
    if (!el.closest("svg")) {
      const r = ratio(rgb(style.color).slice(0, 3), ground(el));
      if (r < 7) problems.push(`contrast ${r.toFixed(1)}: ${name(el)}`);
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      // The font's own box is taller than its letters, much so in Arabic: what may not be cut are the letters.
      const mid = (line.top + line.bottom) / 2;
      const box = { left: line.left, right: line.right, top: mid - px * 0.55, bottom: mid + px * 0.55 };
      if (box.left < -0.5 || box.right > W + 0.5 || box.top < -0.5 || box.bottom > H + 0.5) problems.push(`outside the screen: ${name(el)}`);
      if (!el.closest(".bar, .rail") && box.bottom > bar.top + 0.5) problems.push(`under the bar: ${name(el)}`);
      for (let e = el; e && e !== root; e = e.parentElement) {
        const s = getComputedStyle(e);
        const around = e.getBoundingClientRect();
        if ((s.overflowX !== "visible" || s.borderTopWidth !== "0px" || e.matches("button, .panel, .key")) && (box.left < around.left - 1 || box.right > around.right + 1)) problems.push(`wider than ${name(e)}: ${name(el)}`);
        if ((s.overflowY !== "visible" || e.matches("button, .panel, .key, .side, .content")) && (box.top < around.top - 1 || box.bottom > around.bottom + 1)) problems.push(`higher than ${name(e)}: ${name(el)}`);
      }
    }
  }
  const targets = [...root.querySelectorAll("button")].filter(seen);
  for (const el of targets) {
    const b = el.getBoundingClientRect();
    if (b.width < 56 || b.height < 56) problems.push(`target of ${b.width} x ${b.height}: ${name(el)}`);
    if (el.matches(".key-primary:not(.key-done)") && b.height < 72) problems.push(`primary key of ${b.height}: ${name(el)}`);
    if (!el.dataset.name) problems.push(`no data-name: ${name(el)}`);
    if (b.left < 0 || b.right > W || b.top < 0 || b.bottom > H) problems.push(`target outside: ${name(el)}`);
    for (const other of targets) {
      if (el === other || el.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING || el.closest(".language") && el.closest(".language") === other.closest(".language")) continue;
      const o = other.getBoundingClientRect();
      const gap = Math.max(Math.max(b.left, o.left) - Math.min(b.right, o.right), Math.max(b.top, o.top) - Math.min(b.bottom, o.bottom));
      if (gap < 0) problems.push(`targets overlap: ${name(el)} and ${name(other)}`);
    }
  }
  const names = targets.map((el) => el.dataset.name);
  for (const n of new Set(names)) if (names.filter((x) => x === n).length > 1) problems.push(`data-name twice: ${n}`);
  if (root.querySelectorAll(".key-primary").length > 1) problems.push("two primary keys");
  const side = root.querySelector(".side-words");
  if (side && side.scrollHeight > side.clientHeight + 1) problems.push(`the companion's words need ${side.scrollHeight} px and have ${side.clientHeight}`);

  const controls = {};
  for (const n of ["read", "back", "help", "end"]) {
    const b = root.querySelector(`.bar [data-name="${n}"]`).getBoundingClientRect();
    controls[n] = [b.x, b.y, b.width, b.height];
  }
  const branch = root.querySelector(".branch");
  const far = branch?.getPointAtLength(branch.getTotalLength());
  const rails = [...root.querySelectorAll(".rail-line")];
  const end = rails[0].getPointAtLength(rails[0].getTotalLength());
  return JSON.stringify({ problems: [...new Set(problems)], controls, rails: rails.length, railEnd: [end.x, end.y], branchEnd: far ? [far.x, far.y] : null, knobs: root.querySelectorAll("[data-knob]").length, words: words.join("\n") });
})()
