import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionJson } from '../core/model/decision-json.js';
import type { Database } from '../seams/database.js';
import { packText, unpackText } from '../record/store/body.js';
import type { Explanation } from '../record/explain/explanation.js';
import { aCliContext } from '../testing/cli-context.js';
import { aRecordedFleet, type RecordedFleet } from '../testing/recorded-fleet.js';
import { runCli } from './program.js';

let fleet: RecordedFleet;
/** For files of tests. */
let dir = '';

const ask: RecordedFleet['ask'] = (args, options) => fleet.ask(args, options);

beforeAll(async () => {
  fleet = await aRecordedFleet();
  dir = mkdtempSync(path.join(tmpdir(), 'fas-commands-'));
});

afterAll(async () => {
  rmSync(dir, { recursive: true });
  expect(await fleet.stop()).toBe(0);
});

/** Beside them is the socket of the daemon, which nobody can copy. */
function dataFilesOf(dataDir: string): readonly string[] {
  return readdirSync(dataDir).filter((name) => name.startsWith('fly-autoscaler.db'));
}

/** A copy of the record in which something is another. */
function changedCopy(named: string, change: (database: Database) => void): string {
  const copy = path.join(dir, named);
  for (const name of dataFilesOf(fleet.dataDir)) {
    copyFileSync(path.join(fleet.dataDir, name), name.replace(/^fly-autoscaler\.db/, copy));
  }
  const setUp = (): void => undefined;
  const options = { setUp, salvage: () => true, now: () => 0, onMovedAside: setUp };
  const database = aCliContext().context.files.openLasting(copy, options);
  change(database);
  database.close();
  return copy;
}

