// SPDX-License-Identifier: Apache-2.0
//
// What the example's own "npm run build" does, without its shell: a copy of the example of npm hmpo-form-wizard in
// node_modules/.example, with its style sheet and scripts built. Nothing of it is changed. start.mjs calls it when needed.
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The folder of the built example. It is built once for each installation. */
export async function example() {
  const modules = join(here, 'node_modules')
  const made = join(modules, '.example')
  if (existsSync(made)) return made
  const folder = mkdtempSync(join(modules, '.building-')) // two may build at once; the first one stays
  try {
    cpSync(join(modules, 'hmpo-form-wizard/example'), folder, { recursive: true })
    symlinkSync('..', join(folder, 'node_modules'))
    mkdirSync(join(folder, 'public/stylesheets'), { recursive: true })
    await styles(folder)
    await scripts(folder)
    if (!existsSync(made)) renameSync(folder, made)
  } catch (err) {
    if (!existsSync(made)) throw err
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return made
}

async function styles(folder) {
  const { compile, Logger } = await import('sass')
  const { css } = compile(join(folder, 'assets/stylesheets/app.scss'), { loadPaths: [here], style: 'compressed', quietDeps: true, logger: Logger.silent })
  writeFileSync(join(folder, 'public/stylesheets/application.css'), css)
}

async function scripts(folder) {
  const { rollup } = await import('rollup')
  const { nodeResolve } = await import('@rollup/plugin-node-resolve')
  const { default: commonjs } = await import('@rollup/plugin-commonjs')
  const bundle = await rollup({ input: join(folder, 'assets/javascripts/app.js'), plugins: [nodeResolve({ rootDir: here }), commonjs()], logLevel: 'silent' })
  await bundle.write({ file: join(folder, 'public/javascripts/application.js'), format: 'esm' })
  await bundle.close()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`built ${await example()}\n`)
