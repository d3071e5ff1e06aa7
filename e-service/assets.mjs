// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * A folder with the style sheet, scripts, fonts and pictures that the service's pages ask for. Its package brings its scripts as
 * sources and expects them built; here the same sources are served with the built files of the two libraries they import.
 * The folder is temporary and goes when the process exits.
 */
export function publicFolder(require) {
  const folder = mkdtempSync(join(tmpdir(), 'e-service-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const govuk = join(dirname(require.resolve('govuk-frontend/package.json')), 'dist/govuk')
  const autocomplete = join(dirname(require.resolve('accessible-autocomplete/package.json')), 'dist')
  const engine = dirname(require.resolve('@defra/forms-engine-plugin'))

  symlinkSync(join(govuk, 'assets'), join(folder, 'assets'))
  mkdirSync(join(folder, 'stylesheets'))
  writeFileSync(join(folder, 'stylesheets/application.css'),
    readFileSync(join(govuk, 'govuk-frontend.min.css'), 'utf8') + readFileSync(join(autocomplete, 'accessible-autocomplete.min.css'), 'utf8'))

  const scripts = join(folder, 'javascripts')
  mkdirSync(scripts)
  symlinkSync(join(govuk, 'govuk-frontend.min.js'), join(scripts, 'govuk-frontend.js'))
  symlinkSync(join(autocomplete, 'accessible-autocomplete.min.js'), join(scripts, 'autocomplete.js'))
  writeFileSync(join(scripts, 'accessible-autocomplete.js'), "import './autocomplete.js'\nexport default globalThis.accessibleAutocomplete\n")
  writeFileSync(join(scripts, 'application.js'),
    readFileSync(join(engine, '../../../client/javascripts/application.js'), 'utf8')
      .replace("'govuk-frontend'", "'./govuk-frontend.js'").replace("'accessible-autocomplete'", "'./accessible-autocomplete.js'"))

  writeFileSync(join(folder, 'assets-manifest.json'), JSON.stringify({
    'application.js': 'javascripts/application.js',
    'stylesheets/application.scss': 'stylesheets/application.css'
  }))
  return folder
}
