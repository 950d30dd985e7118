#!/usr/bin/env bash
# ioredis 6.0.0: when the server refuses SELECT for the database of the URL, the client does not fail.
# It is "ready", and every command goes to database 0. Expected: no command is answered from another database than the one
# asked for. A reader that counts keys gets the numbers of somebody else's data, or zeros, without an error: only an
# "error" event, which most programs log at best, tells of it.
# The server here is a stand-in of a few lines that speaks RESP as Redis does: 16 databases, SELECT 99 is out of range.
#
# Seen on Node 20.20.2: "ready, GET answered from database 0, error event: ERR DB index is out of range"
# Exits 0 while this is so, and 1 once it changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ioredis@6.0.0
cat >probe.mjs <<'JS'
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** Commands of one chunk: arrays of bulk strings. */
function commandsOf(text) {
  const lines = text.split('\r\n');
  const commands = [];
  for (let at = 0; lines[at]?.startsWith('*'); ) {
    const count = Number(lines[at].slice(1));
    commands.push(Array.from({ length: count }, (_, n) => lines[at + 2 + 2 * n]));
    at += 1 + 2 * count;
  }
  return commands;
}

const server = createServer((socket) => {
  let database = 0;
  socket.on('data', (chunk) => {
    for (const [name = '', argument = ''] of commandsOf(chunk.toString())) {
      const command = name.toLowerCase();
      if (command === 'select' && Number(argument) > 15)
        socket.write('-ERR DB index is out of range\r\n');
      else if (command === 'select') {
        database = Number(argument);
        socket.write('+OK\r\n');
      } else if (command === 'get') socket.write(`$10\r\ndatabase ${database}\r\n`);
      else if (command === 'info') socket.write('$9\r\nloading:0\r\n');
      else socket.write('+OK\r\n');
    }
  });
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const client = new Redis(`redis://127.0.0.1:${server.address().port}/99`);
let told = 'no error event';
client.on('error', (error) => (told = `error event: ${error.message}`));
const limit = setTimeout(() => process.exit(2), 20_000);
const answer = await client.get('key').catch((error) => `failed: ${error.message}`);
console.log(`${client.status}, GET answered from ${answer}, ${told}`);
clearTimeout(limit);
client.disconnect();
server.close();
JS
seen=$(node probe.mjs)
echo "$seen"
[[ $seen == "ready, GET answered from database 0, "* ]] || {
  echo "changed: ioredis does not go on in database 0 any more" >&2
  exit 1
}
