// SPDX-License-Identifier: Apache-2.0

// A site for the tests, at the addresses of the form /basic of the HMPO wizard's example, that does what services do to
// people: it says what they wrote in its errors and addresses, asks for passwords, money and proofs in between, gives files.
// It prints the port that it listens on.

import { createServer } from "node:http";

const page = (title, body) => `<!doctype html><html lang="en"><title>${title}</title><body><main><h1>${title}</h1>${body}</main></body></html>`;
const form = (inner) => `<form method="post">${inner}<button type="submit">Continue</button></form>`;
const text = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const elsewhere = {
  login: `<label for="p">Password</label> <input id="p" type="password">`,
  payment: `<label for="c">Card number</label> <input id="c" autocomplete="cc-number">`,
  captcha: `<iframe src="https://www.google.com/recaptcha/api2/anchor?k=x" width="304" height="78"></iframe>`,
  eid: `<form><input type="hidden" name="SAMLRequest" value="x"><button>Go on</button></form>`,
};
const way = ["file", "login", "payment", "captcha", "eid"];
let refused = false, turns = 0;
const papers = process.argv[2] === "papers"; // the site gives documents and prints its pages
const files = process.argv[2] === "files"; // the site asks for a picture
const letter = (words) => {
  const content = `BT /F1 24 Tf 72 720 Td (${words.replace(/[^A-Za-z0-9 ]/g, " ")}) Tj ET`;
  return `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n`
    + `3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n`
    + `4 0 obj<</Length ${content.length}>>stream\n${content}\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n`;
};

createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    const answer = Object.fromEntries(new URLSearchParams(body));
    const at = new URL(request.url, "http://x").pathname.replace(/\/$/, "");
    const post = request.method === "POST";
    const show = (title, inner) => { response.setHeader("Content-Type", "text/html; charset=utf-8"); response.end(page(title, inner)); };
    const go = (to) => { response.writeHead(303, { Location: to }); response.end(); };
    if (at === "/basic" && !post) return show("Basic example", form(""));
    if (at === "/basic") { refused = false; turns = 0; return go("/basic/your-name"); }
    if (files && at === "/basic/your-name") {
      if (post && /filename="paper-\d+\.jpg"\r\nContent-Type: image\/jpeg/.test(body) && body.length > 2000) return go("/basic/your-age");
      return show("Your name", `<form method="post" enctype="multipart/form-data"><label for="name">Your name</label> <input id="name" name="name" type="text">
        <input type="file" id="paper" name="paper" hidden onchange="this.form.submit()"><button type="button" onclick="paper.click()">Continue</button></form>`);
    }
    if (files && at === "/basic/your-age") { // as many as are wanted, in one box
      if (post && [...body.matchAll(/filename="paper-\d+\.jpg"\r\nContent-Type: image\/jpeg/g)].length === 2 && body.length > 4000) return go("/basic/your-favorite-color");
      return show("Your age", `<form method="post" enctype="multipart/form-data"><label for="age">Your age</label> <input id="age" name="age" type="number">
        <input type="file" id="papers" name="papers" multiple hidden onchange="this.form.submit()"><button type="button" onclick="papers.click()">Continue</button></form>`);
    }
    if (papers && at === "/basic/your-name" && !post) { // in turn: an answer, a letter made by the page, a note, the next page
      return show("Your name", `<form method="post"><label for="name">Your name</label> <input id="name" name="name" type="text"><button type="submit">Continue</button></form>
        <script>const letter = ${letter}; let turn = 0;
        const give = (href, download) => { const a = document.createElement("a"); a.href = href; a.download = download; a.click(); URL.revokeObjectURL(href); };
        document.forms[0].onsubmit = () => {
          turn++;
          if (turn === 2) give(URL.createObjectURL(new Blob([letter(document.getElementById("name").value)], { type: "application/pdf" })), "confirmation.pdf");
          if (turn === 3) give("data:text/plain,note", "note.txt");
          return turn === 1 || turn > 3;
        };</script>`);
    }
    if (papers && at === "/basic/your-name" && post && turns++ < 1) {
      response.writeHead(200, { "Content-Type": "application/pdf" });
      return response.end(letter(answer.name));
    }
    if (papers && at === "/basic/your-name" && post) return go("/basic/your-age");
    if (papers && at === "/basic/your-age") {
      return show("Your age", form(`<label for="age">Your age</label> <input id="age" name="age" type="number">`)
        + `<p style="break-before: page">Two</p><p style="break-before: page">Three</p><script>setTimeout(() => print())</script>`);
    }
    if (at === "/basic/your-name") {
      if (post && refused) return go("/basic/your-age?name=" + encodeURIComponent(answer.name));
      const wrong = post ? `<div role="alert"><a href="#name">We know nobody called ${text(answer.name)}</a></div>` : "";
      refused = post;
      return show("Your name", wrong + form(`<label for="name">Your name</label> <input id="name" name="name" type="text" value="${text(answer.name ?? "")}">`));
    }
    if (at === "/basic/your-age" && !post) return show("Your age", form(`<label for="age">Your age</label> <input id="age" name="age" type="number">`));
    if (at === "/basic/your-age") {
      const next = way[turns++];
      if (next === "file") { response.writeHead(200, { "Content-Disposition": "attachment; filename=a.bin", "Content-Type": "application/octet-stream" }); return response.end("x"); }
      return go(next ? `/basic/elsewhere/${next}?age=${answer.age}` : "/basic/your-favorite-color");
    }
    if (at.startsWith("/basic/elsewhere/")) return show("Somewhere else", elsewhere[at.slice(17)] ?? "");
    if (at === "/basic/your-favorite-color") {
      if (post) return go("/basic/submit");
      return show("Pick your favourite colour", `<div class="cookie-banner" role="region">We use cookies <button type="button">Accept</button> <button type="button">Reject</button></div>`
        + form(`<label for="color">Pick your favourite colour</label> <select id="color" name="color"><option value=""></option><option value="blue">Blue</option><option value="green">Green</option></select>`));
    }
    if (at === "/basic/submit") return post ? go("/basic/done") : show("Submit", form(""));
    if (at === "/basic/done") return show("Successfully submitted", "");
    response.writeHead(404); response.end();
  });
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
