// npm Better Auth as its documentation sets it up, with jwt and bearer on SQLite or PostgreSQL:
// node better_auth.mjs PORT FILE|postgres://... [no-jwt-header|no-plugins]
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

const require = createRequire(new URL('../tests/wire/package.json', import.meta.url))
const { betterAuth } = require('better-auth')
const { getMigrations } = require('better-auth/db/migration')
const { toNodeHandler } = require('better-auth/node')
const { Pool } = require('pg')
const { bearer, jwt } = require('better-auth/plugins')

const [port, place, variant] = process.argv.slice(2)
const auth = betterAuth({
  database: place.startsWith('postgres:') ? new Pool({ connectionString: place }) : new DatabaseSync(place),
  baseURL: `http://127.0.0.1:${port}`,
  secret: process.env.BETTER_AUTH_SECRET,
  emailAndPassword: { enabled: true },
  plugins: variant === 'no-plugins' ? [] : [jwt({ disableSettingJwtHeader: variant === 'no-jwt-header' }), bearer()],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
})
await (await getMigrations(auth.options)).runMigrations()
createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1')
