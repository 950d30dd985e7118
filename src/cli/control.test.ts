/** The commands that speak to a running autoscaler, against a real one over real sockets. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reason } from '../core/model/reason.js';
import { openControlSocket, type ControlSocket } from '../server/socket.js';
import { ADMIN, anApiRig, READER, type ApiRig } from '../testing/api-rig.js';
import { aPolicy, machines } from '../testing/builders.js';
import { aCliContext } from '../testing/cli-context.js';
import { anOutcome, aProposal, aReport } from '../testing/reports.js';
import { connectHttp } from './adapters/http.js';
import { runCli } from './program.js';

const NAMES = Array.from({ length: 5 }, (_, i) => `my-app-${i + 1}`);
const USER = process.getuid?.() ?? 0;

let folder = '';
let api: ApiRig;
let socket: ControlSocket;
/** False: what an earlier process left is not whole. */
let areKnown = true;

beforeEach(async () => {
  areKnown = true;
  folder = mkdtempSync(join(tmpdir(), 'fas-'));
  api = await anApiRig({
    // docs/pause.md has one of that name.
    changePorts: (ports) => ({
      ...ports,
      policies: () => ['default', 'web'],
      operator: {
        ...ports.operator,
        arePausesKnown: () => areKnown && ports.operator.arePausesKnown(),
      },
    }),
    prepare(rig) {
      for (const app of NAMES) {
        rig.fly.put(app, ...machines(1, {}, `${app}x`));
        rig.queue.values.set(app, 20);
      }
    },
  });
  await api.rig.clock.advance(20_000);
  const path = join(folder, `fly-autoscaler-${USER}`, 'control.sock');
  socket = await openControlSocket({ ...api.httpOptions, path, isFolderOurs: true });
});
afterEach(async () => {
  await socket.close(0);
  await api.close();
  rmSync(folder, { recursive: true });
});

async function cli(
  argv: readonly string[],
  options: Parameters<typeof aCliContext>[0] = {},
): Promise<{ code: number; out: string; err: string }> {
  const user = { id: USER, temporaryFolder: folder };
  const process = aCliContext({ user, ...options });
  const code = await runCli(argv, { ...process.context, connect: connectHttp });
  return { code, out: process.out(), err: process.err() };
}

