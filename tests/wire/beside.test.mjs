// The npm package and ours over one database at the same time: what one does the other knows at once, in both directions, on
// SQLite and PostgreSQL (docs/guide/take-over.md).
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { kinds, origin, person, startBoth, stopPostgres } from './beside.mjs'

after(stopPostgres)

const password = 'correct horse battery'
let next = 0
const fresh = (name) => ({ name, email: `${name}${++next}@example.com`.toLowerCase(), password })
const signInOf = ({ email }, secret = password) => ({ email, password: secret })

async function signedUp(server, who = fresh('Ada')) {
  const browser = person()
  const answer = await browser.post(server, '/sign-up/email', who)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return { browser, who, user: answer.body.user }
}
const sessionOf = async (browser, server, query = '') => (await browser.get(server, `/get-session${query}`)).body

// Each row once with Better Auth in the part of `one` and once with us.
const scenarios = {
  'a user of one signs in at the other': async ({ one, other }) => {
    const { who, user } = await signedUp(one)
    const elsewhere = person()
    const entered = await elsewhere.post(other, '/sign-in/email', signInOf(who))
    assert.equal(entered.status, 200)
    assert.deepEqual(entered.body.user, user)
    assert.equal((await person().post(other, '/sign-in/email', signInOf(who, 'wrong password'))).status, 401)
    assert.equal((await person().post(other, '/sign-up/email', who)).status, 422)
  },
  'a session of one is one at the other, with the same members': async ({ one, other }) => {
    const { browser } = await signedUp(one)
    const [here, there] = [await sessionOf(browser, one), await sessionOf(browser, other)]
    assert.notEqual(here, null)
    assert.deepEqual(there, here)
  },
  'signed out at one is signed out at the other': async ({ one, other }) => {
    const { browser } = await signedUp(one)
    const copy = person()
    for (const [name, value] of browser.jar) copy.jar.set(name, value)
    assert.equal((await browser.post(other, '/sign-out')).status, 200)
    assert.equal(await sessionOf(copy, one), null)
    assert.equal(await sessionOf(copy, other), null)
  },
  'what one changes of a user the other shows': async ({ one, other }) => {
    const { browser } = await signedUp(one)
    assert.equal((await browser.post(other, '/update-user', { name: 'Ada L.', image: 'https://cdn.example.com/a.png' })).status, 200)
    const { user } = await sessionOf(browser, one)
    assert.deepEqual([user.name, user.image], ['Ada L.', 'https://cdn.example.com/a.png'])
    assert.deepEqual(await sessionOf(browser, other), await sessionOf(browser, one))
  },
  'a password changed at one counts at the other, and the other sessions are out': async ({ one, other }) => {
    const { browser, who } = await signedUp(one)
    const second = person()
    await second.post(other, '/sign-in/email', signInOf(who))
    const changed = await browser.post(one, '/change-password', { currentPassword: password, newPassword: 'another horse battery', revokeOtherSessions: true })
    assert.equal(changed.status, 200)
    assert.equal(await sessionOf(second, other), null)
    assert.equal(await sessionOf(second, one), null)
    assert.notEqual(await sessionOf(browser, other), null)
    assert.equal((await person().post(other, '/sign-in/email', signInOf(who))).status, 401)
    assert.equal((await person().post(other, '/sign-in/email', signInOf(who, 'another horse battery'))).status, 200)
  },
  'sessions of both are listed at one and revoked there': async ({ one, other }) => {
    const { browser, who } = await signedUp(one)
    const second = person()
    await second.post(other, '/sign-in/email', signInOf(who))
    const listed = (await browser.get(other, '/list-sessions')).body
    assert.deepEqual(listed, (await browser.get(one, '/list-sessions')).body)
    assert.equal(listed.length, 2)
    const { token } = (await sessionOf(second, one)).session
    assert.equal((await browser.post(one, '/revoke-session', { token })).status, 200)
    assert.equal(await sessionOf(second, other), null)
    assert.equal((await browser.post(one, '/revoke-sessions')).status, 200)
    assert.equal(await sessionOf(browser, other), null)
  },
  'a reset link of one is redeemed at the other, once over both': async ({ one, other }) => {
    const { who } = await signedUp(one)
    assert.equal((await person().post(one, '/request-password-reset', { email: who.email, redirectTo: '/reset' })).status, 200)
    const { token } = await one.mail('reset-password', who.email)
    assert.equal((await person().post(other, '/reset-password', { token, newPassword: 'another horse battery' })).status, 200)
    for (const server of [one, other]) {
      const again = await person().post(server, '/reset-password', { token, newPassword: 'a third horse battery' })
      assert.deepEqual([again.status, again.body.code], [400, 'INVALID_TOKEN'], server.name)
    }
    assert.equal((await person().post(one, '/sign-in/email', signInOf(who, 'another horse battery'))).status, 200)
  },
  'fifty redeem one reset link at both: one wins': async ({ one, other, rows }) => {
    const { who } = await signedUp(one)
    await person().post(one, '/request-password-reset', { email: who.email, redirectTo: '/reset' })
    const { token } = await one.mail('reset-password', who.email)
    const asked = Array.from({ length: 50 }, (_, i) => ({ server: i % 2 === 0 ? one : other, newPassword: `the password of ${i}` }))
    const answers = await Promise.all(asked.map(({ server, newPassword }) => person().post(server, '/reset-password', { token, newPassword })))
    const winners = asked.filter((_, i) => answers[i].status === 200)
    assert.equal(winners.length, 1, answers.map(({ status }) => status).join())
    for (const { status } of answers) assert.ok([200, 400].includes(status), String(status))
    assert.deepEqual(await rows(`select * from verification where identifier like '%${token}'`), [])
    for (const server of [one, other]) assert.equal((await person().post(server, '/sign-in/email', signInOf(who, winners[0].newPassword))).status, 200)
  },
  'a verification link of one is redeemed at the other': async ({ one, other }) => {
    const { browser, who } = await signedUp(one)
    assert.equal((await browser.post(one, '/send-verification-email', { email: who.email })).status, 200)
    const { token } = await one.mail('verify-email', who.email)
    const answer = await browser.get(other, `/verify-email?token=${token}`)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    assert.equal((await sessionOf(browser, one)).user.emailVerified, true)
    assert.equal((await sessionOf(browser, other)).user.emailVerified, true)
    assert.equal((await browser.get(other, `/verify-email?token=${token.slice(0, -4)}AAAA`)).status, 401)
  },
  'a token signed at one is verified with the key set of the other': async ({ one, other }) => {
    const { browser, user } = await signedUp(one)
    const { token } = (await browser.get(one, '/token')).body
    for (const server of [one, other]) {
      const keys = createLocalJWKSet((await person().get(server, '/jwks')).body)
      const { payload } = await jwtVerify(token, keys, { issuer: origin, audience: origin, subject: user.id })
      assert.equal(payload.email, user.email)
      await assert.rejects(jwtVerify(token.slice(0, -8) + 'AAAAAAAA', keys))
    }
    const theOthers = (await browser.get(other, '/token')).body.token
    assert.equal(decodeProtectedHeader(theOthers).kid, decodeProtectedHeader(token).kid)
    assert.deepEqual((await person().get(one, '/jwks')).body, (await person().get(other, '/jwks')).body)
  },
  'a user deleted at one is nobody at the other': async ({ one, other, rows }) => {
    const { browser, who, user } = await signedUp(one)
    const second = person()
    await second.post(other, '/sign-in/email', signInOf(who))
    assert.equal((await browser.post(one, '/delete-user', { password })).status, 200)
    assert.equal(await sessionOf(second, other), null)
    assert.equal((await person().post(other, '/sign-in/email', signInOf(who))).status, 401)
    for (const table of ['session', 'account']) assert.deepEqual(await rows(`select * from "${table}" where "userId" = '${user.id}'`), [], table)
    assert.equal((await person().post(other, '/sign-up/email', who)).status, 200)
  },
}

for (const kind of kinds) {
  test(`${kind}, with hashed identifiers`, async (t) => {
    const hashed = { verification: { storeIdentifier: 'hashed' } }
    const both = await startBoth(t, kind, { theirs: hashed, ours: hashed })
    const name = 'a reset link of one is redeemed at the other, once over both'
    for (const [one, other] of [[both.theirs, both.ours], [both.ours, both.theirs]]) await t.test(`${one.name} first: ${name}`, () => scenarios[name]({ one, other }))
  })

  test(kind, async (t) => {
    const both = await startBoth(t, kind, { theirs: { user: { deleteUser: { enabled: true } } }, ours: { user: { deleteUser: { enabled: true } } } })
    const pairs = [[both.theirs, both.ours], [both.ours, both.theirs]]
    for (const [name, run] of Object.entries(scenarios)) {
      for (const [one, other] of pairs) await t.test(`${one.name} first: ${name}`, () => run({ one, other, rows: both.rows }))
    }
  })
}
