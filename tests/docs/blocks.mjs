// The fenced blocks of a document, in order. What the word after the fence may be:
//   sh                  run in a shell, in a folder laid out as a clone with a build; it must exit with 0
//   sh serve            starts a server; later blocks talk to that one
//   sh skip="why"       not run
//   ts check="EXPR"     type-checked, then run as a page would; EXPR must hold at its end
//   text output, json output   what the block before it prints; `...` stands for anything
//   toml                a configuration without problems
//   text, json          nothing to run
const words = new Set(['sh', 'ts', 'text', 'json', 'toml'])

export function parseBlocks(file, markdown) {
  const blocks = []
  let block = null
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line)
    if (block && fence && fence[2].trim() === '') block = null
    else if (block) block.lines.push(line)
    else if (fence)
      blocks.push((block = { file, line: index + 1, lines: [], ...parseInfo(fence[2], `${file}:${index + 1}`) }))
  }
  if (block) throw new Error(`${file}:${block.line}: the block has no end`)
  return blocks.map(({ lines, ...rest }) => ({ ...rest, text: lines.join('\n') }))
}

function parseInfo(info, where) {
  const [, word, rest] = /^(\S*)\s*(.*)$/.exec(info.trim())
  if (!words.has(word))
    throw new Error(`${where}: a block says what it is: ${[...words].join(', ')}; it says "${word}"`)
  const marks = {}
  const unread = rest
    .replace(/([a-z]+)(?:="([^"]*)")?/g, (_, name, value) => ((marks[name] = value ?? true), ''))
    .trim()
  const unknown = Object.keys(marks).filter((name) => !['serve', 'skip', 'check', 'output'].includes(name))
  if (unread !== '' || unknown.length > 0) throw new Error(`${where}: "${rest}" is no mark of a block`)
  if (marks.skip === true) throw new Error(`${where}: skip="why"`)
  if (word === 'ts' && !marks.skip && !marks.check) throw new Error(`${where}: check="what holds at the end"`)
  return { word, ...marks }
}

export function matches(promised, printed) {
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = promised.trim().split('...').map(literal).join('[^]*?')
  return new RegExp(`^${pattern}$`).test(printed.replaceAll('\r', '').trim())
}
