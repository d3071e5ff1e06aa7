// SPDX-License-Identifier: Apache-2.0
//
// Starts a second real e-service that nobody in this project wrote: the example of the HMPO form wizard (npm hmpo-form-wizard,
// MIT) with its four forms /basic/, /branching/, /multiwizard/ and /invalidation/, on 127.0.0.1 alone. Answers live in this
// process's memory and are written nowhere. It ends when its standard input is closed or its parent is gone.
//
//   node start.mjs [-port 3010] [-host 127.0.0.1]        (or PORT and HOST; port 0: any free one)
//
// When it can be used it prints one line: ready http://127.0.0.1:PORT/basic/
import { createRequire } from 'node:module'
import { Server } from 'node:net'
import { join } from 'node:path'
import { endWithParent, fail, readFlags, urlOf } from '../process.mjs'
import { example } from './build.mjs'

const flags = readFlags('3010')
for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) delete process.env[name]

const folder = await example().catch((err) => fail(`the example could not be built: ${err.message.split('\n')[0]}; is it installed? npm ci --ignore-scripts`))
process.chdir(folder)
process.env.APP_ROOT_PATH = folder // where it looks for config/default.yaml
const require = createRequire(join(folder, 'app.js'))
const config = require('./config')
config.port = Number(flags.port)
config.logs = { console: false, app: false, error: false } // its log would have the answers in it

// The example listens on every address; here it gets the one that was asked for.
const listen = Server.prototype.listen
Server.prototype.listen = function (port, ready) {
  this.once('error', (err) => fail(`cannot listen on ${flags.host}:${flags.port}: ${err.code ?? err.message}`))
  this.once('listening', () => {
    const url = urlOf(flags.host, this.address().port)
    config.api.url = `${url}/api` // where it sends a finished form: to itself
    process.stdout.write(`ready ${url}/basic/\n`)
  })
  return listen.call(this, port, flags.host, ready)
}
require('./app.js')
endWithParent(() => process.exit(0))
