// Every command of README.md and docs/guide runs, in order, against a server that the document's reader would have.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { matches, parseBlocks } from './blocks.mjs'
import { makeClone } from './clone.mjs'

const root = resolve('../..')
const guide = (await readdir(join(root, 'docs/guide'))).filter((name) => name.endsWith('.md')).sort()
const documents = ['README.md', ...guide.map((name) => `docs/guide/${name}`)]
const assignment = /^[a-z_]+=[^\s$`]+$/

// TypeScript is checked and run in here, so that it finds the packages.
const scripts = resolve('scripts')
await rm(scripts, { recursive: true, force: true })
await mkdir(scripts)
const strict = [
  '--noEmit',
  '--strict',
  '--target',
  'es2022',
  '--module',
  'nodenext',
  '--skipLibCheck',
  '--lib',
  'es2022,dom',
]
const run = promisify(execFile)

async function writeScript(block, text) {
  const name = join(scripts, `${block.file.replaceAll('/', '-')}-${block.line}.ts`)
  const proof = `\nif (!(${block.check})) throw new Error("what the text promises does not hold");\n`
  await writeFile(name, `export {};\ndeclare const token: string;\n${text}${proof}`)
  return name
}

async function checkTypes(blocks) {
  const names = await Promise.all(blocks.map((block) => writeScript(block, block.text)))
  await run('node_modules/.bin/tsc', [...strict, ...names]).catch((error) => assert.fail(error.stdout))
}

async function runTypeScript(clone, block) {
  const name = await writeScript(block, clone.local(block.text))
  const env = { ...process.env, DOCS_SERVER: clone.url }
  await run(process.execPath, ['--no-warnings', '--experimental-strip-types', '--import', './page.mjs', name], { env })
}

async function checkConfiguration(clone, block) {
  await writeFile(join(clone.folder, 'block.toml'), block.text)
  const { code, err } = await clone.run('build/release/countersign config explain --config block.toml')
  assert.equal(code, 0, err)
}

async function runBlock(clone, block, state) {
  if (block.output)
    return assert.ok(matches(clone.local(block.text), state.printed), `it prints instead:\n${state.printed}`)
  if (block.word === 'ts') return runTypeScript(clone, block)
  if (block.word === 'toml') return checkConfiguration(clone, block)
  if (block.word !== 'sh') return
  const script = clone.local([...state.assignments, block.text].join('\n'))
  const { code, out, err } = await (block.serve ? clone.serve(script) : clone.run(script))
  assert.equal(code, 0, err)
  state.printed = out
  state.assignments.push(...block.text.split('\n').filter((line) => assignment.test(line)))
}

const read = async (file) => parseBlocks(file, await readFile(join(root, file), 'utf8'))
const texts = new Map(await Promise.all(documents.map(async (file) => [file, await read(file)])))

test('the TypeScript has the right types', () =>
  checkTypes([...texts.values()].flat().filter((block) => block.word === 'ts')))

for (const [file, blocks] of texts) {
  test(file, async (t) => {
    const clone = await makeClone()
    t.after(clone.remove)
    await clone.serve('./dev run')
    const state = { printed: '', assignments: [] }
    for (const block of blocks) {
      await t.test(`line ${block.line}: ${block.word}`, { skip: block.skip ?? false }, () =>
        runBlock(clone, block, state),
      )
    }
  })
}

test('a block that promises the wrong thing is found', async (t) => {
  const clone = await makeClone()
  t.after(clone.remove)
  await clone.serve('./dev run')
  const table = [
    ['```sh\nfalse\n```', /Expected values/],
    ['```sh\nfalse | true\n```', /Expected values/],
    ['```sh\necho null\n```\n```json output\n{}\n```', /prints instead/],
    ['```sh\necho 12\n```\n```text output\n1\n```', /prints instead/],
    ['```toml\n[http]\nlissten = "127.0.0.1:1"\n```', /http\.lissten/],
    ['```ts check="n === 2"\nconst n: number = 1;\n```', /does not hold/],
    ['```ts check="true"\nawait fetch("http://localhost:1");\n```', /fetch failed/],
    ['```sh serve\nbuild/release/countersign serve --config nothing\n```', /the server ended with 2/],
  ]
  await assert.rejects(
    checkTypes(parseBlocks('broken.md', '```ts check="n"\nconst n: number = "text";\n```')),
    /TS2322/,
  )
  for (const [markdown, wanted] of table) {
    const state = { printed: '', assignments: [] }
    const all = async () => {
      for (const block of parseBlocks('broken.md', markdown)) await runBlock(clone, block, state)
    }
    await assert.rejects(all, wanted, markdown)
  }
})

test('a block says what it is', () => {
  const table = [
    ['```\nls\n```', /a block says what it is/],
    ['```bash\nls\n```', /a block says what it is/],
    ['```sh skip\nls\n```', /skip="why"/],
    ['```ts\n1;\n```', /check=/],
    ['```sh never\nls\n```', /no mark/],
    ['```sh\nls', /has no end/],
  ]
  for (const [markdown, wanted] of table) assert.throws(() => parseBlocks('broken.md', markdown), wanted, markdown)
})
