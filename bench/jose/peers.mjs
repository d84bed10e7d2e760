// node peers.mjs jose|fast-jwt ALG FILE: verifies for half a second, prints nanoseconds of CPU each (all threads of the
// process). The key is imported once.
import { createPublicKey, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [, , peer, alg, file] = process.argv
const { iss, aud, token, pem, ...row } = JSON.parse(readFileSync(file, 'utf8')).find((one) => one.alg === alg)
const at = token.length - 10
const bad = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)

async function verifier() {
  if (peer === 'jose') {
    const { importJWK, jwtVerify } = await import('jose')
    const key = await importJWK(row.public ?? row.private, alg)
    const options = { issuer: iss, audience: aud, algorithms: [alg], typ: 'JWT' }
    return async (text) => (await jwtVerify(text, key, options)).payload
  }
  const { createVerifier } = await import('fast-jwt')
  const key = pem ?? Buffer.from(row.private.k, 'base64url')
  const check = createVerifier({ key, algorithms: [alg], allowedIss: iss, allowedAud: aud, cache: false })
  return (text) => check(text)
}

const verify = await verifier()
if ((await verify(token)).iss !== iss) throw new Error('refused')
let accepted = false
try {
  await verify(bad)
  accepted = true
} catch {}
if (accepted) throw new Error('accepts what was changed')
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}
for (let i = 0; i < 2000; i++) await verify(token) // warm
const sync = peer === 'fast-jwt'
const began = cpu()
let done = 0
while (cpu() - began < 5e8) {
  for (let i = 0; i < 64; i++, done++) sync ? verify(token) : await verify(token)
}
console.log(((cpu() - began) / done).toFixed(1))
