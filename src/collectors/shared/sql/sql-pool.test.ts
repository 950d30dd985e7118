import type { Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createFakeClock } from '../../../testing/fake-clock.js';
import { openSqlPool, type SqlConnection, type SqlPool } from './sql-pool.js';

const never = new AbortController().signal;
const sockets: Socket[] = [];
const pools: SqlPool[] = [];
let ended = 0;

const CONNECTION: SqlConnection = {
  query: async () => ({ columns: [], rows: [] }),
  end: () => void (ended += 1),
};

/** Connections of nothing: a socket counts as open until it is destroyed. */
function open(id = 'db'): SqlPool {
  const pool = openSqlPool(id, async (socket) => {
    Object.defineProperty(socket, 'writable', { value: true });
    sockets.push(socket);
    return CONNECTION;
  });
  pools.push(pool);
  return pool;
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** All promise chains have ended. */
const settled = (): Promise<void> => createFakeClock().advance(0);

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
  sockets.length = 0;
  ended = 0;
});

it('uses a connection again, also for another collector of the same server', async () => {
  await open().use(never, async () => 1);
  await open().use(never, async () => 2);
  expect(sockets).toHaveLength(1);
  await open('other').use(never, async () => 3);
  expect(sockets).toHaveLength(2);
});

it('opens four at most, and gives them in turn', async () => {
  const pool = open();
  const gates = Array.from({ length: 6 }, gate);
  const started: number[] = [];
  const all = gates.map(({ opened }, index) =>
    pool.use(never, async () => {
      started.push(index);
      await opened;
    }),
  );
  await settled();
  expect(started).toEqual([0, 1, 2, 3]);
  gates[2]?.open();
  await all[2];
  await settled();
  expect(started).toEqual([0, 1, 2, 3, 4]);
  for (const each of gates) each.open();
  await Promise.all(all);
  expect(sockets).toHaveLength(4);
});

it('who gives up waiting takes no place', async () => {
  const pool = open();
  const { opened, open: release } = gate();
  const busy = Array.from({ length: 4 }, () => pool.use(never, () => opened));
  const controller = new AbortController();
  const waiting = pool.use(controller.signal, async () => 1);
  const outcome = expect(waiting).rejects.toThrow('too late');
  controller.abort(new Error('too late'));
  await outcome;
  release();
  await Promise.all(busy);
  await expect(
    Promise.all(Array.from({ length: 5 }, () => pool.use(never, async () => 1))),
  ).resolves.toHaveLength(5);
  expect(sockets).toHaveLength(4);
});

it('cuts the connection of work that is cancelled, and leaves its place to others', async () => {
  const pool = open();
  const controller = new AbortController();
  const hung = pool.use(controller.signal, () => new Promise(() => undefined));
  const outcome = expect(hung).rejects.toThrow('enough');
  await settled();
  controller.abort(new Error('enough'));
  await outcome;
  expect(sockets[0]?.destroyed).toBe(true);
  await pool.use(never, async () => 1);
  expect(sockets).toHaveLength(2);
});

it('keeps the connection after an error that it survives', async () => {
  const pool = open();
  const failing = pool.use(never, async () => {
    throw new Error('no such table');
  });
  await expect(failing).rejects.toThrow('no such table');
  await pool.use(never, async () => 1);
  expect(sockets).toHaveLength(1);
});

it('does the work again when a connection broke while it was idle, but only once', async () => {
  const pool = open();
  await pool.use(never, async () => 1);
  let tries = 0;
  const working = pool.use(never, async () => {
    tries += 1;
    sockets.at(-1)?.destroy();
    throw new Error('cut off');
  });
  await expect(working).rejects.toThrow('cut off');
  expect(tries).toBe(2);
});

it('ends what is idle and cuts what is busy when the last user closes', async () => {
  const [first, second] = [open(), open()];
  const hung = first.use(never, () => new Promise(() => undefined));
  await Promise.all([second.use(never, async () => 1), settled()]);
  first.close();
  first.close();
  expect(ended).toBe(0);
  second.close();
  expect(ended).toBe(1);
  expect(sockets.filter((socket) => socket.destroyed)).toHaveLength(1);
  void hung;
});