describe('pause and resume', () => {
  it('say what is now true', async () => {
    expect((await cli(['paused'])).out).toBe('Nothing is paused.\n');
    const first = await cli(['pause', 'my-app-1', '--in', '--for', '2h', '--reason', 'a move']);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toBe(
      [
        'Paused my-app-1: nothing shrinks, until 2026-06-01 02:00Z.',
        'It is for 1 app of the fleet now.',
        'It lasts until the autoscaler restarts: FAS_DATA_DIR is not set there.',
        '',
        'Paused now:',
        'APP       POLICY  PAUSED  UNTIL              REASON',
        'my-app-1  all     in      2026-06-01 02:00Z  a move',
        '',
      ].join('\n'),
    );
    expect(api.orders).toMatchObject([{ by: 'socket', order: { kind: 'pause' } }]);
    await cli(['pause', 'my-app-*', '--at', '3', '--until', '2026-06-01T12:00+02:00']);
    await cli(['pause', '--all', '--out', '--policy', 'default']);
    const { out } = await cli(['paused']);
    expect(
      out
        .split('\n')
        .slice(1, 4)
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['all', 'default', 'out', 'it is resumed'],
      ['my-app-*', 'all', 'at 3', '2026-06-01 10:00Z'],
      ['my-app-1', 'all', 'in', '2026-06-01 02:00Z', 'a move'],
    ]);
    const over = await cli(['resume', 'my-app-1']);
    expect(over.out).toMatch(/^Resumed my-app-1: 1 pause ended\.\n\nStill paused:\nAPP /);
    expect((await cli(['resume', 'other'])).out).toContain('There was no pause of other.');
    expect((await cli(['resume', '--all'])).out).toBe(
      'Resumed all apps: 2 pauses ended.\nNothing of it is paused now.\n',
    );
  });

  it('say that pauses may be missing, where they may be', async () => {
    areKnown = false;
    expect((await cli(['paused'])).out).toBe(
      [
        'No pause is known.',
        '',
        'Pauses may be missing: the data file cannot be read, which the log says more of. Nothing shrinks meanwhile.',
        'It is read again at each tick.',
        '',
      ].join('\n'),
    );
    await cli(['pause', 'my-app-1']);
    expect((await cli(['paused'])).out).toMatch(
      /^APP [^]*\nPauses may be missing: .*cannot be read/,
    );
    await cli(['pause', '*', '--in']);
    expect((await cli(['paused'])).out).toMatch(
      /^APP [^]*\nPauses may be missing: .*was damaged[^]*resume "\*"\n$/,
    );
    expect(JSON.parse((await cli(['paused', '--json'])).out)).toMatchObject({ areAllKnown: false });
  });

  it('print the answer of the API when asked', async () => {
    const { out } = await cli(['pause', 'none', '--json']);
    expect(JSON.parse(out)).toMatchObject({ apps: 0, pause: { app: 'none', mode: 'all' } });
    expect(JSON.parse((await cli(['paused', '--json'])).out)).toMatchObject({ isDurable: false });
    expect(JSON.parse((await cli(['resume', '--all', '--json'])).out)).toMatchObject({
      ended: [{ app: 'none' }],
    });
  });

  it('fit into 80 columns, whatever they show', async () => {
    const reason = 'because '.repeat(30);
    const app = `${'long-name-'.repeat(6)}*`;
    const { out } = await cli(['pause', app, '--for', '2h', '--reason', reason]);
    const table = out.slice(out.indexOf('APP'));
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(table).toMatch(/…/);
  });

  it('take no day that does not exist, and no end in the past', async () => {
    const nowhere = await cli(['pause', 'my-app-1', '--until', '2027-02-30T00:00Z']);
    expect([nowhere.code, nowhere.err]).toEqual([
      2,
      expect.stringContaining('ERROR: not a time: "2027-02-30T00:00Z"\n  hint: such as '),
    ]);
    const past = await cli(['pause', 'my-app-1', '--until', '2020-01-31T00:00Z']);
    expect([past.code, past.err]).toEqual([
      2,
      expect.stringContaining('ERROR: it is past already: 2020-01-31 00:00:00 UTC\n  hint: it is '),
    ]);
  });

  it('tell what the autoscaler refused, and exit with 1', async () => {
    const { code, err } = await cli(['pause', 'my-app-1', '--policy', 'webb']);
    expect([code, err]).toEqual([
      1,
      'ERROR: there is no policy "webb"\n  hint: the policies are default, web\n',
    ]);
  });
});

describe('brake', () => {
  it('shows each metric, and releases one', async () => {
    expect((await cli(['brake'])).out).toMatch(/^queue +off +- +5 +0$/m);
    await api.rig.clock.advance(40_000);
    for (const name of NAMES) api.rig.queue.values.set(name, 0);
    await api.rig.clock.advance(20_000);
    const shown = await cli(['brake']);
    expect(shown.out).toMatch(/^queue +on {5}2026-06-01 00:01Z +5 +5$/m);
    const released = await cli(['brake', '--release', 'queue']);
    expect(released.out).toMatch(/^Released queue\.\n\nMETRIC /);
    expect(released.out).toMatch(/^queue +off/m);
    expect((await cli(['brake', '--release', 'queue'])).out).toContain('queue was not on.');
    expect(JSON.parse((await cli(['brake', '--json'])).out)).toMatchObject({ isOn: false });
    expect((await cli(['brake', '--release', 'bogus'])).code).toBe(1);
  });
});

