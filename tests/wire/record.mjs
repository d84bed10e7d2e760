// Records wire traces from the real npm package, so that the project can be checked where nothing else is at hand:
// NODE_ENV=production node record.mjs [FOLDER]. The scenarios cover exactly the endpoints that exist here; tools/differ sends
// them to the package and to us in one run.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'

if (process.env.NODE_ENV !== 'production') throw new Error('run with NODE_ENV=production: the package reads it while it loads')
const baseURL = 'http://127.0.0.1:3900'
const secret = 'recorded-secret-fedcba9876543210-abcdefghij'
const base = { profile: 'better-auth', mode: 'production', allow: ['replay'], baseURL, basePath: '/api/auth', secret, trustedOrigins: [], rateLimit: { enabled: false }, emailAndPassword: { enabled: true }, plugins: {} }
const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
const form = 'application/x-www-form-urlencoded'
const folder = process.argv[2] ?? 'traces'
const signIn = { email: ada.email, password: ada.password }
const cached = [
  ['sign up', 'POST', '/sign-up/email', ada],
  ['cached', 'GET', '/get-session'],
  ['the truth', 'GET', '/get-session?disableCookieCache=true'],
  ['not refreshed', 'GET', '/get-session?disableCookieCache=1&disableRefresh=1'],
  ['accounts', 'GET', '/list-accounts'],
  ['a new name', 'POST', '/update-user', { name: 'Ada L.' }],
  ['cached again', 'GET', '/get-session'],
  ['list', 'GET', '/list-sessions'],
  ['a long picture', 'POST', '/update-user', { image: `https://cdn.example.com/${'p'.repeat(6000)}` }],
  ['in pieces', 'GET', '/get-session'],
  ['a short one', 'POST', '/update-user', { image: 'https://cdn.example.com/p' }],
  ['in one again', 'GET', '/get-session'],
  ['another browser, not remembered', 'POST', '/sign-in/email', { ...signIn, rememberMe: false }, undefined, 'A2'],
  ['cached there', 'GET', '/get-session', undefined, undefined, 'A2'],
  ['the truth there', 'GET', '/get-session?disableCookieCache=true', undefined, undefined, 'A2'],
  ['end the others', 'POST', '/revoke-other-sessions', {}],
  ['still cached there', 'GET', '/get-session', undefined, undefined, 'A2'],
  ['but it cannot end sessions', 'POST', '/revoke-sessions', {}, undefined, 'A2'],
  ['sign out', 'POST', '/sign-out', {}],
  ['signed out', 'GET', '/get-session'],
]

const look = (label) => ['_secondaryStorage', label]
const emptied = ['_note', 'secondary storage emptied']

// What the package takes for `secondaryStorage`, and what of it we are configured with.
function keyValues() {
  const entries = new Map()
  const remove = (key) => void entries.delete(key)
  const getAndDelete = (key) => {
    const value = entries.get(key)?.value ?? null
    entries.delete(key)
    return value
  }
  const increment = (key, ttl) => {
    const value = Number(entries.get(key)?.value ?? 0) + 1
    entries.set(key, { value: String(value), ttl: entries.get(key)?.ttl ?? ttl })
    return value
  }
  const set = (key, value, ttl) => void entries.set(key, { value, ttl })
  return { entries, functions: { get: (key) => entries.get(key)?.value ?? null, set, delete: remove, getAndDelete, increment } }
}

