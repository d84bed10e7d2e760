// Writes jwe.json: one key and one encrypted text an algorithm and curve, made by npm jose (6, and 4 for what 6 dropped).
// Once: npm install && node record_jwe.mjs > jwe.json
import { randomBytes } from 'node:crypto'
import * as jose6 from 'jose'
import * as jose4 from 'jose4'

const plaintext = 'what only the two of us read: ü'
const encs = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512']
const key_sizes = { A128GCM: 16, A192GCM: 24, A256GCM: 32, 'A128CBC-HS256': 32, 'A192CBC-HS384': 48, 'A256CBC-HS512': 64 }
const rows = [
  ...encs.map((enc) => [jose6, 'dir', enc]),
  ...['A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW'].map((alg, i) => [jose6, alg, encs[i]]),
  ...['RSA-OAEP', 'RSA-OAEP-256'].map((alg, i) => [jose6, alg, encs[i + 2]]),
  ...['P-256', 'P-384', 'P-521', 'X25519'].flatMap((crv, i) =>
    ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'].map((alg, j) => [jose6, alg, encs[(i + j) % 6], crv]),
  ),
  ...['ECDH-ES', 'ECDH-ES+A256KW'].map((alg) => [jose4, alg, 'A256GCM', 'X448']),
  ...['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'].map((alg, i) => [jose6, alg, encs[i]]),
]

async function record([jose, alg, enc, crv]) {
  const oct = (size) => ({ kty: 'oct', k: randomBytes(size).toString('base64url') })
  const size = alg === 'dir' ? key_sizes[enc] : alg.startsWith('PBES2') ? 20 : Number(/^A(\d+)/.exec(alg)?.[1]) / 8
  let jwk, key
  if (size) {
    jwk = oct(size)
    key = Buffer.from(jwk.k, 'base64url')
  } else {
    const made = await jose.generateKeyPair(alg, { extractable: true, crv })
    jwk = await jose.exportJWK(made.privateKey)
    key = made.publicKey
  }
  const sender = new jose.CompactEncrypt(new TextEncoder().encode(plaintext)).setProtectedHeader({ alg, enc, cty: 'text' })
  if (alg.startsWith('ECDH')) sender.setKeyManagementParameters({ apu: Buffer.from('Alice'), apv: Buffer.from('Bob') })
  return { alg, enc, crv: crv ?? null, jwk, plaintext, token: await sender.encrypt(key) }
}

const out = []
for (const row of rows) out.push(await record(row))
console.log(JSON.stringify(out, null, 1))