describe('history, explain and replay', () => {
  const ask = (...argv: string[]): ReturnType<typeof cli> => cli(argv, { clock: api.rig.clock });

  it('ask the autoscaler that runs when there is no data directory', async () => {
    const history = await ask('history', '--action', 'create');
    expect(history).toMatchObject({ code: 0, err: '' });
    expect(history.out).toMatch(
      /^2026-06-01 00:00:\d\d +my-app-1 +1 -> 2 +created 1 +created 1 to 2$/m,
    );
    const explained = await ask('explain', 'my-app-1', '--at', '00:00');
    expect(explained).toMatchObject({ code: 0, err: '' });
    expect(explained.out).toContain('Created machines: 1 -> 2');
    expect(explained.out).toContain('"queue / 10" wants 2: 1 -> 2');
    const replayed = await ask('replay');
    expect(replayed).toMatchObject({ code: 0, err: '' });
    expect(replayed.out).toMatch(/^1\d decisions computed again, bit for bit the same\.\n$/);
  });

  it('take the same filters there, page after page, and tell of gaps', async () => {
    await api.rig.clock.advance(15_000 * 150);
    const count = async (...argv: string[]): Promise<number> => {
      const { code, out, err } = await ask('history', '--json', '--limit', '10000', ...argv);
      expect([code, err]).toEqual([0, '']);
      return out.split('\n').filter((line) => line.startsWith('{"id"')).length;
    };
    const all = await count('--all');
    expect(all).toBeGreaterThan(500);
    expect(await count('my-app-2', '--all')).toBe(all / 5);
    expect(await count()).toBe(5);
    expect(await count('--reason', 'scale-up', '--policy', 'default', '--until', '00:00')).toBe(5);
    expect(await count('--since', '00:10', '--action', 'create')).toBe(0);
    const replayed = await ask('replay', '--json');
    expect(JSON.parse(replayed.out)).toEqual({
      same: all,
      undecided: 0,
      differing: 0,
      unreadable: 0,
    });
    expect((await ask('history')).out).toContain('Gap from 1970-01-01 00:00:01');
    const lines = (await ask('history', '--json')).out.trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      gap: {
        from: '1970-01-01T00:00:01.000Z',
        to: '1970-01-01T00:00:02.000Z',
        lost: null,
        why: 'the disk is full',
      },
    });
  });

  it('keep what was wanted whole at 80 columns, and leave out the policy first', async () => {
    const created = { current: 9, target: { min: 10, max: 10 }, recommended: 10, wanted: 10 };
    const started = { current: 8, target: { min: 9, max: 9 }, recommended: 9, wanted: 9 };
    const why = reason(
      'scale-up',
      'created 9 to 10, because there is more to do than before',
      'created',
    );
    for (const name of ['default', 'web']) {
      api.recorder.pass(
        aReport({
          policy: aPolicy({ name }),
          startedAtMs: api.rig.clock.now(),
          proposal: aProposal({ created, started }),
          outcomes: (['create', 'start'] as const).map((kind) => {
            const outcome = anOutcome(kind);
            return { ...outcome, action: { ...outcome.action, reason: why } };
          }),
          reasons: [why],
        }),
      );
    }
    const asked = ['history', '--limit', '2', '--since', '00:00'];
    const options = { clock: api.rig.clock, terminal: { columns: 80, rows: 24 } };
    // The colours have no width.
    // oxlint-disable-next-line no-control-regex
    const lines = (await cli(asked, options)).out.replaceAll(/\u001B\[\d+m/g, '').split('\n');
    expect(lines[0]).toMatch(/^TIME +APP +MACHINES +WHY$/);
    expect(lines[1]).toMatch(/my-app-1 +9 -> 10, 8 -> 9 run +created 9 to 10, because th…$/);
    const wide = await cli(asked, { ...options, terminal: { columns: 140, rows: 24 } });
    expect(wide.out).toMatch(/POLICY.*DONE/);
  });

  it('ask one elsewhere by its URL, whatever data directory is set here', async () => {
    const at = ['--url', api.server.url];
    const env = { FAS_READ_TOKEN: READER, FAS_DATA_DIR: join(folder, 'none') };
    for (const words of [['history'], ['explain', 'my-app-1'], ['replay']]) {
      expect(await cli([...words, ...at], { env, clock: api.rig.clock })).toMatchObject({
        code: 0,
        err: '',
      });
    }
    const wrong = await cli(['history', ...at], { env: { FAS_READ_TOKEN: 'wrong' } });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('token is not known')]);
    expect((await cli(['history', ...at, '--data-dir', folder])).code).toBe(2);
  });

  it('say what was tried when nobody runs', async () => {
    await socket.close(0);
    for (const words of [['history'], ['explain', 'my-app-1'], ['replay']]) {
      expect(await cli(words)).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(
          /^ERROR: no data directory is given, and no running autoscaler at \S+control\.sock\n {2}hint: give --data-dir, .*FAS_SOCKET.*--url\n$/,
        ),
      });
    }
  });
});

