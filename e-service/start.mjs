// SPDX-License-Identifier: Apache-2.0
//
// Starts a real e-service that nobody in this project wrote: the form server of DEFRA's forms engine with two of its own
// forms, /test/start and /components/all-components, on 127.0.0.1 alone. Answers live in this process's memory, are sent to
// nobody and are written nowhere. It ends when its standard input is closed or its parent is gone.
//
//   node start.mjs [-port 3009] [-host 127.0.0.1]        (or PORT and HOST; port 0: any free one)
//
// When it can be used it prints one line: ready http://127.0.0.1:PORT/test/start
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { publicFolder } from './assets.mjs'
import { endWithParent, fail, readFlags, urlOf } from './process.mjs'

const flags = readFlags('3009')

// Its configuration is read from the environment when its modules load, and it insists on all of these.
const nowhere = 'http://nowhere.invalid'
Object.assign(process.env, {
  NODE_ENV: 'test', // sessions in memory instead of Redis
  ENVIRONMENT: 'prod', // no debugging panel with the answers on each page
  ENFORCE_CSRF: 'true',
  LOG_ENABLED: 'false',
  PORT: flags.port,
  PHASE_TAG: 'beta',
  FEEDBACK_LINK: 'mailto:feedback@service.example',
  SESSION_COOKIE_PASSWORD: randomBytes(32).toString('hex'),
  NOTIFY_TEMPLATE_ID: 'none', NOTIFY_API_KEY: 'none',
  MANAGER_URL: nowhere, DESIGNER_URL: nowhere, SUBMISSION_URL: nowhere, UPLOADER_URL: nowhere,
  REDIS_HOST: 'none', REDIS_USERNAME: 'none', REDIS_PASSWORD: 'none', REDIS_KEY_PREFIX: 'none',
  DOTENV_CONFIG_PATH: '/dev/null', DOTENV_CONFIG_QUIET: 'true'
})
for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) delete process.env[name]
process.removeAllListeners('warning') // Node 20 calls JSON modules experimental
console.log = () => {} // it lists its routes when it starts

const require = createRequire(import.meta.url)
const engine = join(dirname(require.resolve('@defra/forms-engine-plugin')), '../../..') // its folder .server
const { config } = await import(join(engine, 'config/index.js'))
config.set('publicDir', publicFolder(require))
config.set('isDevelopment', false) // templates are kept, not watched
const { createServer } = await import(join(engine, 'server/index.js'))

const services = { formsService: forms(join(engine, 'server/forms'), ['test', 'components']), ...nobody() }
const server = await createServer({ services })
server.settings.address = flags.host
await server.start().catch((err) => fail(`cannot listen on ${flags.host}:${flags.port}: ${err.code ?? err.message}`))
process.stdout.write(`ready ${urlOf(flags.host, server.info.port)}/test/start\n`)
endWithParent(() => process.exit(0))

/** The engine's forms service over definitions that are files of the package. */
function forms(folder, slugs) {
  const definitions = Object.fromEntries(slugs.map((slug) => [slug, JSON.parse(readFileSync(join(folder, `${slug}.json`), 'utf8'))]))
  // components.json is one page that leads nowhere, and so has no button: here the engine's own summary follows it.
  const { pages } = definitions.components
  if (!pages.some((page) => page.next)) {
    pages[0].next = [{ path: '/summary' }]
    pages.push({ path: '/summary', controller: 'SummaryPageController', title: 'Summary', next: [] })
  }
  const at = new Date(0)
  return {
    async getFormMetadata(slug) {
      if (!Object.hasOwn(definitions, slug)) throw Object.assign(new Error('no such form'), { isBoom: true, output: { statusCode: 404, payload: {}, headers: {} } })
      return {
        id: slug, slug, title: slug, organisation: 'Demonstration', teamName: 'Demonstration', teamEmail: 'team@service.example',
        notificationEmail: 'inbox@service.example', live: { createdAt: at, updatedAt: at }, contact: {},
        submissionGuidance: 'This is a demonstration. Your answers were sent to nobody and are not kept.'
      }
    },
    async getFormDefinition(slug) { return definitions[slug] }
  }
}

/** Takes a submission, says that it was taken, and drops it. */
function nobody() {
  return {
    formSubmissionService: {
      async submit() { return { message: 'accepted', result: { files: { main: 'none', repeaters: {} } } } },
      async persistFiles() {}
    },
    outputService: { async submit() {} }
  }
}
