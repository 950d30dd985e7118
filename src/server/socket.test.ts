import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anApiRig, type ApiRig } from '../testing/api-rig.js';
import { openControlSocket, type ControlSocket } from './socket.js';

let folder = '';
let api: ApiRig;
const sockets: ControlSocket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fas-'));
  api = await anApiRig({ tokens: { readToken: null, adminToken: null } });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close(0);
  await api.close();
  rmSync(folder, { recursive: true });
});

async function open(path: string, isFolderOurs = false): Promise<ControlSocket> {
  const socket = await openControlSocket({ ...api.httpOptions, path, isFolderOurs });
  sockets.push(socket);
  return socket;
}

const at = (...names: string[]): string => join(folder, ...names);

describe('the control socket', () => {
  it('lets its owner change things without a token, and only its owner open it', async () => {
    const path = at('control.sock');
    await open(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['control.sock']);
    const answer = await api.ask('POST', '/pause', { body: { app: null }, socketPath: path });
    expect(answer.status).toBe(200);
    expect(api.orders).toMatchObject([{ by: 'socket' }]);
    // The same on the port.
    expect((await api.ask('POST', '/pause', { body: { app: null } })).status).toBe(403);
    const read = await api.ask('GET', '/apps', { socketPath: path, headers: { host: 'x' } });
    expect(read.status).toBe(200);
  });

  it('is gone when it is closed', async () => {
    const socket = await open(at('control.sock'));
    await socket.close(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes the place of one that nobody answers on', async () => {
    const path = at('control.sock');
    const dead = createServer();
    dead.listen(at('dead'));
    await once(dead, 'listening');
    // Closing removes the name that it was bound to, not this one.
    renameSync(at('dead'), path);
    await new Promise((resolve) => dead.close(resolve));
    expect(existsSync(path)).toBe(true);
    await open(path);
    expect((await api.ask('GET', '/pauses', { socketPath: path })).status).toBe(200);
  });

  it('leaves a living one alone, and does not remove it later', async () => {
    const path = at('control.sock');
    const first = await open(path);
    await expect(open(path)).rejects.toMatchObject({
      code: 'bind-failed',
      message: `cannot open the socket ${path}: another autoscaler listens there`,
    });
    expect((await api.ask('GET', '/pauses', { socketPath: path })).status).toBe(200);
    // Somebody took the name meanwhile.
    rmSync(path);
    await open(path);
    await first.close(0);
    expect(existsSync(path)).toBe(true);
  });

  it('makes its folder for this user alone, and refuses one that is open to others', async () => {
    await open(at('own', 'control.sock'), true);
    expect(lstatSync(at('own')).mode & 0o777).toBe(0o700);
    mkdirSync(at('shared'));
    chmodSync(at('shared'), 0o755);
    await expect(open(at('shared', 'c.sock'), true)).rejects.toMatchObject({
      message: expect.stringContaining('open to others'),
    });
    symlinkSync(at('own'), at('link'));
    await expect(open(at('link', 'c.sock'), true)).rejects.toMatchObject({
      message: expect.stringContaining('is none'),
    });
  });

  it.skipIf(!existsSync('/dev/shm'))('needs nothing outside its folder', async () => {
    // A file system of its own, as the volume of a data directory: nothing can be moved into it from beside it.
    const path = `/dev/shm/fas-${process.pid}.sock`;
    const socket = await openControlSocket({ ...api.httpOptions, path, isFolderOurs: false });
    expect((await api.ask('GET', '/pauses', { socketPath: path })).status).toBe(200);
    await socket.close(0);
    expect(existsSync(path)).toBe(false);
  });

  it('touches nothing but sockets, and says what is wrong with a path', async () => {
    writeFileSync(at('file'), 'precious');
    await expect(open(at('file'))).rejects.toMatchObject({
      message: expect.stringContaining('something else is there'),
    });
    await expect(open(at('x'.repeat(120)))).rejects.toMatchObject({
      message: expect.stringContaining('more than 103 bytes'),
      hint: expect.stringContaining('FAS_SOCKET'),
    });
    await expect(open(at('file', 'c.sock'))).rejects.toMatchObject({ code: 'bind-failed' });
    expect(readdirSync(folder)).toEqual(['file']);
  });
});
