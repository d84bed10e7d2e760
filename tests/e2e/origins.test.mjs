// Pages of other origins: one on another port of the same host (same site), one on another host name (another site).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../wire/server.mjs'
import { explain, launch, open, profiles, signUp, startSite } from './browser.mjs'

const ada = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }
const mallory = { name: 'Mallory', email: 'mallory@example.com', password: 'a phrase of my own' }
const form = 'application/x-www-form-urlencoded'
let browser

before(async () => (browser = await launch()))
after(() => browser.close())

// fetch in the page: what its script gets to read.
const ask = (page, url, init) =>
  page.evaluate(
    ([url, init]) =>
      fetch(url, { credentials: 'include', ...init }).then(
        async (answer) => ({
          type: answer.type,
          status: answer.status,
          body: await answer.json().catch(() => undefined),
        }),
        (error) => ({ failed: error.name }),
      ),
    [url, init],
  )

async function postForm(page, action, fields) {
  const arrived = page.waitForNavigation({ url: action })
  await page.evaluate(
    ([action, fields]) => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'POST', action })
      for (const [name, value] of Object.entries(fields))
        form.append(Object.assign(document.createElement('input'), { name, value }))
      document.body.append(form)
      form.submit()
    },
    [action, fields],
  )
  return arrived
}

async function register(server, person) {
  const answer = await fetch(`${server.url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify(person),
  })
  assert.equal(answer.status, 200)
}

async function whoIsSignedIn(context, server) {
  const page = await context.newPage()
  await page.goto(server.url)
  await page.waitForSelector('#guest:not([hidden]), #member:not([hidden])')
  const email = (await page.isVisible('#member')) ? await page.textContent('#user-email') : null
  await page.close()
  return email
}

async function setUp(t, config, person) {
  const server = await startServer(config)
  t.after(server.stop)
  const { context, page } = await open(t, browser, server.url)
  if (person) {
    await signUp(page, person)
    await page.waitForSelector('#member:not([hidden])')
  }
  return { server, context, page, api: `${server.url}/api/auth` }
}

for (const [profile, config] of Object.entries(profiles)) {
  for (const site of ['sameSite', 'crossSite']) {
    test(`${profile}, ${site}: CSR-01 CSR-07 a foreign page reads nothing and signs nobody out`, async (t) => {
      const foreign = (await startSite(t))[site]
      const { server, context, api } = await setUp(t, config, ada)
      const page = await context.newPage()
      await page.goto(foreign)
      assert.deepEqual(await ask(page, `${api}/get-session`), { failed: 'TypeError' })
      assert.deepEqual(await ask(page, `${api}/token`), { failed: 'TypeError' })
      const out = { method: 'POST', body: '{}' }
      assert.deepEqual(
        await ask(page, `${api}/sign-out`, { ...out, headers: { 'content-type': 'application/json' } }),
        { failed: 'TypeError' },
      )
      const simple = { method: 'POST', mode: 'no-cors' }
      assert.equal((await ask(page, `${api}/sign-out`, simple)).type, 'opaque')
      for (const type of ['text/plain', form]) {
        const typed = { ...simple, body: '{}', headers: { 'content-type': type } }
        assert.equal((await ask(page, `${api}/sign-out`, typed)).type, 'opaque')
      }
      await postForm(page, `${api}/sign-out`, {})
      assert.equal(await whoIsSignedIn(context, server), ada.email)
    })

    test(`${profile}, ${site}: CSR-04 a foreign form signs nobody in to another account`, async (t) => {
      const foreign = (await startSite(t))[site]
      for (const victim of [null, ada]) {
        const { server, context, api } = await setUp(t, config, victim)
        await register(server, mallory)
        const page = await context.newPage()
        await page.goto(foreign)
        const answer = await postForm(page, `${api}/sign-in/email`, {
          email: mallory.email,
          password: mallory.password,
        })
        assert.equal(answer.status(), 403)
        assert.equal(await whoIsSignedIn(context, server), victim?.email ?? null)
        const told = await explain(server, answer.headers()['x-request-id'])
        assert.match(told, site === 'crossSite' ? /csrf\.cross_site_navigation/ : /trusted_origin/)
      }
    })
  }

  test(`${profile}: CSR-07 CSR-08 an origin that is named reads the session, signs in by form and signs out`, async (t) => {
    const { sameSite } = await startSite(t)
    const { server, context, api } = await setUp(t, {
      ...config,
      trustedOrigins: [sameSite],
      cors: { origins: [sameSite] },
    })
    await register(server, mallory)
    const page = await context.newPage()
    await page.goto(sameSite)
    const answer = await postForm(page, `${api}/sign-in/email`, { email: mallory.email, password: mallory.password })
    assert.equal(answer.status(), 200)
    await page.goto(sameSite)
    assert.equal((await ask(page, `${api}/get-session`)).body.user.email, mallory.email)
    assert.equal((await ask(page, `${api}/token`)).body.token.split('.').length, 3)
    const wrong = await ask(page, `${api}/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...mallory, password: 'not the password' }),
    })
    assert.equal(wrong.body.code, 'INVALID_EMAIL_OR_PASSWORD')
    const out = await ask(page, `${api}/sign-out`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    assert.equal(out.body.success, true)
    assert.equal((await ask(page, `${api}/get-session`)).body, null)
    assert.equal(await whoIsSignedIn(context, server), null)
  })

  test(`${profile}: CKY-07 another site that is named reads answers, but its requests carry no session`, async (t) => {
    const { sameSite, crossSite } = await startSite(t)
    const { server, context, api } = await setUp(
      t,
      { ...config, trustedOrigins: [crossSite], cors: { origins: [crossSite] } },
      ada,
    )
    const page = await context.newPage()
    await page.goto(crossSite)
    assert.deepEqual(await ask(page, `${api}/get-session`), { type: 'cors', status: 200, body: null })
    await page.goto(sameSite)
    assert.deepEqual(await ask(page, `${api}/get-session`), { failed: 'TypeError' })
    assert.equal(await whoIsSignedIn(context, server), ada.email)
  })
}
