// One `jwks` table for both: what Better Auth wrote we sign with, and what we wrote it signs with, in every algorithm
// that its jwt plugin has.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { startServer } from './server.mjs'

const secret = 'one-secret-for-both-fedcba9876543210-abcdefghij'
const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const pairs = [
  { alg: 'EdDSA', crv: 'Ed25519' },
  { alg: 'ES256' },
  { alg: 'ES512' },
  { alg: 'RS256', modulusLength: 2048 },
  { alg: 'PS256', modulusLength: 2048 },
]

const theirs = (file, url, keyPairConfig) =>
  betterAuth({
    baseURL: url,
    secret,
    database: new DatabaseSync(file),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    plugins: [jwt({ jwks: { keyPairConfig } })],
  })

const ours = (file, keyPairConfig) =>
  startServer({
    profile: 'better-auth',
    secret,
    storage: { url: `sqlite:${file}` },
    emailAndPassword: { enabled: true },
    plugins: { jwt: { jwks: { keyPairConfig } } },
  })

// A token by HTTP: `send` is fetch, or the handler of a server in this process.
async function tokenOf(send, url, way) {
  const headers = { 'content-type': 'application/json', origin: url }
  const entered = await send(new Request(`${url}/api/auth/${way}/email`, { method: 'POST', headers, body: JSON.stringify(ada) }))
  assert.equal(entered.status, 200, await entered.clone().text())
  const cookie = entered.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
  const answer = await send(new Request(`${url}/api/auth/token`, { headers: { cookie } }))
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()).token
}

async function folderOf(t) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'one.db')
}

for (const pair of pairs) {
  test(`${pair.alg}: we sign with the key that Better Auth made`, async (t) => {
    const file = await folderOf(t)
    const url = 'http://localhost:3900'
    const auth = theirs(file, url, pair)
    await (await getMigrations(auth.options)).runMigrations()
    const first = await tokenOf(auth.handler, url, 'sign-up')
    const server = await ours(file, pair)
    t.after(server.stop)
    const second = await tokenOf(fetch, server.url, 'sign-in')
    assert.equal(decodeProtectedHeader(second).kid, decodeProtectedHeader(first).kid)
    const keys = createRemoteJWKSet(new URL(`${server.url}/api/auth/jwks`))
    for (const token of [first, second]) await jwtVerify(token, keys, { algorithms: [pair.alg] })
    await assert.rejects(jwtVerify(second.slice(0, -8) + 'AAAAAAAA', keys))
  })

  test(`${pair.alg}: Better Auth signs with the key that we made`, async (t) => {
    const file = await folderOf(t)
    const server = await ours(file, pair)
    t.after(server.stop)
    const first = await tokenOf(fetch, server.url, 'sign-up')
    const second = await tokenOf(theirs(file, server.url, pair).handler, server.url, 'sign-in')
    assert.equal(decodeProtectedHeader(second).kid, decodeProtectedHeader(first).kid)
    const keys = createRemoteJWKSet(new URL(`${server.url}/api/auth/jwks`))
    for (const token of [first, second]) await jwtVerify(token, keys, { algorithms: [pair.alg] })
  })
}