const scenarios = {
  'own-01-session': {
    plugins: [],
    lines: [
      ['health', 'GET', '/ok'],
      ['no session', 'GET', '/get-session'],
      ['sign up', 'POST', '/sign-up/email', ada],
      ['session', 'GET', '/get-session'],
      ['sign up again', 'POST', '/sign-up/email', ada],
      ['sign out', 'POST', '/sign-out', {}],
      ['session after sign out', 'GET', '/get-session'],
      ['wrong password', 'POST', '/sign-in/email', { email: ada.email, password: 'wrong password' }],
      ['unknown user', 'POST', '/sign-in/email', { email: 'nobody@example.com', password: 'wrong password' }],
      ['sign in, not remembered', 'POST', '/sign-in/email', { ...ada, name: undefined, rememberMe: false }],
      ['session, not remembered', 'GET', '/get-session'],
      ['sign in, remembered', 'POST', '/sign-in/email', { ...ada, name: undefined }],
      ['sign in with a form', 'POST', '/sign-in/email', 'email=ADA%40example.com&password=correct+horse+battery', form],
      ['foreign callback', 'POST', '/sign-in/email', { ...ada, name: undefined, callbackURL: 'https://evil.test/' }],
    ],
  },
  'own-02-refusals': {
    plugins: [],
    lines: [
      ['unknown path', 'GET', '/nope'],
      ['wrong method', 'GET', '/sign-in/email'],
      ['trailing slash', 'GET', '/ok/'],
      ['error page', 'GET', '/error?error=state_mismatch'],
      ['error page with markup', 'GET', '/error?error=%3Cb%3E&error_description=x%20y'],
      ['empty object', 'POST', '/sign-up/email', {}],
      ['wrong types', 'POST', '/sign-up/email', { name: 1, email: true, password: [] }],
      ['array', 'POST', '/sign-up/email', [1]],
      ['bad address', 'POST', '/sign-up/email', { ...ada, email: 'nope' }],
      ['short password', 'POST', '/sign-up/email', { ...ada, password: 'short' }],
      ['long password', 'POST', '/sign-up/email', { ...ada, password: 'x'.repeat(129) }],
      ['no JSON', 'POST', '/sign-up/email', '{"email":', 'application/json'],
      ['text', 'POST', '/sign-up/email', 'x', 'text/plain'],
      ['bad address at sign-in', 'POST', '/sign-in/email', { email: 'nope', password: 'x' }],
    ],
  },
  'own-03-token': {
    plugins: [jwt({ disableSettingJwtHeader: true })],
    lines: [
      ['key set', 'GET', '/jwks'],
      ['token without session', 'GET', '/token'],
      ['sign up', 'POST', '/sign-up/email', ada],
      ['token', 'GET', '/token'],
      ['key set again', 'GET', '/jwks'],
    ],
  },
  // The fourth to sixth parts of a line: body or what makes it of the tokens so far, content type, client.
  'own-04-own-data': {
    plugins: [],
    options: {
      user: { additionalFields: { nickname: { type: 'string', required: false }, age: { type: 'number', required: false }, plan: { type: 'string', input: false, defaultValue: 'free' }, hidden: { type: 'string', required: false, returned: false } } },
      session: { additionalFields: { theme: { type: 'string', required: false, defaultValue: 'light' } } },
    },
    lines: [
      ['nobody lists', 'GET', '/list-sessions'],
      ['sign up', 'POST', '/sign-up/email', { ...ada, nickname: 'al', age: 36, hidden: 'x', plan: 'pro' }],
      ['second session', 'POST', '/sign-in/email', { ...ada, name: undefined }, undefined, 'A2'],
      ['another user', 'POST', '/sign-up/email', { ...ada, email: 'bob@example.com' }, undefined, 'B'],
      ['list', 'GET', '/list-sessions'],
      ['revoke without token', 'POST', '/revoke-session', {}],
      ['revoke that of another user', 'POST', '/revoke-session', (tokens) => ({ token: tokens.B })],
      ['the other user stays', 'GET', '/get-session', undefined, undefined, 'B'],
      ['revoke the second', 'POST', '/revoke-session', (tokens) => ({ token: tokens.A2 })],
      ['the second is gone', 'GET', '/get-session', undefined, undefined, 'A2'],
      ['theme', 'POST', '/update-session', { theme: 'dark' }],
      ['no theme', 'POST', '/update-session', { token: 'x' }],
      ['a list for a session', 'POST', '/update-session', []],
      ['name and image', 'POST', '/update-user', { name: 'Ada L.', image: 'https://cdn.example.com/a.png' }],
      ['no image', 'POST', '/update-user', { image: null }],
      ['address', 'POST', '/update-user', { email: 'x@example.com' }],
      ['a field of the server', 'POST', '/update-user', { plan: 'pro' }],
      ['nothing', 'POST', '/update-user', { emailVerified: true }],
      ['a field', 'POST', '/update-user', { nickname: null }],
      ['who am I', 'GET', '/get-session'],
      ['accounts', 'GET', '/list-accounts'],
      ['the last account', 'POST', '/unlink-account', { accountId: 'x' }],
      ['wrong password', 'POST', '/change-password', { currentPassword: 'wrong pass', newPassword: 'new password 1' }],
      ['short password', 'POST', '/change-password', { currentPassword: ada.password, newPassword: 'short' }],
      ['change', 'POST', '/change-password', { currentPassword: ada.password, newPassword: 'new password 1' }],
      ['second session again', 'POST', '/sign-in/email', { email: ada.email, password: 'new password 1', rememberMe: false }, undefined, 'A2'],
      ['change and end the others', 'POST', '/change-password', { currentPassword: 'new password 1', newPassword: 'new password 2', revokeOtherSessions: true }, undefined, 'A2'],
      ['the first is gone', 'GET', '/get-session'],
      ['the second has a new one', 'GET', '/get-session', undefined, undefined, 'A2'],
      ['verify', 'POST', '/verify-password', { password: 'new password 2' }, undefined, 'A2'],
      ['verify a wrong one', 'POST', '/verify-password', { password: 'new password 1' }, undefined, 'A2'],
      ['end all', 'POST', '/revoke-sessions', {}, undefined, 'A2'],
      ['all are gone', 'GET', '/get-session', undefined, undefined, 'A2'],
      ['end the others without body', 'POST', '/revoke-other-sessions', undefined, undefined, 'B'],
    ],
  },
  'own-05-cookie-cache-compact': { plugins: [], options: { session: { cookieCache: { enabled: true } } }, lines: cached },
  'own-05-cookie-cache-jwt': { plugins: [], options: { session: { cookieCache: { enabled: true, strategy: 'jwt', maxAge: 60, version: '7' } } }, lines: cached },
  'own-05-cookie-cache-jwe': { plugins: [], options: { session: { cookieCache: { enabled: true, strategy: 'jwe' } } }, lines: cached },
  'own-06-cookie-names': {
    plugins: [],
    options: {
      advanced: {
        cookiePrefix: 'acme',
        defaultCookieAttributes: { sameSite: 'strict', path: '/api' },
        cookies: { session_token: { name: 'sid', attributes: { sameSite: 'lax' } }, dont_remember: { attributes: { path: '/' } } },
      },
    },
    lines: [
      ['sign up', 'POST', '/sign-up/email', ada],
      ['session', 'GET', '/get-session'],
      ['not remembered', 'POST', '/sign-in/email', { ...signIn, rememberMe: false }],
      ['session, not remembered', 'GET', '/get-session'],
      ['remembered', 'POST', '/sign-in/email', signIn],
      ['sign out', 'POST', '/sign-out', {}],
    ],
  },
  'own-07-rate-limit-database': {
    plugins: [],
    options: { rateLimit: { enabled: true, storage: 'database', customRules: { '/list-*': { window: 30, max: 1 }, '/error': false } }, advanced: { ipAddress: { trustedProxies: ['127.0.0.1'] } } },
    tables: ['rateLimit'],
    // Behind the client: what the proxy says of its address.
    lines: [
      ['wrong password 1', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'A', '203.0.113.7'],
      ['wrong password 2', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'A', '203.0.113.7'],
      ['wrong password 3', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'A', '203.0.113.7'],
      ['too many', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'A', '203.0.113.7'],
      ['still too many', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'A', '203.0.113.7'],
      ['another client', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'B', '203.0.113.8'],
      ['IPv6 of one network', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'C', '2001:db8:0:1::5'],
      ['IPv6 of the same network', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'C', '2001:DB8:0:1:ffff::9'],
      ['IPv4 in IPv6', 'POST', '/sign-in/email', { ...signIn, password: 'wrong pass' }, undefined, 'C', '::ffff:203.0.113.9'],
      ['another path', 'GET', '/get-session', undefined, undefined, 'A', '203.0.113.7'],
      ['an unknown path counts', 'GET', '/nope', undefined, undefined, 'A', '203.0.113.7'],
      ['slashes behind it do not', 'GET', '/nope/', undefined, undefined, 'A', '203.0.113.7'],
      ['a rule of its own', 'GET', '/list-sessions', undefined, undefined, 'A', '203.0.113.7'],
      ['is used up', 'GET', '/list-sessions', undefined, undefined, 'A', '203.0.113.7'],
      ['of one path', 'GET', '/list-accounts', undefined, undefined, 'A', '203.0.113.7'],
      ['exempt', 'GET', '/error?error=state_mismatch', undefined, undefined, 'A', '203.0.113.7'],
    ],
  },
}

