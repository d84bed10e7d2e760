// Better Auth and Countersign as two servers on one database, as behind one proxy: one base URL, one secret, and a browser
// that keeps its cookies whoever answers.
import { fork, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { startServer } from './server.mjs'

export const origin = 'http://localhost:3900' // of the proxy; nothing listens there
export const secret = 'one-secret-for-both-fedcba9876543210-abcdefghij'

// A PostgreSQL of its own, gone with whoever started it.
async function startPostgres() {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-pg-'))
  const child = spawn('sh', [resolve('../support/postgres.sh'), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('exit', done))
  await Promise.race([new Promise((ready) => child.stdout.once('data', ready)), ended.then(() => Promise.reject(new Error('no PostgreSQL: apt-get install postgresql-15')))])
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  return { url: (name) => `postgres://owner@/${name}?host=${folder}`, stop }
}

let postgres = null
export const stopPostgres = () => postgres?.stop()

// An empty database: where it is for each of the two, and its rows for the test.
const made = {
  sqlite: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-beside-'))
    const file = join(folder, 'one.db')
    const rows = async (text) => {
      const database = new DatabaseSync(file, { timeout: 10_000 })
      try {
        return database.prepare(text).all()
      } finally {
        database.close()
      }
    }
    return { theirs: { file }, ours: `sqlite:${file}`, rows, remove: () => rm(folder, { recursive: true }) }
  },
  postgres: async () => {
    postgres ??= await startPostgres()
    const name = `beside${++made.count}`
    const ask = async (database, text) => {
      const client = new pg.Client({ connectionString: postgres.url(database) })
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    }
    await ask('postgres', `create database ${name}`)
    const url = postgres.url(name)
    return { theirs: { postgres: url }, ours: url, rows: (text) => ask(name, text), remove: () => ask('postgres', `drop database ${name}`) }
  },
  count: 0,
}
export const kinds = ['sqlite', 'postgres']

// What `find` finds, as soon as it is there: a mail is sent behind the answer.
export async function eventually(find) {
  for (const until = Date.now() + 10_000; ; await new Promise((done) => setTimeout(done, 5))) {
    const found = await find()
    if (found) return found
    if (Date.now() > until) throw new Error('it has not come in ten seconds')
  }
}

async function startNeighbour(options) {
  const child = fork('neighbour.mjs', [JSON.stringify(options)], { env: { ...process.env, NODE_ENV: 'production' }, execArgv: ['--no-warnings'] })
  const mails = [], logs = []
  const port = await new Promise((ready, failed) => {
    child.on('message', (message) => {
      if (message.port) ready(message.port)
      if (message.mail) mails.push(message.mail)
      if (message.log) logs.push(message.log)
    })
    child.once('exit', (code) => failed(new Error(`Better Auth ended with ${code}`)))
  })
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done))
    child.disconnect()
    await ended
  }
  return { url: `http://127.0.0.1:${port}`, logs, mail: (kind, to) => eventually(() => mails.findLast((one) => one.kind === kind && one.to === to)), stop }
}

// Both servers over one new database, made by Better Auth. `options` are those that both understand.
export async function startBoth(t, kind, { cookieCache, theirs = {}, ours = {} } = {}) {
  const database = await made[kind]()
  const begun = [database.remove] // ended in the opposite order
  t.after(async () => {
    for (const end of begun.reverse()) await end()
  })
  const neighbour = await startNeighbour({ ...database.theirs, baseURL: origin, secret, cookieCache, more: theirs })
  begun.push(neighbour.stop)
  const server = await startServer({
    profile: 'better-auth',
    baseURL: origin,
    secret,
    storage: { url: database.ours },
    session: cookieCache ? { cookieCache } : {},
    emailAndPassword: { enabled: true, sendResetPassword: true },
    emailVerification: { sendVerificationEmail: true },
    mail: { transport: 'capture' },
    plugins: { jwt: {} },
    ...ours,
  })
  begun.push(server.stop)
  const inbox = (kind, to) => eventually(async () => (await (await fetch(`${server.url}/dev/inbox.json`)).json()).find((one) => one.kind === kind && one.to === to))
  return {
    rows: database.rows,
    url: database.ours,
    theirs: { name: 'Better Auth', url: neighbour.url, mail: neighbour.mail, logs: neighbour.logs },
    ours: { name: 'Countersign', url: server.url, mail: inbox },
  }
}

// A browser at the proxy: its cookies go to whichever server is asked, and `address` is what the proxy says of it.
export function person(address) {
  const jar = new Map()
  const ask = async (server, method, path, body) => {
    const headers = { origin, ...(address && { 'x-forwarded-for': address }), ...(jar.size > 0 && { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }), ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${server.url}/api/auth${path}`, { method, headers, redirect: 'manual', body: body && JSON.stringify(body) })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (/max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') || text === 'null' || text.startsWith('[') ? JSON.parse(text) : text }
  }
  return { jar, get: (server, path) => ask(server, 'GET', path), post: (server, path, body = {}) => ask(server, 'POST', path, body) }
}
