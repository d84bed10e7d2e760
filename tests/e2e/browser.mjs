// A headless Chromium, what goes wrong in its pages, and a second site beside the server.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

export const binary = resolve(process.env.COUNTERSIGN_BIN ?? '../../build/release/countersign')
export const pictures = resolve('../../build/e2e')
export const profiles = {
  native: {},
  'better-auth': { profile: 'better-auth', emailAndPassword: { enabled: true }, plugins: { jwt: {} } },
}

mkdirSync(pictures, { recursive: true })

export function launch() {
  const executablePath =
    process.env.CHROMIUM ?? execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  const nothingButLoopback = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--no-proxy-server',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  return chromium.launch({
    executablePath,
    headless: true,
    chromiumSandbox: false,
    args: [nothingButLoopback, ...quiet],
  })
}

// What a page complains of: console errors, exceptions, and violations of its content security policy.
export async function watch(page) {
  const complaints = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.exposeFunction('reportViolation', (directive) => complaints.push(`policy: ${directive}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => window.reportViolation(event.violatedDirective))
  })
  return complaints
}

export async function open(t, browser, url, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
  t.after(() => context.close())
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints = await watch(page)
  await page.goto(url)
  return { context, page, complaints }
}

export async function signUp(page, { name, email, password }) {
  await page.fill('#up-name', name)
  await page.fill('#up-email', email)
  await page.fill('#up-password', password)
  await page.click('#sign-up button[type=submit]')
}

export async function signIn(page, { email, password }) {
  await page.fill('#in-email', email)
  await page.fill('#in-password', password)
  await page.click('#sign-in button[type=submit]')
}

export async function notice(page) {
  await page.waitForSelector('#notice:not([hidden])')
  const [, message, reference] = /^(.*) \(reference ([0-9a-f]+)\)$/.exec(await page.textContent('#notice'))
  return { message, reference }
}

export async function explain(server, reference) {
  return (await promisify(execFile)(binary, ['explain', reference, '--data', server.folder])).stdout
}

// Another site: `files` by path; everything else is an empty page.
export async function startSite(t, files = {}) {
  const site = createServer((request, answer) => {
    const [type, body] = files[request.url] ?? ['text/html', '<!doctype html><title>another site</title>']
    answer.setHeader('content-type', type).end(body)
  })
  await new Promise((ready) => site.listen(0, '127.0.0.1', ready))
  t.after(() => site.closeAllConnections() ?? site.close())
  const { port } = site.address()
  return { sameSite: `http://localhost:${port}`, crossSite: `http://127.0.0.1:${port}` }
}