Object.assign(scenarios, {
  'own-08-secondary-storage': {
    plugins: [],
    secondary: 'memory',
    options: { session: { additionalFields: { theme: { type: 'string', required: false, defaultValue: 'light' } } } },
    lines: [
      ['sign up', 'POST', '/sign-up/email', ada],
      ['another user', 'POST', '/sign-up/email', { ...ada, email: 'bob@example.com' }, undefined, 'B'],
      ['second session, not remembered', 'POST', '/sign-in/email', { ...signIn, rememberMe: false }, undefined, 'A2'],
      look('three sessions'),
      ['session', 'GET', '/get-session'],
      ['list', 'GET', '/list-sessions'],
      ['theme', 'POST', '/update-session', { theme: 'dark' }],
      ['a new name', 'POST', '/update-user', { name: 'Ada L.' }],
      ['seen from the second', 'GET', '/get-session', undefined, undefined, 'A2'],
      look('theme and name'),
      ['revoke that of another user', 'POST', '/revoke-session', (tokens) => ({ token: tokens.B })],
      ['the other user stays', 'GET', '/get-session', undefined, undefined, 'B'],
      ['revoke the second', 'POST', '/revoke-session', (tokens) => ({ token: tokens.A2 })],
      ['the second is gone', 'GET', '/get-session', undefined, undefined, 'A2'],
      ['change and end the others', 'POST', '/change-password', { currentPassword: ada.password, newPassword: 'new password 1', revokeOtherSessions: true }],
      ['the new one', 'GET', '/get-session'],
      look('a new password'),
      ['sign out', 'POST', '/sign-out', {}],
      ['end all', 'POST', '/revoke-sessions', {}, undefined, 'B'],
      look('nobody'),
      emptied,
      look('nothing'),
    ],
  },
  'own-08-secondary-storage-rows': {
    plugins: [],
    secondary: 'memory',
    options: { session: { storeSessionInDatabase: true } },
    lines: [
      ['sign up', 'POST', '/sign-up/email', ada],
      ['second session', 'POST', '/sign-in/email', signIn, undefined, 'A2'],
      ['third session', 'POST', '/sign-in/email', signIn, undefined, 'A3'],
      look('in both'),
      emptied,
      ['from the database', 'GET', '/get-session'],
      ['list from the database', 'GET', '/list-sessions'],
      look('a read writes nothing'),
      ['fourth session', 'POST', '/sign-in/email', signIn, undefined, 'A4'],
      ['a new name', 'POST', '/update-user', { name: 'Ada L.' }],
      look('one session with the name'),
      ['sign out', 'POST', '/sign-out', {}, undefined, 'A2'],
      ['signed out', 'GET', '/get-session', undefined, undefined, 'A2'],
      ['end the others', 'POST', '/revoke-other-sessions', {}, undefined, 'A4'],
      ['the first is gone', 'GET', '/get-session'],
      look('one session'),
    ],
  },
  'own-08-secondary-storage-record': {
    plugins: [],
    secondary: 'memory',
    options: { session: { storeSessionInDatabase: true, preserveSessionInDatabase: true } },
    lines: [
      ['sign up', 'POST', '/sign-up/email', ada],
      ['second session', 'POST', '/sign-in/email', signIn, undefined, 'A2'],
      ['sign out', 'POST', '/sign-out', {}, undefined, 'A2'],
      ['third session', 'POST', '/sign-in/email', signIn, undefined, 'A3'],
      ['list', 'GET', '/list-sessions', undefined, undefined, 'A3'],
      ['end all', 'POST', '/revoke-sessions', {}, undefined, 'A3'],
      ['all are gone', 'GET', '/get-session'],
      look('the moment'),
    ],
  },
})

