// SPDX-License-Identifier: Apache-2.0
//
// Records the public words of a guide's pages, with the very script that draws the outline on a terminal. Two invented people
// walk the form, answer everything differently and make every mistake once; words that stood in the same place of the same page
// for both are public, all others are not. Only hashes are kept (kiosk.WordHash). The service must be running.
//
//   node words.mjs [-guide defra-forms] [-url http://127.0.0.1:3009] [-script ../kiosk/browser/page/dist/page.js] [-chromium PATH] > words
//
// To be run again when the service's pages, or the way in which the script names places, have changed.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { guides } from './words-guides.mjs'

const { values: flags } = parseArgs({
  args: process.argv.slice(2).map((a) => a.replace(/^-(?=guide|url|script|chromium|show)/, '--')),
  options: {
    guide: { type: 'string', default: 'defra-forms' },
    url: { type: 'string' },
    script: { type: 'string', default: fileURLToPath(new URL('../kiosk/browser/page/dist/page.js', import.meta.url)) },
    chromium: { type: 'string', default: '/usr/lib/chromium/chromium' },
    show: { type: 'boolean', default: false } // the words themselves instead of their hashes, to look at
  }
})
const guide = guides[flags.guide]
if (!guide) {
  process.stderr.write(`words: -guide ${flags.guide}: known are ${Object.keys(guides).join(', ')}\n`)
  process.exit(2)
}
const origin = flags.url ?? `http://127.0.0.1:${guide.port}`

if (hash('g', 'p', 'h1[1]', ' Cafe\u0301 ') !== 'ebc45eefd4f69f5d1ebe548f') throw new Error('this is not the hash of kiosk.WordHash')
const browser = await chromium.launch({ executablePath: flags.chromium, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
try {
  const shared = new Set()
  let alone = 0
  for (const route of guide.routes) {
    const [first, second] = [await walk(0, route[0]), await walk(1, route[1])]
    for (const seen of first) if (second.has(seen)) shared.add(seen); else alone++
  }
  const all = [...shared].map((seen) => JSON.parse(seen))
  if (all.length < 20) throw new Error(`only ${all.length} public words: the script told no outline`)
  if (flags.show) for (const [page, place, text] of all) process.stdout.write(`${page}\t${place}\t${text}\n`)
  else {
    process.stdout.write('# Public words of the service\'s pages: the same, in the same place, for two invented people who answered\n# everything differently. Recorded by e-service/words.mjs.\n')
    for (const line of [...new Set(all.map(([page, place, text]) => hash(flags.guide, page, place, text)))].sort()) process.stdout.write(`${line}\n`)
  }
  process.stderr.write(`${flags.guide}: ${all.length} public, ${alone} of the first person alone\n`)
} finally {
  await browser.close()
}

/** Everything that one person sees on one way through the form, as JSON of [page, place, words]. */
async function walk(person, ownWay) {
  const answers = { ...guide.people[person], ...ownWay }
  const wrong = guide.mistakes[person]
  const seen = new Set()
  const context = await browser.newContext({ viewport: { width: 816, height: 3000 } }) // all of a page in one view
  const page = await context.newPage()
  let outline
  await page.exposeFunction('handrailTell', (json) => {
    const message = JSON.parse(json)
    if (message.t === 'outline') outline = message
  })
  await page.addInitScript({ path: flags.script })
  const note = async () => {
    outline = undefined
    await page.evaluate(() => globalThis.handrail.outline(true))
    for (let i = 0; !outline && i < 400; i++) await new Promise((resolve) => setTimeout(resolve, 25))
    for (const { text, place } of outline.nodes) if (text) seen.add(JSON.stringify([idOf(page.url()), place, normalise(text)]))
  }
  const fields = () => page.locator('main [name]:not([type=hidden])').all()
  const fill = async (values) => {
    for (const field of await fields()) {
      const [name, type, tag] = await field.evaluate((el) => [el.name, el.type, el.tagName])
      const value = values[name]
      if (type === 'radio' || type === 'checkbox') { if ((await field.getAttribute('value')) === value) await field.check({ force: true }) }
      else if (tag === 'SELECT') { if (value) await field.selectOption(value) }
      else await field.fill(value ?? '')
    }
  }
  const send = () => Promise.all([page.waitForEvent('load'), page.locator('main form button').click()])

  await page.goto(origin + guide.start)
  for (let pages = 0; pages < 50; pages++) {
    const url = page.url()
    await note()
    if (idOf(url) === guide.end) {
      await context.close()
      return seen
    }
    if ((await fields()).length > 0) {
      for (const values of [{}, wrong]) {
        await fill(values)
        await send()
        if (idOf(page.url()) === idOf(url)) await note()
        else await page.goto(url) // it was no mistake here
      }
      await fill(answers)
      await note() // with the answers in their fields
    }
    await send()
    if (idOf(page.url()) === idOf(url)) throw new Error(`${url} did not take the answers`)
  }
  throw new Error('the form does not end')
}

/** The guide's id of a page. */
function idOf(url) {
  const path = new URL(url).pathname.replace(/\/(edit)?$/, '')
  return path === guide.start.replace(/\/$/, '') ? guide.first : path.split('/').at(-1)
}

/** kiosk.NormaliseWords. */
function normalise(text) {
  return text.normalize('NFC').replace(/[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g, ' ').replace(/^ | $/g, '')
}

/** kiosk.WordHash. */
function hash(...parts) {
  const sum = createHash('sha256')
  const words = normalise(parts.pop())
  for (const part of ['words 1', ...parts, words]) {
    const bytes = Buffer.from(part, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    sum.update(length).update(bytes)
  }
  return sum.digest('hex').slice(0, 24)
}
