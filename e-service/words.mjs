// SPDX-License-Identifier: Apache-2.0
//
// Records the public words of the form's pages for the guide defra-forms, with the very script that draws the outline on a
// terminal. Two invented people walk the form, answer everything differently and make every mistake once; words that stood in
// the same place of the same page for both are public, all others are not. Only hashes are kept (kiosk.WordHash).
//
//   node words.mjs [-url http://127.0.0.1:3009] [-script ../kiosk/browser/page/dist/page.js] [-chromium PATH] > words
//
// To be run again when the service's pages, or the way in which the script names places, have changed.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const { values: flags } = parseArgs({
  args: process.argv.slice(2).map((a) => a.replace(/^-(?=url|script|chromium|show)/, '--')),
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3009' },
    script: { type: 'string', default: fileURLToPath(new URL('../kiosk/browser/page/dist/page.js', import.meta.url)) },
    chromium: { type: 'string', default: '/usr/lib/chromium/chromium' },
    show: { type: 'boolean', default: false } // the words themselves instead of their hashes, to look at
  }
})
const guide = 'defra-forms'
const pages = { start: {}, 'uk-passport': {}, 'how-many-people': {}, 'applicant-one': {}, 'applicant-one-address': {}, 'contact-details': {}, summary: {}, status: {} }

// By field: right answers of the two, then what each gets wrong. Everything differs.
const long = (letter) => letter.repeat(101)
const people = [
  {
    ukPassport: 'true', numberOfApplicants: '1', firstName: 'Testina', middleName: 'Exempla', lastName: 'Musterova',
    address__addressLine1: '1 Invented Street', address__addressLine2: 'Flat 3', address__town: 'Sampletown', address__postcode: 'ZZ99 3VZ',
    phoneNumber: '07700 900123', emailAddress: 'testina@example.com'
  },
  {
    ukPassport: 'false', numberOfApplicants: '3', firstName: 'Probus', middleName: 'Specimen', lastName: 'Fictus',
    address__addressLine1: '22 Sample Lane', address__addressLine2: 'Second floor', address__town: 'Examplebury', address__postcode: 'ZZ99 4QZ',
    phoneNumber: '+44 20 7946 0018', emailAddress: 'probus@example.org'
  }
]
const mistakes = [
  { address__addressLine1: long('x'), address__addressLine2: long('x'), address__town: long('x'), address__postcode: '12345', phoneNumber: 'none', emailAddress: 'testina' },
  { address__addressLine1: long('y'), address__addressLine2: long('y'), address__town: long('y'), address__postcode: 'abcdef', phoneNumber: 'mobile', emailAddress: 'at home' }
]

if (hash('g', 'p', 'h1[1]', ' Cafe\u0301 ') !== 'ebc45eefd4f69f5d1ebe548f') throw new Error('this is not the hash of kiosk.WordHash')
const browser = await chromium.launch({ executablePath: flags.chromium, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
try {
  const [first, second] = [await walk(people[0], mistakes[0]), await walk(people[1], mistakes[1])]
  const shared = [...first].filter((seen) => second.has(seen)).map((seen) => JSON.parse(seen))
  if (shared.length < 50) throw new Error(`only ${shared.length} public words: the script told no outline`)
  if (flags.show) for (const [page, place, text] of shared) process.stdout.write(`${page}\t${place}\t${text}\n`)
  else {
    process.stdout.write('# Public words of the service\'s pages: the same, in the same place, for two invented people who answered\n# everything differently. Recorded by e-service/words.mjs.\n')
    for (const line of [...new Set(shared.map(([page, place, text]) => hash(guide, page, place, text)))].sort()) process.stdout.write(`${line}\n`)
  }
  process.stderr.write(`${shared.length} public, ${first.size - shared.length} and ${second.size - shared.length} private\n`)
} finally {
  await browser.close()
}

/** Everything that one person sees, as JSON of [page, place, words]. */
async function walk(answers, wrong) {
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
    const id = new URL(page.url()).pathname.split('/').at(-1)
    if (!(id in pages)) throw new Error(`${page.url()} is no page of the guide`)
    outline = undefined
    await page.evaluate(() => globalThis.handrail.outline(true))
    for (let i = 0; !outline && i < 200; i++) await new Promise((resolve) => setTimeout(resolve, 25))
    for (const { text, place } of outline.nodes) if (text) seen.add(JSON.stringify([id, place, normalise(text)]))
  }
  const fill = async (values) => {
    for (const field of await page.locator('main [name]:not([type=hidden])').all()) {
      const [name, type, tag] = await field.evaluate((el) => [el.name, el.type, el.tagName])
      const value = values[name]
      if (type === 'radio') { if ((await field.getAttribute('value')) === value) await field.check({ force: true }) }
      else if (tag === 'SELECT') { if (value) await field.selectOption(value) }
      else await field.fill(value ?? '')
    }
  }
  const send = () => Promise.all([page.waitForEvent('load'), page.locator('main form button').click()])

  await page.goto(`${flags.url}/test/start`)
  for (const id of Object.keys(pages)) {
    if (!page.url().endsWith(`/${id}`)) throw new Error(`at ${page.url()} instead of ${id}`)
    await note()
    if (id === 'status') break
    if (id !== 'start' && id !== 'summary') {
      for (const values of [{}, wrong]) {
        await fill(values)
        await send()
        if (!page.url().endsWith(`/${id}`)) throw new Error(`${id} took a mistake`)
        await note()
      }
      await fill(answers)
      await note() // with the answers in their fields
    }
    await send()
  }
  await context.close()
  return seen
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
