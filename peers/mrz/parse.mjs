// SPDX-License-Identifier: Apache-2.0
// Reads zones from stdin, as JSON, and says what each says: null for one that is not valid.
import { parse } from 'mrz'

let text = ''
for await (const part of process.stdin) text += part
const answers = JSON.parse(text).map((zone) => {
  try {
    const r = parse(zone, { autocorrect: true })
    if (!r.valid) return null
    const f = r.fields
    return [f.documentNumber, f.birthDate, f.lastName, f.firstName, f.nationality].map((v) => v ?? '')
  } catch {
    return null
  }
})
process.stdout.write(JSON.stringify(answers))
