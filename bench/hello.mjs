// The least that Node can do: its own http server with a fixed answer. node hello.mjs PORT
import { createServer } from 'node:http'

const body = '{"ok":true}'
createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}).listen(Number(process.argv[2]), '127.0.0.1')
