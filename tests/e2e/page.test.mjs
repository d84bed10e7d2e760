// A person, a real browser, the hosted page, in both profiles.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startServer } from '../wire/server.mjs'
import { explain, launch, notice, open, pictures, profiles, signIn, signUp } from './browser.mjs'

const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const bob = { name: 'Bob <b>', email: 'bob@example.com', password: 'another long phrase' }
let browser

before(async () => (browser = await launch()))
after(() => browser.close())

const focused = (page) => page.evaluate(() => document.activeElement.id)
const shown = (page, id) => page.waitForSelector(`#${id}:not([hidden])`)

async function serve(t, config) {
  const server = await startServer(config)
  t.after(server.stop)
  return server
}

async function getToken(page) {
  await page.click('#get-token')
  await shown(page, 'token')
  return page.textContent('#token-text')
}

const runCheck = (token, code) =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `const token = ${JSON.stringify(token)}\n${code}\nconsole.log(payload.sub)`],
    { encoding: 'utf8', stdio: 'pipe' },
  ).trim()

for (const [profile, config] of Object.entries(profiles)) {
  test(`${profile}: sign up, session and token, reload, sign out, sign in, without a complaint of the browser`, async (t) => {
    const server = await serve(t, config)
    const { page, complaints } = await open(t, browser, server.url)
    await shown(page, 'guest')
    await page.screenshot({ path: join(pictures, `signed-out-${profile}.png`) })

    await signUp(page, ada)
    await shown(page, 'member')
    assert.equal(await page.textContent('#user-name'), ada.name)
    assert.equal(await page.textContent('#user-email'), ada.email)
    const ends = new Date(await page.getAttribute('#expires', 'datetime'))
    assert.ok(ends > new Date() && (await page.textContent('#expires')).includes(String(ends.getUTCFullYear())))
    const id = await page.textContent('#user-id')

    const token = await getToken(page)
    const header = JSON.parse(await page.textContent('#token-header'))
    const claims = JSON.parse(await page.textContent('#token-claims'))
    assert.equal(header.alg, 'EdDSA')
    assert.equal(header.typ, profile === 'native' ? 'at+jwt' : undefined)
    assert.equal(claims.sub, id)
    assert.equal(claims.email, profile === 'native' ? undefined : ada.email)
    const code = await page.textContent('#token-check')
    assert.equal(runCheck(token, code), id)
    assert.throws(
      () => runCheck(token.slice(0, -6) + (token.at(-6) === 'A' ? 'B' : 'A') + token.slice(-5), code),
      /JWSSignatureVerificationFailed/,
    )
    await page.screenshot({ path: join(pictures, `signed-in-${profile}.png`), fullPage: true })

    await page.reload()
    await shown(page, 'member')
    assert.equal(await page.textContent('#user-id'), id)
    await page.click('#sign-out')
    await shown(page, 'guest')
    assert.ok(await page.isHidden('#member'))
    await page.reload()
    await shown(page, 'guest')
    await signIn(page, ada)
    await shown(page, 'member')
    assert.equal(await page.textContent('#user-id'), id)
    assert.deepEqual(complaints, [])
  })

  test(`${profile}: ENU-01 ERR-01 a refusal says little and quotes a reference; the reference tells the operator all`, async (t) => {
    const server = await serve(t, config)
    const { page } = await open(t, browser, server.url)
    await signUp(page, ada)
    await shown(page, 'member')
    await page.click('#sign-out')
    await shown(page, 'guest')
    const table = [
      [signIn, { ...ada, password: 'wrong password' }, 'Invalid email or password', 'login.password'],
      [signIn, { ...ada, email: 'nobody@example.com' }, 'Invalid email or password', 'login.unknown'],
      [signUp, ada, 'User already exists. Use another email.', 'signup.exists'],
      [signUp, { ...bob, password: 'short' }, 'Password too short', 'password.too_short'],
    ]
    for (const [act, person, wanted, cause] of table) {
      await act(page, person)
      const { message, reference } = await notice(page)
      assert.equal(message, wanted)
      assert.equal(await focused(page), 'notice')
      assert.ok(await page.isVisible('#guest'))
      assert.match(await explain(server, reference), new RegExp(`\\b${cause.replace('.', '\\.')}\\b`))
      await page.reload()
      await shown(page, 'guest')
    }
  })

  test(`${profile}: CKY-01 the cookies are HttpOnly and Lax, and no script sees them`, async (t) => {
    const server = await serve(t, config)
    const { context, page } = await open(t, browser, server.url)
    await signUp(page, ada)
    await shown(page, 'member')
    const cookies = await context.cookies()
    assert.deepEqual(cookies.map((cookie) => cookie.name).sort(), ['better-auth.known_device', 'better-auth.session_token'])
    for (const { httpOnly, sameSite, path, domain } of cookies) {
      assert.deepEqual({ httpOnly, sameSite, path, domain }, { httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' })
    }
    assert.equal(await page.evaluate(() => document.cookie), '')
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0])
  })

  test(`${profile}: ISO-01 two people in two browsers see their own; SES-05 signed out in one tab is signed out in the other`, async (t) => {
    const server = await serve(t, config)
    const first = await open(t, browser, server.url)
    const second = await open(t, browser, server.url)
    await signUp(first.page, ada)
    await signUp(second.page, bob)
    const people = [
      [first.page, ada],
      [second.page, bob],
    ]
    const ids = new Set()
    for (const [page, person] of people) {
      await shown(page, 'member')
      await page.reload()
      await shown(page, 'member')
      assert.equal(await page.textContent('#user-name'), person.name)
      assert.equal(await page.textContent('#user-email'), person.email)
      await getToken(page)
      const id = await page.textContent('#user-id')
      assert.equal(JSON.parse(await page.textContent('#token-claims')).sub, id)
      ids.add(id)
    }
    assert.equal(ids.size, 2)

    const tab = await first.context.newPage()
    await tab.goto(server.url)
    await shown(tab, 'member')
    await first.page.click('#sign-out')
    await shown(first.page, 'guest')
    await tab.click('#get-token')
    assert.equal((await notice(tab)).message, 'Unauthorized')
    await tab.reload()
    await shown(tab, 'guest')
    await second.page.reload()
    await shown(second.page, 'member')
  })
}

