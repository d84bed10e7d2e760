// The npm package and ours over one database at the same time: what one does the other knows at once, in both directions, on
// SQLite and PostgreSQL (docs/guide/take-over.md).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { kinds, origin, person, secret, startBoth, stopPostgres } from './beside.mjs'
import { binary } from './server.mjs'

after(stopPostgres)

const password = 'correct horse battery'
let next = 0
const fresh = (name) => ({ name, email: `${name}${++next}@example.com`.toLowerCase(), password })
const signInOf = ({ email }, given = password) => ({ email, password: given })

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
  'a session that is not remembered at one is none at the other either': async ({ one, other }) => {
    const { who } = await signedUp(one)
    const browser = person()
    const entered = await browser.post(one, '/sign-in/email', { ...signInOf(who), rememberMe: false })
    assert.equal(entered.status, 200)
    assert.ok(browser.jar.has('better-auth.dont_remember'))
    const there = await browser.get(other, '/get-session')
    const life = Date.parse(there.body.session.expiresAt) - Date.parse(there.body.session.createdAt)
    assert.equal(Math.round(life / 1000), 24 * 3600) // Better Auth asks the clock twice
    assert.doesNotMatch(there.headers.getSetCookie().join(), /session_token=[^;]+;.*max-age/i)
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

  test(`${kind}, requests that both count in the database`, async (t) => {
    const storage = 'database'
    const both = await startBoth(t, kind, {
      theirs: { rateLimit: { enabled: true, storage } },
      ours: { rateLimit: { enabled: true, storage }, advanced: { ipAddress: { trustedProxies: ['127.0.0.1'] } } },
    })
    const asked = async (address, server) => (await person(address).post(server, '/sign-in/email', { email: 'nobody@example.com', password })).status
    for (const [address, one, other] of [['203.0.113.7', both.theirs, both.ours], ['203.0.113.8', both.ours, both.theirs]]) {
      for (const server of [one, other, one]) assert.equal(await asked(address, server), 401, `${address} at ${server.name}`)
      for (const server of [other, one]) assert.equal(await asked(address, server), 429, `${address} at ${server.name}`)
    }
    assert.equal(await asked('203.0.113.9', both.ours), 401)
  })

  for (const ids of [undefined, 'serial']) test(`${kind}${ids ? `, ids that are ${ids}` : ''}`, async (t) => {
    const options = { user: { deleteUser: { enabled: true } }, ...(ids && { advanced: { database: { generateId: ids } } }) }
    const both = await startBoth(t, kind, { theirs: options, ours: options })
    const pairs = [[both.theirs, both.ours], [both.ours, both.theirs]]
    for (const [name, run] of Object.entries(scenarios)) {
      for (const [one, other] of pairs) await t.test(`${one.name} first: ${name}`, () => run({ one, other, rows: both.rows }))
    }
    await t.test('`countersign adopt` finds nothing in the way, while both run', async () => {
      const given = { BETTER_AUTH_SECRET: secret, BETTER_AUTH_URL: origin, PATH: process.env.PATH }
      const { stdout } = await promisify(execFile)(binary, ['adopt', '--json', '--database', both.url], { env: given })
      const { works, findings, settings } = JSON.parse(stdout)
      assert.equal(works, true)
      assert.deepEqual(findings.filter(({ verdict }) => verdict === 'fails' || verdict === 'unknown'), [])
      assert.match(findings.find(({ check }) => check === 'keys').what, /^1 key .*opened by the secret/)
      const wanted = Object.fromEntries(settings.map(({ path, value }) => [path, value]))
      assert.deepEqual(wanted, { profile: '"better-auth"', 'emailAndPassword.enabled': 'true', 'plugins.jwt.jwks.keyPairConfig.alg': '"EdDSA"', ...(ids && { 'advanced.database.generateId': `"${ids}"` }) })
    })
  })
}
