// The unmodified React client in a page of another origin, as a front end beside the server has it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from 'esbuild'
import { startServer } from '../wire/server.mjs'
import { launch, open, profiles, startSite } from './browser.mjs'

const bundle = await build({
  entryPoints: ['react_app.mjs'],
  bundle: true,
  format: 'esm',
  write: false,
  define: { 'process.env.NODE_ENV': '"production"' },
})
const files = { '/app.js': ['text/javascript', bundle.outputFiles[0].text] }

for (const [profile, config] of Object.entries(profiles)) {
  test(`${profile}: useSession follows sign-up, sign-out and sign-in`, async (t) => {
    const browser = await launch()
    t.after(() => browser.close())
    const html = (url) => [
      'text/html',
      `<!doctype html><html data-server="${url}"><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/app.js"></script>`,
    ]
    const pages = { ...files }
    const { sameSite } = await startSite(t, pages)
    const server = await startServer({ ...config, trustedOrigins: [sameSite], cors: { origins: [sameSite] } })
    t.after(server.stop)
    pages['/'] = html(server.url)
    const { page, complaints } = await open(t, browser, sameSite)
    const says = (text) =>
      page.waitForFunction((wanted) => document.querySelector('#who')?.textContent === wanted, text)
    await says('nobody')
    await page.click('#up')
    await says('ada@example.com')
    await page.reload()
    await says('ada@example.com')
    await page.click('#out')
    await says('nobody')
    await page.click('#in')
    await says('ada@example.com')
    assert.deepEqual(complaints, [])
  })
}
