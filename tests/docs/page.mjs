// Loaded before a TypeScript block: fetch as a page of the server has it, and the token that the text speaks of.
import { browser } from '../wire/server.mjs'

const server = process.env.DOCS_SERVER
const person = { name: 'Reader', email: 'reader@example.com', password: 'a phrase of the reader' }
const reader = browser(server)
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(person) }
await reader(`${server}/api/auth/sign-up/email`, post)
await reader(`${server}/api/auth/sign-in/email`, post)
globalThis.token = (await (await reader(`${server}/api/auth/token`)).json()).token
globalThis.fetch = browser(server)
