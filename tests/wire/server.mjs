// A fresh server for one test: its own folder, its own ports.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const binary = resolve(process.env.COUNTERSIGN_BIN ?? '../../build/release/countersign')

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })

export async function startServer(config) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const file = join(folder, 'config.json')
  // Tests ask more often than people: limits only where a test is about them.
  const whole = { rateLimit: { enabled: false }, http: { listen: `127.0.0.1:${port}` }, management: { listen: 'off' }, storage: { url: `sqlite:${folder}/test.db` }, ...config }
  await writeFile(file, JSON.stringify(whole))
  // Only the file configures it: what the shell of whoever runs the tests has set must not count.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(COUNTERSIGN|BETTER_AUTH|AUTH)_/.test(name)))
  const child = spawn(binary, ['serve', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'], env, cwd: folder })
  await new Promise((ready, failed) => {
    child.stdout.once('data', ready)
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)))
  })
  const stop = async () => {
    child.removeAllListeners('exit')
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  }
  return { url, folder, stop }
}

const plainFetch = globalThis.fetch // a test may put the one below in its place

// fetch with a cookie jar, as a browser would have one.
export function browser(origin) {
  const jar = new Map()
  return async (input, init = {}) => {
    const headers = new Headers(init.headers)
    headers.set('origin', origin)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await plainFetch(input, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (/max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
}