Object.assign(scenarios, {
  // Ids count from 1 in both. No row with the highest id goes before another comes: the package would give its number again, and we do not.
  'own-09-serial-ids': {
    plugins: [jwt({ disableSettingJwtHeader: true })],
    options: { advanced: { database: { generateId: 'serial' } } },
    tables: ['user', 'session', 'account'],
    lines: [
      ['sign up', 'POST', '/sign-up/email', ada],
      ['session', 'GET', '/get-session'],
      ['another user', 'POST', '/sign-up/email', { ...ada, email: 'bob@example.com' }, undefined, 'B'],
      ['taken', 'POST', '/sign-up/email', ada, undefined, 'C'],
      ['second session', 'POST', '/sign-in/email', signIn, undefined, 'A2'],
      ['list', 'GET', '/list-sessions'],
      ['a new name', 'POST', '/update-user', { name: 'Ada L.' }],
      ['accounts', 'GET', '/list-accounts'],
      ['the last account', 'POST', '/unlink-account', { providerId: 'credential', accountId: '1' }],
      ['an id that is no number', 'POST', '/unlink-account', { providerId: 'credential', accountId: '7x' }],
      ['token', 'GET', '/token'],
      ['key set', 'GET', '/jwks'],
      ['change', 'POST', '/change-password', { currentPassword: ada.password, newPassword: 'new password 1' }],
      ['revoke that of another user', 'POST', '/revoke-session', (tokens) => ({ token: tokens.B })],
      ['the other user stays', 'GET', '/get-session', undefined, undefined, 'B'],
      ['end the others', 'POST', '/revoke-other-sessions', {}, undefined, 'A2'],
      ['the first is gone', 'GET', '/get-session'],
      ['sign out', 'POST', '/sign-out', {}, undefined, 'B'],
    ],
  },
})

