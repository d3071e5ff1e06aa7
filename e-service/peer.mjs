// SPDX-License-Identifier: Apache-2.0
//
// The same unattended walk of the form's 8 pages that "handrail bench" does with our engine, done with playwright-core as it is
// meant to be used: the yardstick. Prints one line of JSON: {"ms": median of the runs, "pages": 8, "runs": [ms, ...]}.
//
//   node peer.mjs [-url http://127.0.0.1:3009] [-runs 3] [-chromium /usr/lib/chromium/chromium]
//
// The browser is started once and not measured; each run has a new context, and begins when it opens the first page and ends
// when "Form submitted" is on the screen.
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const { values: flags } = parseArgs({
  args: process.argv.slice(2).map((a) => a.replace(/^-(?=url|runs|chromium)/, '--')),
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3009' },
    runs: { type: 'string', default: '3' },
    chromium: { type: 'string', default: '/usr/lib/chromium/chromium' }
  }
})
const count = Number(flags.runs)
if (!Number.isInteger(count) || count < 1 || count > 1000) {
  process.stderr.write(`peer: -runs ${flags.runs}: a number from 1 to 1000\n`)
  process.exit(2)
}

// The answers of the guide's first invented person (try: a).
const pages = [
  { path: '/test/start', button: 'Start now' },
  { path: '/test/uk-passport', answer: (p) => p.getByLabel('Yes').check() },
  { path: '/test/how-many-people', answer: (p) => p.getByLabel('How many applicants are there?').selectOption('1') },
  { path: '/test/applicant-one', fields: { 'First name': 'Testina', 'Middle name (optional)': 'Exempla', Surname: 'Musterova' } },
  {
    path: '/test/applicant-one-address',
    fields: { 'Address line 1': '1 Invented Street', 'Address line 2 (optional)': 'Flat 3', 'Town or city': 'Sampletown', Postcode: 'ZZ99 3VZ' }
  },
  { path: '/test/contact-details', fields: { 'Phone number': '07700 900123', 'Your email address': 'testina@example.com' } },
  { path: '/test/summary', button: 'Accept and send' },
  { path: '/test/status', end: 'Form submitted' }
]

const browser = await chromium.launch({ executablePath: flags.chromium, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
try {
  const runs = []
  for (let i = 0; i < count; i++) runs.push(await walk(browser))
  const sorted = runs.toSorted((a, b) => a - b)
  process.stdout.write(`${JSON.stringify({ ms: sorted[sorted.length >> 1], pages: pages.length, runs })}\n`)
} catch (err) {
  process.stderr.write(`peer: ${err.message.split('\n')[0]}\n`)
  process.exitCode = 1
} finally {
  await browser.close()
}

async function walk(browser) {
  const context = await browser.newContext({ viewport: { width: 816, height: 690 } })
  const page = await context.newPage()
  const begin = performance.now()
  await page.goto(flags.url + pages[0].path)
  for (const { path, fields = {}, answer, button = 'Continue', end } of pages) {
    await page.waitForURL(flags.url + path)
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
    await answer?.(page)
    if (end) await page.getByRole('heading', { name: end }).waitFor()
    else await page.getByRole('button', { name: button }).click()
  }
  const ms = Math.round(performance.now() - begin)
  await context.close()
  return ms
}
