// SPDX-License-Identifier: Apache-2.0
//
// What the starters of the e-services share: their flags, and their end.
import { fstatSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** -port and -host (or PORT and HOST), checked: nothing but the loopback interface is served. */
export function readFlags(port) {
  const { PORT = port, HOST = '127.0.0.1' } = process.env
  let flags
  try {
    flags = parseArgs({
      args: process.argv.slice(2).map((a) => a.replace(/^-(?=port|host)/, '--')),
      options: { port: { type: 'string', default: PORT }, host: { type: 'string', default: HOST } }
    }).values
  } catch (err) {
    fail(`${err.message.split('\n')[0]}; usage: node start.mjs [-port ${port}] [-host 127.0.0.1]`)
  }
  if (!/^(127(\.\d+){3}|::1)$/.test(flags.host)) fail(`-host ${flags.host}: only an address of the loopback interface is served, for example 127.0.0.1`)
  if (!/^\d{1,5}$/.test(flags.port) || Number(flags.port) > 65535) fail(`-port ${flags.port}: not a port number from 0 to 65535`)
  return flags
}

export function urlOf(host, port) {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Calls end when standard input, if it is a pipe or a socket, is closed, or when the parent process has gone. */
export function endWithParent(end) {
  const stdin = fstatSync(0, { throwIfNoEntry: false })
  if (stdin?.isFIFO() || stdin?.isSocket()) process.stdin.on('end', end).on('error', end).resume()
  const parent = process.ppid
  setInterval(() => { if (process.ppid !== parent) end() }, 500).unref()
}

export function fail(message) {
  process.stderr.write(`e-service: ${message}\n`)
  process.exit(2)
}
