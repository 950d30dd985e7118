import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (32768 and above on Linux, 49152 elsewhere):
 * one of those would take a port between its choice and its use, and a server may need many seconds to start.
 */
const FIRST_PORT = 12_000;
const PORTS_PER_WORKER = 600;
const WORKERS = 32;

let offset = Math.floor(Math.random() * PORTS_PER_WORKER);

/** A loopback port that nobody listens on, and that no test beside this one is given. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_PER_WORKER; tries += 1) {
    offset = (offset + 1) % PORTS_PER_WORKER;
    const port = firstPort() + offset;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

/** Test files run side by side: each worker of the test runner has ports of its own. */
function firstPort(): number {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
  return FIRST_PORT + worker * PORTS_PER_WORKER;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