describe('explain', () => {
  it('says in one command why an app went from 3 to 9 at 02:14', async () => {
    const { code, out } = await ask(['explain', 'my-app-17', '--at', '02:14']);
    expect(code).toBe(0);
    expect(out).toContain('my-app-17, policy default, 2026-06-01 02:14:');
    expect(out).toContain('connection_count = 43');
    expect(out).toContain('Created machines: 3 -> 9');
    expect(out).toContain('"connection_count / 5" wants 9: 3 -> 9');
    expect(out).toContain('Decided by the expressions.');
    expect(out).toContain(
      'connection_count was 43; the target: at 42 it would be 8, at 48 it would be 10',
    );
    expect(out.match(/create \w+ in \w+: done, created 3 to 9/g)).toHaveLength(6);
    expect(out).toContain('scale-up: created 3 to 9');
  });

  it('gives the same as JSON', async () => {
    const { out } = await ask(['explain', 'my-app-17', '--at', '02:14', '--json']);
    const told = JSON.parse(out) as Explanation;
    expect(told.created).toMatchObject({
      current: 3,
      wanted: 9,
      decidedBy: 'expressions',
      steps: [],
    });
    expect(told.created?.turns).toEqual([
      {
        metric: 'connection_count',
        value: 43,
        of: 'target',
        below: { value: 42, isIncluded: true, result: '8' },
        above: { value: 48, isIncluded: true, result: '10' },
      },
    ]);
    expect(told.decision.actions).toHaveLength(6);
  });

  it('tells of the newest decision without a time, and of none for an app that nobody knows', async () => {
    const { out } = await ask(['explain', 'my-app-17']);
    expect(out).toContain('at-target: 9 created');
    const nobody = await ask(['explain', 'nobody']);
    expect([nobody.code, nobody.err]).toEqual([1, 'No decision on nobody is recorded.\n']);
  });

  it('tells of a policy that decided seldom beside one that decides all the time', async () => {
    const copy = changedCopy('busy.db', (database) =>
      database.run(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
        INSERT INTO decision (at_ms, kind, app, policy, codes, actions, body)
        SELECT at_ms + i, kind, app, 'busy', codes, actions, body FROM n, decision
        WHERE id = (SELECT max(id) FROM decision WHERE app = 'my-app-17')`,
      ),
    );
    const { out } = await ask(['explain', 'my-app-17', '--data-dir', copy]);
    expect(out.match(/^my-app-17, policy \w+/gm)).toEqual([
      'my-app-17, policy default',
      'my-app-17, policy busy',
    ]);
  });

  it('names the policy that decided nothing, of an app that others decide on', async () => {
    const { code, err } = await ask(['explain', 'my-app-17', '--policy', 'nope', '--at', '02:14']);
    expect([code, err]).toEqual([
      1,
      'No decision on my-app-17 by policy nope is recorded at 2026-06-01 02:14:00 or before.\n',
    ]);
  });
});

describe('history', () => {
  it('lists what was decided, newest first, right at 80 columns', async () => {
    const { code, out } = await ask(['history'], { columns: 80 });
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    // The colours have no width.
    // oxlint-disable-next-line no-control-regex
    const plain = lines.map((line) => line.replaceAll(/\u001B\[\d+m/g, ''));
    for (const line of plain) expect(line.length).toBeLessThanOrEqual(80);
    expect(plain[0]).toMatch(/^TIME +APP +MACHINES +DONE +WHY$/);
    expect(plain.some((line) => /02:14:\d\d +my-app-17 +3 -> 9 +created 6/.test(line))).toBe(true);
    const times = plain.slice(1).map((line) => line.slice(0, 19));
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('filters by app, time, action, reason, policy and number', async () => {
    const json = async (...args: string[]): Promise<DecisionJson[]> => {
      const { out } = await ask(['history', '--json', ...args]);
      return out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as DecisionJson);
    };
    const creates = await json('--action', 'create');
    expect(creates.map(({ app, created }) => [app, created?.wanted])).toEqual([
      ['my-app-17', 9],
      ['my-app-1', 4],
    ]);
    expect(creates[0]?.at).toMatch(/^2026-06-01T02:14:\d\d\.\d{3}Z$/);
    expect(creates[0]?.metrics).toEqual({ connection_count: 43 });
    expect(await json('my-app-1', '--action', 'create')).toHaveLength(1);
    expect(await json('--action', 'create', '--since', '02:10')).toHaveLength(1);
    expect(await json('--action', 'create', '--until', '10m ago')).toHaveLength(1);
    expect(await json('--action', 'destroy')).toEqual([]);
    expect(await json('--reason', 'scale-up', '--limit', '1')).toHaveLength(1);
    expect(await json('--policy', 'other')).toEqual([]);
    const all = await json('--all');
    expect(all.length).toBeGreaterThan((await json()).length);
  });

  it('refuses what cannot be meant', async () => {
    expect((await ask(['history', '--since', 'soon'])).err).toContain('not a time: "soon"');
    expect((await ask(['history', '--since', '2h', '--until', '3h'])).err).toMatch(
      /--since is after --until: [-\d]+ [:\d]+ and .*\n +hint: a time of day is the last one/,
    );
    expect((await ask(['replay', '--from', '2h', '--to', '3h'])).err).toContain(
      '--from is after --to',
    );
    expect((await ask(['history', '--reason', 'bored'])).code).toBe(2);
    const nowhere = await ask(['history'], { env: { FAS_DATA_DIR: '' } });
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('give --data-dir')]);
    const missing = await ask(['history', '--data-dir', path.join(dir, 'none')]);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('does not exist')]);
    const odd = path.join(dir, 'odd.txt');
    writeFileSync(odd, 'no database '.repeat(1000));
    expect((await ask(['history', '--data-dir', odd])).err).toContain('file is not a database');
  });

  it('works on a copy elsewhere', async () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'fas-copy-'));
    for (const name of dataFilesOf(fleet.dataDir)) {
      copyFileSync(path.join(fleet.dataDir, name), path.join(copy, name));
    }
    const { out } = await ask([
      'history',
      '--data-dir',
      path.join(copy, 'fly-autoscaler.db'),
      '--json',
    ]);
    expect(out).toContain('my-app-17');
    rmSync(copy, { recursive: true });
  });
});

describe('replay', () => {
  it('computes every stored decision again', async () => {
    const { code, out } = await ask(['replay']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ decisions computed again, bit for bit the same\.\n$/);
    const nobody = await ask(['replay', '--app', 'typo']);
    expect([nobody.code, nobody.out]).toEqual([0, 'No decision is recorded that fits.\n']);
    const json = await ask(['replay', '--app', 'my-app-17', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ undecided: 0, differing: 0 });
  });

  it('says per app what another configuration would have decided', async () => {
    const config = (count: string, metric = 'connection_count'): Record<string, string> => ({
      'new.yml': `
app-name: my-app-*
org: my-org
created-machine-count: ${count}
metric-collectors:
  - type: prometheus
    metric-name: ${metric}
    address: http://prometheus.test
    query: x{app="$APP_NAME"}
    token: t
`,
    });
    const same = await ask(['replay', '--config', 'new.yml'], {
      files: config('ceil(connection_count / 5 - 0.5)'),
    });
    expect(same.out).toMatch(/^my-app-1: same \(\d+ decisions\)\nmy-app-17: /);
    const more = await ask(['replay', '--config', 'new.yml', '--app', 'my-app-17'], {
      files: config('connection_count / 4'),
    });
    expect(more.out).toMatch(
      /^my-app-17: differs by \d machines? \(most at 2026-06-01 02:1\d:\d\d: created \d+, would be \d+; \d+ decisions\)\n$/,
    );
    const blind = await ask(['replay', '--config', 'new.yml'], { files: config('queue', 'queue') });
    expect(blind.out).toBe('my-app-1: not enough data: queue\nmy-app-17: not enough data: queue\n');
    const json = await ask(['replay', '--config', 'new.yml', '--json'], {
      files: config('queue', 'queue'),
    });
    expect(JSON.parse(json.out.split('\n')[0]!)).toMatchObject({
      app: 'my-app-1',
      outcome: 'not-enough-data',
    });
  });

  it('says of policies that replace none, and of apps that have none, that nothing is known', async () => {
    const config = (apps: string): Record<string, string> => ({
      'new.yml': `
app-name: ${apps}
org: my-org
metric-collectors:
  - { type: prometheus, metric-name: connection_count, address: http://prometheus.test, query: x, token: t }
  - { type: prometheus, metric-name: jobs, address: http://prometheus.test, query: y, token: t }
policies:
  - { name: web, process-group: app, created-machine-count: connection_count / 5 }
  - { name: workers, process-group: worker, created-machine-count: jobs }
`,
    });
    const ofOne = async (apps: string): Promise<string> => {
      const args = ['replay', '--config', 'new.yml', '--app', 'my-app-1'];
      return (await ask(args, { files: config(apps) })).out;
    };
    expect(await ofOne('my-app-*')).toBe('my-app-1: not enough data: policy workers is new\n');
    expect(await ofOne('other-*')).toBe('my-app-1: the new configuration has no policy for it\n');
  });

  it('has the overrides of the other configuration in it', async () => {
    const files = {
      'new.yml': `
app-name: my-app-*
org: my-org
created-machine-count: connection_count / 5
overrides:
  - apps: my-app-17
    created-machine-count: connection_count / 5 + 2
metric-collectors:
  - type: prometheus
    metric-name: connection_count
    address: http://prometheus.test
    query: x{app="$APP_NAME"}
    token: t
`,
    };
    const { out } = await ask(['replay', '--config', 'new.yml'], { files });
    expect(out).toMatch(/^my-app-1: same .*\nmy-app-17: differs by 2 machines /);
  });

  it('tells of decisions of another version that differ, and fails for its own', async () => {
    const copy = changedCopy('changed.db', (database) => {
      // The policy of all these decisions asks for one more machine than it did.
      const policy = database.all('SELECT id, body FROM part ORDER BY id LIMIT 1')[0]!;
      const text = unpackText(policy['body'] as Uint8Array);
      expect(text).toContain('connection_count / 5');
      const changed = packText(text.replaceAll('connection_count / 5', 'connection_count / 5 + 1'));
      database.run('UPDATE part SET body = ? WHERE id = ?', [changed, policy['id']!]);
    });
    const own = await ask(['replay', '--data-dir', copy]);
    expect(own.code).toBe(1);
    expect(own.out).toMatch(
      /^decision 1 on my-app-\d+, policy default, 2026-06-01 02:00:\d\d, by version 1\.2\.3: proposal\.created\.target\.min was \d, and comes out as \d\n$/,
    );
    const other = await ask(['replay', '--data-dir', copy], { version: '9.9.9' });
    expect(other.code).toBe(0);
    expect(other.out).toMatch(
      /0 decisions computed again, bit for bit the same; \d+ of other versions differ\.\n$/,
    );
  });
});

describe.each<[string, (body: Uint8Array) => Uint8Array, string]>([
  ['its bytes', (body) => body.map((byte) => byte ^ 0x10), 'its bytes are damaged'],
  [
    'its text',
    (body) => packText(unpackText(body).replace('"startedAtMs":', '"startedAtMs",')),
    "Expected ':' after property name in JSON",
  ],
  [
    'a name in it',
    (body) => packText(unpackText(body).replace('"proposal":', '"proPosal":')),
    'something of it is missing',
  ],
])('a decision that is damaged in %s', (what, flip, why) => {
  let copy = '';
  let id = 0;
  const lost = (): string => `decision ${id} cannot be read: ${why}`;
  const countOf = async (...args: readonly string[]): Promise<number> =>
    JSON.parse((await ask(['replay', '--json', ...args])).out.trim().split('\n').at(-1)!).same;

  beforeAll(() => {
    copy = changedCopy(`damaged in ${what}.db`, (database) => {
      const sql = "SELECT id, body FROM decision WHERE app = 'my-app-17' AND kind = 0";
      const row = database.all(sql)[0]!;
      id = Number(row['id']);
      const body = flip(row['body'] as Uint8Array);
      database.run('UPDATE decision SET body = ? WHERE id = ?', [body, id]);
    });
  });

  it('is named by history among the others', async () => {
    const { code, out } = await ask(['history', 'my-app-17', '--data-dir', copy]);
    expect(code).toBe(0);
    const whole = await ask(['history', 'my-app-17']);
    expect(out.split('\n')).toHaveLength(whole.out.split('\n').length);
    expect(out).toMatch(/2026-06-01 02:14:\d\d +my-app-17 +- +- +decision/);
    expect(out).toContain(lost());
    const json = await ask(['history', 'my-app-17', '--data-dir', copy, '--json']);
    const told = json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DecisionJson);
    const damaged = told.find((decision) => decision.id === id);
    expect(damaged?.error?.code).toBe('state-unreadable');
  });

  it('is named by replay, which goes on and fails', async () => {
    const { code, out } = await ask(['replay', '--data-dir', copy]);
    expect(code).toBe(1);
    expect(out).toContain(lost());
    expect(out).toMatch(/ decisions computed again, .*; 1 cannot be read\.\n$/);
    expect(await countOf('--data-dir', copy)).toBe((await countOf()) - 1);
  });

  it('is named by explain', async () => {
    const args = ['explain', 'my-app-17', '--at', '02:14', '--data-dir', copy];
    const { code, err } = await ask(args);
    expect(code).toBe(1);
    expect(err).toContain(lost());
  });
});

describe('serve', () => {
  it('tells how far its record reaches', async () => {
    const url = /"url":"([^"]+)"/.exec(fleet.log())?.[1];
    const text = await fleet.clock.runUntil(fetch(`${url}/metrics`).then((r) => r.text()));
    expect(Number(/^fas_record_age_seconds (\d+)/m.exec(text)?.[1])).toBeGreaterThan(1000);
    expect(Number(/^fas_record_bytes (\d+)/m.exec(text)?.[1])).toBeGreaterThan(4096);
    expect(text).toContain('fas_record_lost_total 0\n');
  });

  it('does not start where it may not write, and says why', async () => {
    const blocked = path.join(dir, 'a-file');
    writeFileSync(blocked, '');
    const { context, err } = aCliContext({
      env: { ...fleet.env, FAS_DATA_DIR: blocked },
      clock: fleet.clock,
    });
    expect(await fleet.clock.runUntil(runCli(['serve', '--listen', '127.0.0.1:0'], context))).toBe(
      1,
    );
    expect(err()).toContain('cannot be used');
    expect(err()).toContain('data-dir must name a directory');
  });

  it('moves a damaged file aside, says so, and scales on', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'fas-damaged-'));
    writeFileSync(path.join(data, 'fly-autoscaler.db'), 'x'.repeat(20_000));
    const other = aCliContext({
      env: { ...fleet.env, FAS_DATA_DIR: data },
      clock: fleet.clock,
      handle: fleet.simulator.handle,
    });
    const code = runCli(['serve', '--listen', '127.0.0.1:0'], other.context);
    await fleet.clock.advance(20_000);
    expect(other.err()).toContain('the data file is damaged: a new one is begun');
    other.send('SIGTERM');
    expect(await fleet.clock.runUntil(code)).toBe(0);
    const names = readdirSync(data).toSorted();
    expect(names.some((name) => name.startsWith('fly-autoscaler.db.damaged-20260601T'))).toBe(true);
    expect(statSync(path.join(data, 'fly-autoscaler.db')).size).toBeGreaterThan(4096);
    // A file whose end is gone, as after a copy that was cut off.
    truncateSync(path.join(data, 'fly-autoscaler.db'), 9000);
    const again = aCliContext({
      env: { ...fleet.env, FAS_DATA_DIR: data },
      clock: fleet.clock,
      handle: fleet.simulator.handle,
    });
    const second = runCli(['serve', '--listen', '127.0.0.1:0'], again.context);
    await fleet.clock.advance(40_000);
    again.send('SIGTERM');
    expect(await fleet.clock.runUntil(second)).toBe(0);
    expect(again.err()).toContain('the data file is damaged: a new one is begun');
    rmSync(data, { recursive: true });
  });
});
