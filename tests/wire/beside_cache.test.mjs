// Sessions cached in a cookie, each form of it, between the npm package and us: what one writes the other believes. Therefore
// it is only in the end that a session which one has signed out is over at the other.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually, kinds, person, startBoth, stopPostgres } from './beside.mjs'

after(stopPostgres)

const maxAge = 4
const copyOf = (browser) => {
  const copy = person()
  for (const [name, value] of browser.jar) copy.jar.set(name, value)
  return copy
}

async function believedUntilItsEnd(maker, reader, email) {
  const browser = person()
  const made = await browser.post(maker, '/sign-up/email', { name: 'Ada', email, password: 'correct horse battery' })
  assert.equal(made.status, 200)
  assert.ok(browser.jar.has('better-auth.session_data'))
  const truth = (await copyOf(browser).get(maker, '/get-session?disableCookieCache=true')).body
  assert.equal((await copyOf(browser).post(maker, '/sign-out')).status, 200)
  // The row is gone: what answers is the cookie.
  for (const server of [reader, maker]) {
    assert.equal((await copyOf(browser).get(server, '/get-session?disableCookieCache=true')).body, null, server.name)
    assert.deepEqual((await copyOf(browser).get(server, '/get-session')).body, truth, server.name)
  }
  const changed = copyOf(browser)
  const text = browser.jar.get('better-auth.session_data')
  changed.jar.set('better-auth.session_data', text.slice(0, -20) + (text.at(-20) === 'A' ? 'B' : 'A') + text.slice(-19))
  assert.equal((await changed.get(reader, '/get-session')).body?.session, undefined) // null, or an error of Better Auth's
  // What is sensitive asks the database.
  assert.equal((await copyOf(browser).post(reader, '/change-password', { currentPassword: 'correct horse battery', newPassword: 'another horse battery' })).status, 401)
  await eventually(async () => (await copyOf(browser).get(reader, '/get-session')).body === null)
}

for (const kind of kinds) {
  for (const strategy of ['compact', 'jwt', 'jwe']) {
    test(`${kind}, ${strategy}: a cached session is believed by the other, and until its end`, async (t) => {
      const { theirs, ours } = await startBoth(t, kind, { cookieCache: { enabled: true, maxAge, strategy } })
      await Promise.all([
        t.test('written by Better Auth', () => believedUntilItsEnd(theirs, ours, 'ada@example.com')),
        t.test('written by Countersign', () => believedUntilItsEnd(ours, theirs, 'bob@example.com')),
      ])
    })
  }
}