describe('the way to the autoscaler', () => {
  it('may be a URL, with a token', async () => {
    const at = ['--url', `${api.server.url}/`];
    const paused = await cli(['pause', 'x', ...at], { env: { FAS_ADMIN_TOKEN: ADMIN } });
    expect(paused.code).toBe(0);
    expect(api.orders).toMatchObject([{ by: 'admin-token' }]);
    const reader = { env: { FAS_READ_TOKEN: READER } };
    expect((await cli(['paused', ...at], reader)).code).toBe(0);
    expect(await cli(['resume', 'x', ...at], reader)).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERROR: this token is for reading only\n  hint: '),
    });
  });

  it('may be a socket elsewhere, named in the environment or the file, whatever else is wrong there', async () => {
    const path = join(folder, 'x.sock');
    const other = await openControlSocket({ ...api.httpOptions, path, isFolderOurs: false });
    const user = null;
    try {
      expect((await cli(['paused'], { user, env: { FAS_SOCKET: path } })).code).toBe(0);
      const files = { 'fas.yml': `socket: ${path}\nbogus: 1\ninterval: never\n` };
      expect((await cli(['paused', '--config', 'fas.yml'], { user, files })).code).toBe(0);
    } finally {
      await other.close(0);
    }
  });

  it('is found by root in the folder of another user', async () => {
    const names = [`fly-autoscaler-${USER}`, 'fly-autoscaler-x', 'other'];
    const root = { user: { id: 0, temporaryFolder: folder }, folders: { [folder]: names } };
    expect((await cli(['paused'], root)).code).toBe(0);
  });

  it('is not to be had when nobody runs, in one line with a hint', async () => {
    await socket.close(0);
    const path = join(folder, `fly-autoscaler-${USER}`, 'control.sock');
    expect(await cli(['paused'])).toEqual({
      code: 1,
      out: '',
      err: `ERROR: no running autoscaler at ${path}\n  hint: run this on its machine, as its user, with its FAS_SOCKET and FAS_DATA_DIR; or give --url\n`,
    });
    rmSync(join(folder, `fly-autoscaler-${USER}`), { recursive: true });
    expect((await cli(['pause', '--all'])).err).toMatch(/^ERROR: no running autoscaler at /);
    const nobody = await cli(['paused', '--url', 'http://127.0.0.1:1']);
    expect(nobody.err).toMatch(/^ERROR: no running autoscaler at 127\.0\.0\.1:1\n {2}hint: /);
    for (const url of ['http://u:SECRET@127.0.0.1:1/x?token=SECRET', 'ftp://u:SECRET@host']) {
      expect((await cli(['paused', '--url', url])).err).not.toContain('SECRET');
    }
    expect((await cli(['paused'], { env: { FAS_SOCKET: 'off' } })).err).toContain(
      'FAS_SOCKET is off',
    );
  });

  it('is not taken over a folder that others may write to', async () => {
    await socket.close(0);
    chmodSync(join(folder, `fly-autoscaler-${USER}`), 0o777);
    expect((await cli(['paused'])).err).toContain(
      'not to be trusted: its folder is open to others',
    );
  });

  it('is not what something else answers', async () => {
    const server = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await cli(['paused', '--url', `http://127.0.0.1:${port}`]);
    server.closeAllConnections();
    server.close();
    expect([code, err]).toEqual([1, expect.stringContaining('is no autoscaler')]);
  });

  it('fails when the configuration file is no YAML, or its folder has no socket', async () => {
    const files = { 'fas.yml': 'socket: [' };
    expect((await cli(['paused', '--config', 'fas.yml'], { files })).err).toContain('not YAML');
    mkdirSync(join(folder, 'empty'));
    const env = { FAS_SOCKET: join(folder, 'empty') };
    expect((await cli(['paused'], { env })).err).toContain('no running autoscaler');
  });
});

/** Those of a page that speak to the daemon of this machine, as words. */
function commandsOf(page: string): readonly (readonly string[])[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const lines = [
    ...text.matchAll(/^(?:npx )?fly-autoscaler ((?:pause|paused|resume|brake)\b.*)$/gm),
  ];
  return lines.map(([, line]) =>
    [...(line ?? '').replace(/ +#.*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    ),
  );
}

describe('docs/pause.md', () => {
  const commands = commandsOf('pause.md');
  it('has commands to try', () => expect(commands.length).toBeGreaterThan(10));
  it.each(commands)('has a command that works: %s %s %s', async (...words) => {
    expect(await cli(words)).toMatchObject({ code: 0, err: '' });
  });
});
