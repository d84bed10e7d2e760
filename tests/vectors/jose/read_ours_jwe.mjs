// Reads what our own encrypt_compact made, with npm jose: node read_ours_jwe.mjs FILE
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as jose6 from 'jose'
import * as jose4 from 'jose4'

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line))
for (const { alg, enc, jwk, plaintext, token } of lines) {
  const jose = jwk.crv === 'X448' ? jose4 : jose6
  const key = jwk.kty === 'oct' ? Buffer.from(jwk.k, 'base64url') : await jose.importJWK(jwk, alg)
  const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc], maxPBES2Count: 1_000_000 }
  const opened = await jose.compactDecrypt(token, key, options)
  assert.equal(new TextDecoder().decode(opened.plaintext), plaintext, `${alg} ${enc}`)
  const parts = token.split('.')
  parts[4] = parts[4][0] === 'A' ? `B${parts[4].slice(1)}` : `A${parts[4].slice(1)}`
  await assert.rejects(jose.compactDecrypt(parts.join('.'), key, options), `${alg} ${enc}`)
}
console.log(`npm jose read ${lines.length} encrypted tokens of ours`)
