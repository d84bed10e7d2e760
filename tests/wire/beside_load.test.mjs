// The npm package and ours writing at the same time: nobody is refused, nothing that was acknowledged is missing, and every
// row has the form that both read.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { kinds, person, startBoth, stopPostgres } from './beside.mjs'

after(stopPostgres)

const people = 60
const atOnce = 12
const changes = 5 // of a profile, at both: writes that no hash slows down

async function life(i, [one, other]) {
  const name = `person ${i}`, email = `person${i}@example.com`, password = `the password of ${i}`
  const [first, second] = [person(), person()]
  const seen = []
  const step = async (server, what, browser, path, body) => {
    const { status, body: answer } = await browser.post(server, path, body)
    seen.push({ who: i, server: server.name, what, status, answer })
    return answer
  }
  const made = await step(one, 'sign up', first, '/sign-up/email', { name, email, password })
  await step(other, 'sign in', second, '/sign-in/email', { email, password })
  for (let change = 0; change < changes; ++change) {
    const image = `https://cdn.example.com/${i}/${change}`
    await step(one, 'change', second, '/update-user', { image })
    await step(other, 'change', first, '/update-user', { name: `${name}.${change}` })
  }
  await step(other, 'sign out', first, '/sign-out')
  const kept = (await second.get(one, '/get-session')).body
  return { id: made.user?.id, email, seen, token: kept?.session.token, ended: made.token, user: kept?.user, last: { name: `${name}.${changes - 1}`, image: `https://cdn.example.com/${i}/${changes - 1}` } }
}

const dates = { user: ['createdAt', 'updatedAt'], session: ['expiresAt', 'createdAt', 'updatedAt'], account: ['createdAt', 'updatedAt'] }
const orphans = (table) => `select * from "${table}" where "userId" not in (select id from "user")`

for (const kind of kinds) {
  test(`${kind}: ${people} people at both, ${atOnce} at a time`, async (t) => {
    const both = await startBoth(t, kind)
    const pairs = [[both.theirs, both.ours], [both.ours, both.theirs]]
    const lives = []
    let next = 0
    await Promise.all(Array.from({ length: atOnce }, async () => {
      while (next < people) {
        const i = next++
        lives.push(await life(i, pairs[i % 2]))
      }
    }))
    const refused = lives.flatMap(({ seen }) => seen).filter(({ status }) => status !== 200)
    assert.deepEqual(refused, [])
    assert.deepEqual(both.theirs.logs.filter((line) => /locked|busy|error/i.test(line)), [])

    const users = new Map((await both.rows('select * from "user"')).map((row) => [row.id, row]))
    const accounts = await both.rows('select * from account')
    const tokens = new Set((await both.rows('select token from session')).map((row) => row.token))
    assert.equal(users.size, people)
    assert.equal(accounts.length, people)
    for (const one of lives) {
      const row = users.get(one.id)
      assert.deepEqual([row?.email, row?.name, row?.image], [one.email, one.last.name, one.last.image])
      assert.deepEqual([one.user.name, one.user.image], [one.last.name, one.last.image])
      assert.equal(accounts.filter((account) => account.userId === one.id && account.providerId === 'credential').length, 1)
      assert.ok(tokens.has(one.token) && !tokens.has(one.ended), `sessions of ${one.email}`)
    }
    for (const table of ['session', 'account']) assert.deepEqual(await both.rows(orphans(table)), [], table)
    if (kind !== 'sqlite') return
    assert.deepEqual(await both.rows('pragma foreign_key_check'), [])
    for (const [table, columns] of Object.entries(dates)) {
      const rows = await both.rows(`select * from "${table}"`)
      for (const row of rows) for (const column of columns) assert.match(row[column], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, `${table}.${column}`)
    }
    for (const { emailVerified } of users.values()) assert.ok(emailVerified === 0 || emailVerified === 1)
  })
}

// /update-user here writes every column of the row that it has read: nobody may write in between.
for (const kind of kinds) {
  test(`${kind}: two fields of one user, changed at both at once, are both changed`, async (t) => {
    const { theirs, ours, rows } = await startBoth(t, kind)
    const browser = person()
    await browser.post(ours, '/sign-up/email', { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' })
    for (let change = 0; change < 200; ++change) {
      const [name, image] = [`Ada ${change}`, `https://cdn.example.com/${change}`]
      await Promise.all([browser.post(theirs, '/update-user', { image }), browser.post(ours, '/update-user', { name })])
      assert.deepEqual((await rows('select name, image from "user"')).map((row) => [row.name, row.image]), [[name, image]])
    }
  })
}