for (const [scenario, { plugins, secondary, options = {}, tables: more = [], lines }] of Object.entries(scenarios)) {
  const database = new DatabaseSync(':memory:')
  const store = keyValues()
  const auth = betterAuth({ baseURL, secret, database, emailAndPassword: { enabled: true }, rateLimit: { enabled: false }, plugins, ...options, ...(secondary && { secondaryStorage: store.functions }), telemetry: { enabled: false }, logger: { disabled: true } })
  await (await getMigrations(auth.options)).runMigrations()
  const server = createServer(toNodeHandler(auth)).listen(3900, '127.0.0.1')
  const jars = {}, tokens = {}
  const countersign = { ...base, ...options, ...(secondary && { secondaryStorage: { type: secondary } }), plugins: plugins.length > 0 ? { jwt: { disableSettingJwtHeader: true } } : {} }
  const out = [{ name: '_meta', scenario, title: scenario, baseURL, basePath: '/api/auth', secret, countersign, needs: [] }]
  for (const [name, method, path, given, type, client = 'A', address] of lines) {
    if (name === '_secondaryStorage') {
      out.push({ name, label: method, entries: [...store.entries].map(([key, entry]) => ({ key, ...entry })) })
      continue
    }
    if (name === '_note') {
      store.entries.clear()
      out.push({ name, text: method })
      continue
    }
    const jar = (jars[client] ??= new Map())
    const body = typeof given === 'function' ? given(tokens) : given
    const headers = { 'user-agent': 'recorder/1', origin: baseURL }
    if (address !== undefined) headers['x-forwarded-for'] = address
    if (jar.size > 0) headers.cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ')
    if (body !== undefined) headers['content-type'] = type ?? 'application/json'
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await fetch(`${baseURL}/api/auth${path}`, { method, headers, body: text, redirect: 'manual' })
    const seen = Object.fromEntries([...answer.headers].filter(([key]) => !['date', 'connection', 'keep-alive', 'transfer-encoding', 'set-cookie', 'content-length'].includes(key)))
    const cookies = answer.headers.getSetCookie()
    if (cookies.length > 0) seen['set-cookie'] = cookies
    for (const line of cookies) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (/max-age=0/i.test(line)) jar.delete(key)
      else jar.set(key, value)
    }
    const raw = await answer.text()
    const request = { method, path: `/api/auth${path}`, headers }
    if (typeof body === 'string') request.rawBody = body
    else if (body !== undefined) request.body = JSON.parse(text)
    const response = { status: answer.status, headers: seen, body: raw === '' ? null : JSON.parse(raw), ...(raw === '' ? { emptyBody: true } : {}) }
    if (response.body?.token) tokens[client] = response.body.token
    out.push({ name, client, request, response })
  }
  const there = new Set(database.prepare("select name from sqlite_master where type = 'table'").all().map(({ name }) => name))
  const tables = Object.fromEntries(['user', 'session', 'account', ...more].filter((table) => there.has(table)).map((table) => [table, database.prepare(`select * from "${table}"`).all()]))
  out.push({ name: '_db', label: 'end', tables })
  writeFileSync(`${folder}/${scenario}.jsonl`, out.map((line) => JSON.stringify(line)).join('\n') + '\n')
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await new Promise((done) => setTimeout(done, 200)) // the client notices that its connection is gone
}
