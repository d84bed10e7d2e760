// The unmodified npm client over what a user does with their own sessions, profile, password and address.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthClient } from 'better-auth/client'
import { browser, startServer } from './server.mjs'

const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const shared = { emailAndPassword: { enabled: true, sendResetPassword: true }, user: { changeEmail: { enabled: true }, deleteUser: { enabled: true } }, mail: { transport: 'capture' } }
const profiles = { native: shared, 'better-auth': { ...shared, profile: 'better-auth', plugins: { bearer: {} } } }

for (const [profile, config] of Object.entries(profiles)) {
  const start = async (t) => {
    const server = await startServer(config)
    t.after(server.stop)
    const open = () => createAuthClient({ baseURL: server.url, fetchOptions: { customFetchImpl: browser(server.url) } })
    const inbox = async (kind) => (await (await fetch(`${server.url}/dev/inbox.json`)).json()).find((message) => message.kind === kind)
    return { server, open, inbox }
  }

  test(`${profile}: sessions are listed and ended, each from another browser`, async (t) => {
    const { open } = await start(t)
    const [one, two, bob] = [open(), open(), open()]
    await one.signUp.email(ada)
    await two.signIn.email({ email: ada.email, password: ada.password })
    await bob.signUp.email({ ...ada, email: 'bob@example.com' })
    const mine = (await one.getSession()).data.session
    const listed = (await one.listSessions()).data
    assert.equal(listed.length, 2)
    assert.deepEqual(listed.filter((session) => session.token === mine.token).map((session) => session.id), [mine.id])
    const other = listed.find((session) => session.token !== mine.token)
    assert.equal((await bob.revokeSession({ token: other.token })).data.status, true)
    assert.notEqual((await two.getSession()).data, null)
    assert.equal((await one.revokeSession({ token: other.token })).data.status, true)
    assert.equal((await two.getSession()).data, null)
    await two.signIn.email({ email: ada.email, password: ada.password })
    await one.revokeOtherSessions()
    assert.equal((await two.getSession()).data, null)
    assert.notEqual((await one.getSession()).data, null)
    await one.revokeSessions()
    assert.equal((await one.getSession()).data, null)
    assert.notEqual((await bob.getSession()).data, null)
  })

  test(`${profile}: profile, accounts and password`, async (t) => {
    const { open } = await start(t)
    const [one, two] = [open(), open()]
    await one.signUp.email(ada)
    await one.updateUser({ name: 'Ada L.' })
    assert.equal((await one.getSession()).data.user.name, 'Ada L.')
    assert.deepEqual((await one.listAccounts()).data.map((account) => account.providerId), ['credential'])
    await two.signIn.email({ email: ada.email, password: ada.password })
    const wrong = await one.changePassword({ currentPassword: 'wrong password', newPassword: 'another horse battery' })
    assert.equal(wrong.error.code, 'INVALID_PASSWORD')
    const changed = await one.changePassword({ currentPassword: ada.password, newPassword: 'another horse battery', revokeOtherSessions: true })
    assert.equal(changed.error, null)
    assert.notEqual((await one.getSession()).data, null)
    assert.equal((await two.getSession()).data, null)
    assert.equal((await two.signIn.email({ email: ada.email, password: ada.password })).error.code, 'INVALID_EMAIL_OR_PASSWORD')
  })

  test(`${profile}: a forgotten password, by the mailed link, once`, async (t) => {
    const { open, inbox } = await start(t)
    const one = open()
    await one.signUp.email(ada)
    await one.signOut()
    const asked = await one.requestPasswordReset({ email: ada.email, redirectTo: '/reset' })
    assert.deepEqual((await one.requestPasswordReset({ email: 'nobody@example.com', redirectTo: '/reset' })).data, asked.data)
    const { token } = await inbox('reset-password')
    assert.equal((await one.resetPassword({ newPassword: 'another horse battery', token })).data.status, true)
    assert.equal((await one.resetPassword({ newPassword: 'a third horse battery', token })).error.code, 'INVALID_TOKEN')
    assert.equal((await one.signIn.email({ email: ada.email, password: 'another horse battery' })).error, null)
  })

  test(`${profile}: who deletes themselves is gone`, async (t) => {
    const { open } = await start(t)
    const one = open()
    await one.signUp.email(ada)
    assert.equal((await one.deleteUser({ password: ada.password })).data.success, true)
    assert.equal((await one.getSession()).data, null)
    assert.equal((await one.signIn.email({ email: ada.email, password: ada.password })).error.code, 'INVALID_EMAIL_OR_PASSWORD')
  })

  test(`${profile}: a client without cookies signs in by set-auth-token`, async (t) => {
    const { server } = await start(t)
    let token = ''
    const client = createAuthClient({ baseURL: server.url, fetchOptions: { headers: { origin: server.url }, auth: { type: 'Bearer', token: () => token }, onSuccess: ({ response }) => { token = response.headers.get('set-auth-token') ?? token } } })
    await client.signUp.email(ada)
    assert.notEqual(token, '')
    assert.equal((await client.getSession()).data.user.email, ada.email)
    assert.equal((await client.updateUser({ name: 'Ada L.' })).error, null)
    token = token.slice(0, -3) + 'AA='
    assert.equal((await client.getSession()).data, null)
  })
}
