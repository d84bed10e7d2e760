// Somebody has taken an account and moved its address: the owner takes it back with the mailed link, in a real browser.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAuthClient } from 'better-auth/client'
import { browser as jar, startServer } from '../wire/server.mjs'
import { launch, open } from './browser.mjs'

const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const config = {
  emailAndPassword: { enabled: true, sendResetPassword: true },
  user: { changeEmail: { enabled: true } },
  mail: { transport: 'capture' },
}
let browser

before(async () => (browser = await launch()))
after(() => browser.close())

async function takenAccount(t) {
  const server = await startServer(config)
  t.after(server.stop)
  const client = () => createAuthClient({ baseURL: server.url, fetchOptions: { customFetchImpl: jar(server.url) } })
  const mail = async (kind, to) => {
    const kept = await (await fetch(`${server.url}/dev/inbox.json`)).json()
    return kept.find((one) => one.kind === kind && one.to === to)
  }
  const thief = client()
  assert.equal((await thief.signUp.email(ada)).error, null)
  assert.equal((await thief.changeEmail({ newEmail: 'thief@example.com' })).error, null)
  const follow = async (message) => assert.ok((await jar(server.url)(message.url, { redirect: 'manual' })).status < 400)
  const asked = await mail('change-email-confirmation', ada.email)
  if (asked) await follow(asked)
  await follow(await mail('verify-email', 'thief@example.com'))
  return { server, client, thief, link: (await mail('email-changed', ada.email)).url, mail }
}

test('REC-06 the link of the mail shows a page that does nothing, and its button gives the account back', async (t) => {
  const { client, thief, link, mail } = await takenAccount(t)
  const { page, complaints } = await open(t, browser, link)
  assert.match(await page.textContent('h1'), /Take your address back/)
  assert.match(await page.textContent('p'), /ada@example\.com/)
  assert.equal((await thief.getSession()).data.user.email, 'thief@example.com')

  await page.click('button')
  await page.waitForSelector('h1:has-text("Your address is yours again")')
  assert.equal((await thief.getSession()).data, null)
  const tried = await client().signIn.email(ada)
  assert.equal(tried.error.code, 'INVALID_EMAIL_OR_PASSWORD')

  const owner = client()
  await owner.requestPasswordReset({ email: ada.email, redirectTo: '/account' })
  const { token } = await mail('reset-password', ada.email)
  assert.equal((await owner.resetPassword({ newPassword: 'battery horse correct', token })).error, null)
  assert.equal((await owner.signIn.email({ email: ada.email, password: 'battery horse correct' })).data.user.email, ada.email)
  assert.deepEqual(complaints, [])

  await page.goto(link)
  await page.click('button')
  await page.waitForLoadState()
  assert.equal((await owner.getSession()).data.user.email, ada.email)
})

test('REC-06 the button does not work from another site', async (t) => {
  const { server, thief, link } = await takenAccount(t)
  const token = new URL(link).searchParams.get('token')
  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  const form = `<form method="post" action="${server.url}/api/auth/revert-email"><input name="token" value="${token}"><button>go</button></form>`
  await page.route('http://127.0.0.1:1/', (route) => route.fulfill({ contentType: 'text/html', body: form }))
  await page.goto('http://127.0.0.1:1/')
  const [answer] = await Promise.all([page.waitForResponse(/revert-email/), page.click('button')])
  assert.equal(answer.status(), 403)
  assert.equal((await thief.getSession()).data.user.email, 'thief@example.com')
})