test('CSR-09 the policy stops an inline script, and the watch sees it', async (t) => {
  const server = await serve(t, {})
  const { page, complaints } = await open(t, browser, server.url)
  await shown(page, 'guest')
  const stopped = page.waitForEvent('console', (message) => message.text().includes('Content Security Policy'))
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
  })
  await stopped
  assert.equal(await page.evaluate(() => window.ran), undefined)
  assert.ok(complaints.some((text) => text.includes('Content Security Policy')))
})

test('CSR-09 no other page can frame this one', async (t) => {
  const server = await serve(t, {})
  const { page } = await open(t, browser, server.url)
  await page.setContent(`<iframe src="${server.url}/"></iframe>`)
  const frame = await (await page.waitForSelector('iframe')).contentFrame()
  await frame.waitForLoadState()
  assert.equal(await frame.$('#guest'), null)
})

test('the page is usable with the keyboard alone, and every control has a name', async (t) => {
  const server = await serve(t, {})
  const { page } = await open(t, browser, server.url)
  await shown(page, 'guest')
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('input')].filter((input) => !input.labels.length).map((input) => input.id),
  )
  assert.deepEqual(nameless, [])
  for (const button of await page.getByRole('button').all())
    assert.notEqual((await button.getAttribute('aria-label')) ?? (await button.textContent()), '')

  const tabTo = async (id) => {
    for (let step = 0; step < 12 && (await focused(page)) !== id; step++) await page.keyboard.press('Tab')
    assert.equal(await focused(page), id)
  }
  for (const [id, text] of [
    ['up-name', ada.name],
    ['up-email', ada.email],
    ['up-password', ada.password],
  ]) {
    await tabTo(id)
    await page.keyboard.type(text)
  }
  await page.keyboard.press('Enter')
  await shown(page, 'member')
  await page.waitForFunction(() => document.activeElement.id === 'member-title')
  await tabTo('get-token')
  await page.keyboard.press('Enter')
  await shown(page, 'token')
  await page.waitForFunction(() => document.activeElement.id === 'token-title')
  await tabTo('copy-token')
  await page.keyboard.press('Enter')
  await shown(page, 'copied')
  for (let step = 0; step < 4 && (await focused(page)) !== 'sign-out'; step++) await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await shown(page, 'guest')
  await page.waitForFunction(() => document.activeElement.id === 'in-email')
  assert.equal(await page.textContent('#token-text'), '')
})

test('PWD-15 the password can be shown, pasted and filled in by a manager', async (t) => {
  const server = await serve(t, {})
  const { page } = await open(t, browser, server.url)
  await shown(page, 'guest')
  const toggle = page.locator('button[aria-controls=up-password]')
  for (const [type, pressed] of [
    ['password', 'false'],
    ['text', 'true'],
    ['password', 'false'],
  ]) {
    assert.equal(await page.getAttribute('#up-password', 'type'), type)
    assert.equal(await toggle.getAttribute('aria-pressed'), pressed)
    await toggle.click()
  }
  assert.equal(await page.getAttribute('#up-password', 'autocomplete'), 'new-password')
  assert.equal(await page.getAttribute('#in-password', 'autocomplete'), 'current-password')
})

test('the copy button puts the whole token on the clipboard', async (t) => {
  const server = await serve(t, {})
  const { page } = await open(t, browser, server.url, { permissions: ['clipboard-read', 'clipboard-write'] })
  await signUp(page, ada)
  await shown(page, 'member')
  const token = await getToken(page)
  await page.click('#copy-token')
  await shown(page, 'copied')
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token)
})

for (const colorScheme of ['light', 'dark']) {
  test(`the page fits 360 pixels, ${colorScheme}`, async (t) => {
    const server = await serve(t, {})
    const { page } = await open(t, browser, server.url, { viewport: { width: 360, height: 740 }, colorScheme })
    const width = () => page.evaluate(() => document.documentElement.scrollWidth)
    const picture = (name) =>
      page.screenshot({ path: join(pictures, `${name}-360-${colorScheme}.png`), fullPage: true })
    await shown(page, 'guest')
    assert.equal(await width(), 360)
    await picture('signed-out')
    await signIn(page, ada)
    await notice(page)
    assert.equal(await width(), 360)
    await signUp(page, { ...ada, name: 'A'.repeat(60) })
    await shown(page, 'member')
    await getToken(page)
    assert.equal(await width(), 360)
    await picture('signed-in')
    await page.setViewportSize({ width: 1200, height: 900 })
    await picture('signed-in-wide')
  })
}
