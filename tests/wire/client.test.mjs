// The unmodified npm client does all of the first slice, and npm jose verifies what we sign.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthClient } from 'better-auth/client'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { browser, startServer } from './server.mjs'

const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const profiles = {
  native: { config: {}, typ: 'at+jwt', issuer: (url) => `${url}/api/auth` },
  'better-auth': { config: { profile: 'better-auth', emailAndPassword: { enabled: true }, plugins: { jwt: {} } }, typ: undefined, issuer: (url) => url },
}

for (const [profile, { config, typ, issuer }] of Object.entries(profiles)) {
  test(`${profile}: sign up, session, token, sign out, sign in`, async (t) => {
    const server = await startServer(config)
    t.after(server.stop)
    const customFetchImpl = browser(server.url)
    const client = createAuthClient({ baseURL: server.url, fetchOptions: { customFetchImpl } })

    assert.equal((await client.getSession()).data, null)
    const made = await client.signUp.email(ada)
    assert.equal(made.error, null)
    assert.equal(made.data.user.email, ada.email)

    const session = await client.getSession()
    assert.equal(session.data.user.id, made.data.user.id)
    assert.ok(session.data.session.expiresAt instanceof Date)

    const { data: answer } = await client.$fetch('/token')
    const keys = createRemoteJWKSet(new URL(`${server.url}/api/auth/jwks`))
    const { payload, protectedHeader } = await jwtVerify(answer.token, keys, { issuer: issuer(server.url), audience: server.url, algorithms: ['EdDSA'] })
    assert.equal(payload.sub, made.data.user.id)
    assert.equal(protectedHeader.typ, typ)
    assert.equal(payload.email, profile === 'native' ? undefined : ada.email)
    await assert.rejects(jwtVerify(answer.token.slice(0, -4) + 'AAAA', keys))

    assert.equal((await client.signOut()).data.success, true)
    assert.equal((await client.getSession()).data, null)
    const wrong = await client.signIn.email({ email: ada.email, password: 'wrong password' })
    assert.equal(wrong.error.code, 'INVALID_EMAIL_OR_PASSWORD')
    const unknown = await client.signIn.email({ email: 'nobody@example.com', password: 'wrong password' })
    assert.deepEqual(unknown.error, wrong.error)
    const again = await client.signIn.email({ email: ada.email, password: ada.password })
    assert.equal(again.data.user.id, made.data.user.id)
  })

  test(`${profile}: SES-05 a copied cookie is dead after sign-out, CKY-02 a doubled one is no session`, async (t) => {
    const server = await startServer(config)
    t.after(server.stop)
    const answer = await fetch(`${server.url}/api/auth/sign-up/email`, { method: 'POST', headers: { 'content-type': 'application/json', origin: server.url }, body: JSON.stringify(ada) })
    const cookie = answer.headers.getSetCookie()[0].split(';')[0]
    const session = async (value) => (await fetch(`${server.url}/api/auth/get-session`, { headers: { cookie: value } })).json()
    assert.equal((await session(cookie)).user.email, ada.email)
    assert.equal(await session(`${cookie}; ${cookie}`), null)
    for (const place of [20, 30, 60, 80]) {
      const changed = cookie.slice(0, place) + (cookie[place] === 'A' ? 'B' : 'A') + cookie.slice(place + 1)
      assert.equal(await session(changed), null)
    }
    const refused = await fetch(`${server.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie, origin: 'https://evil.test' } })
    assert.equal(refused.status, 403)
    assert.equal((await session(cookie)).user.email, ada.email)
    await fetch(`${server.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie, origin: server.url } })
    assert.equal(await session(cookie), null)
  })
}

test('the page is served with a strict policy and no inline script', async (t) => {
  const server = await startServer({})
  t.after(server.stop)
  const answer = await fetch(`${server.url}/`)
  if (answer.status === 404) return t.skip('built without COUNTERSIGN_WEB')
  assert.match(answer.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/)
  const html = await answer.text()
  assert.doesNotMatch(html, /<script(?![^>]*src=)/)
  const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1])
  assert.ok(assets.length >= 2)
  for (const asset of assets) assert.equal((await fetch(server.url + asset)).status, 200, asset)
})
