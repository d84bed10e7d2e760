// `countersign migrate --apply` on databases of several releases of Better Auth: the migration of the package that is
// installed finds nothing missing afterwards, and both serve the same people.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'
import { browser, startServer } from './server.mjs'

const binary = resolve(process.env.COUNTERSIGN_BIN ?? '../../build/release/countersign')
const secret = 'one-secret-for-both-fedcba9876543210-abcdefghij'
const recorded = (release) => new URL(`../contract/databases/better-auth-${release}.sqlite.sql`, import.meta.url)
const person = (name) => ({ name, email: `${name}@example.com`, password: 'correct horse battery' })
const post = (send, url, body) =>
  send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const theirs = (file, url = 'http://localhost:3900') =>
  betterAuth({
    baseURL: url,
    secret,
    database: new DatabaseSync(file),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: true, storage: 'database', window: 10, max: 1000 },
    plugins: [jwt()],
    telemetry: { enabled: false },
  })

async function missing(file) {
  const { toBeCreated, toBeAdded, toBeAddedIndexes, schemaProblems } = await getMigrations(theirs(file).options)
  return { toBeCreated, toBeAdded, toBeAddedIndexes, schemaProblems }
}

function migrate(folder, file) {
  const words = ['migrate', '--apply', '--json']
  const env = {
    PATH: process.env.PATH,
    COUNTERSIGN_STORAGE__URL: `sqlite:${file}`,
    COUNTERSIGN_RATE_LIMIT__STORAGE: 'database',
  }
  const done = spawnSync(binary, words, { cwd: folder, env, encoding: 'utf8' })
  assert.equal(done.status, 0, done.stdout + done.stderr)
  return JSON.parse(done.stdout)
}

async function withDatabase(release, run) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'))
  const file = join(folder, 'theirs.db')
  const database = new DatabaseSync(file)
  if (release) database.exec(await readFile(recorded(release), 'utf8'))
  database.close()
  try {
    await run(folder, file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const nothing = { toBeCreated: [], toBeAdded: [], toBeAddedIndexes: [], schemaProblems: [] }

for (const release of ['1.4.22', '1.6.34', '1.7.25', '']) {
  test(`a database of ${release ? `Better Auth ${release}` : 'nobody'} lacks nothing for the package`, () =>
    withDatabase(release, async (folder, file) => {
      assert.ok(migrate(folder, file).steps.length > 0)
      assert.deepEqual(migrate(folder, file).steps, [])
      assert.deepEqual(await missing(file), nothing)
      // Who signed up at one signs in at the other.
      const auth = theirs(file)
      await auth.api.signUpEmail({ body: person('ada') })
      const server = await startServer({
        profile: 'better-auth',
        secret,
        storage: { url: `sqlite:${file}` },
        emailAndPassword: { enabled: true },
      })
      try {
        const send = browser(server.url)
        const { email, password } = person('ada')
        assert.equal((await post(send, `${server.url}/api/auth/sign-in/email`, { email, password })).status, 200)
        assert.equal((await post(send, `${server.url}/api/auth/sign-up/email`, person('bob'))).status, 200)
      } finally {
        await server.stop()
      }
      const bob = await auth.api.signInEmail({ body: { email: 'bob@example.com', password: person('bob').password } })
      assert.equal(bob.user.name, 'bob')
      assert.deepEqual(await missing(file), nothing)
    }))
}

test('what 1.7.2 demands and the package does not know is left as it was: only the package refuses it', () =>
  withDatabase('1.7.2', async (folder, file) => {
    const before = await missing(file)
    assert.match(before.schemaProblems.join(), /issuer/)
    migrate(folder, file)
    assert.deepEqual(await missing(file), before)
  }))
