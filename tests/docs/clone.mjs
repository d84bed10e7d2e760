// A folder as the reader of a document has it: a clone with a finished build, and a server of its own.
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const binary = resolve(process.env.COUNTERSIGN_BIN ?? '../../build/release/countersign')

// What `./dev run` is once everything is built.
const dev = `#!/bin/sh
[ "$1" = run ] || exit 2
shift
mkdir -p build/run && cd build/run && exec ../release/countersign serve "$@"
`

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })

export async function makeClone() {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-docs-'))
  await mkdir(join(folder, 'build/release'), { recursive: true })
  await symlink(binary, join(folder, 'build/release/countersign'))
  await writeFile(join(folder, 'dev'), dev)
  await chmod(join(folder, 'dev'), 0o755)
  const [port, management] = [await freePort(), await freePort()]
  const kept = Object.entries(process.env).filter(([name]) => !/^(COUNTERSIGN|BETTER_AUTH|AUTH)_/.test(name))
  const ports = {
    COUNTERSIGN_HTTP__LISTEN: `127.0.0.1:${port}`,
    COUNTERSIGN_MANAGEMENT__LISTEN: `127.0.0.1:${management}`,
  }
  const env = { ...Object.fromEntries(kept), ...ports }
  const url = `http://localhost:${port}`
  const local = (text) =>
    text.replaceAll('localhost:8080', `localhost:${port}`).replaceAll('127.0.0.1:9464', `127.0.0.1:${management}`)
  let server = null

  const run = (script) =>
    new Promise((done) => {
      const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, timeout: 60_000 })
      const printed = { out: '', err: '' }
      child.stdout.on('data', (data) => (printed.out += data))
      child.stderr.on('data', (data) => (printed.err += data))
      child.once('close', (code) => done({ code, ...printed }))
    })

  const stop = async () => {
    if (!server) return
    const { child, ended } = server
    server = null
    process.kill(-child.pid, 'SIGTERM')
    const code = await ended
    if (code !== 0) throw new Error(`the server ended with ${code}`)
  }

  const serve = async (script) => {
    await stop()
    // A process group of its own: the shell and the server that it started.
    const child = spawn('bash', ['-euo', 'pipefail', '-c', `trap : TERM; ${script}`], {
      cwd: folder,
      env,
      detached: true,
    })
    const printed = { out: '', err: '' }
    const ended = new Promise((done) => child.once('close', done))
    child.stderr.on('data', (data) => (printed.err += data))
    await new Promise((ready, failed) => {
      child.stdout.on('data', (data) => (printed.out += data).includes('Countersign is ready') && ready())
      ended.then((code) => failed(new Error(`the server ended with ${code}\n${printed.err}`)))
    })
    server = { child, ended }
    return { code: 0, ...printed }
  }

  const remove = async () => {
    await stop()
    await rm(folder, { recursive: true })
  }
  return { folder, url, local, run, serve, remove }
}
