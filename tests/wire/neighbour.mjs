// The npm package as a server of its own: forked by beside.mjs with what it needs as JSON. What it mails it sends to its
// parent; a line of its log about a locked database too.
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { NodeSqliteDialect } from '@better-auth/kysely-adapter/node-sqlite-dialect'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import pg from 'pg'

const { file, postgres, baseURL, secret, cookieCache, more = {} } = JSON.parse(process.argv[2])
const mail = (kind) => async ({ user, token }) => void process.send({ mail: { kind, to: user.email, token } })
// As docs/guide/take-over.md has it for a file that another process writes too: with a time to wait for the lock, and
// without the package's transactions, which read first and fail if somebody writes before they do.
const inFile = () => ({ dialect: new NodeSqliteDialect({ database: new DatabaseSync(file, { timeout: 5000 }) }), type: 'sqlite' })
const auth = betterAuth({
  baseURL,
  secret,
  database: file ? inFile() : new pg.Pool({ connectionString: postgres, max: 16 }),
  emailAndPassword: { enabled: true, sendResetPassword: mail('reset-password') },
  emailVerification: { sendVerificationEmail: mail('verify-email') },
  session: cookieCache ? { cookieCache } : {},
  rateLimit: { enabled: false },
  plugins: [jwt()],
  telemetry: { enabled: false },
  logger: { log: (level, message, ...rest) => process.send({ log: [level, message, ...rest.map((part) => part?.message ?? String(part))].join(' ') }) },
  ...more,
})
await (await getMigrations(auth.options)).runMigrations()
const server = createServer(toNodeHandler(auth)).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit(0))
