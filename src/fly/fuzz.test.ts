/** One field of one object of Fly's answers is changed: no other object may suffer, and nothing may grow beyond the answer. */
import { expect, it } from 'vitest';
import type { AppError } from '../core/model/errors.js';
import { createTestFly, type TestFly } from '../testing/fly-client.js';
import { HUGE_VALUES, ODD_VALUES, variationsOf } from '../testing/variations.js';

const never = new AbortController().signal;

const MACHINE = {
  id: '3d8d413b29d089',
  name: 'aged-wind-2649',
  state: 'started',
  region: 'ord',
  image_ref: { registry: 'registry.fly.io', repository: 'worker', tag: 't', digest: 'sha256:5' },
  instance_id: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
  version: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
  created_at: '2026-06-01T02:30:10Z',
  updated_at: '2026-06-01T02:35:26Z',
  config: {
    env: { PRIMARY_REGION: 'ord' },
    metadata: { fly_process_group: 'app' },
    image: 'registry.fly.io/worker:t',
    mounts: [{ volume: 'vol_1', name: 'data', path: '/data' }],
    standbys: [],
    services: [{ autostop: 'suspend', autostart: true }],
    stop_config: { signal: 'SIGTERM', timeout: '30s' },
    schedule: null,
    auto_destroy: false,
  },
  incomplete_config: null,
  lease: { owner: 'hello@fly.io', description: 'deploy', expires_at: 1_708_569_778 },
  events: [
    { type: 'exit', timestamp: 1, request: { exit_event: { exit_code: 1, oom_killed: true } } },
  ],
  checks: [{ name: 'up', status: 'passing' }],
  host_status: 'ok',
  cordoned: false,
  nonce: 'abc',
};

const ENTRY = {
  id: 'm',
  app_name: 'worker',
  state: 'started',
  region: 'ord',
  version: '01J',
  created_at: '2026-06-01T02:30:10Z',
  updated_at: '2026-06-01T02:35:26Z',
};

const VOLUME = {
  id: 'vol_1',
  name: 'data',
  state: 'created',
  region: 'ord',
  size_gb: 3,
  encrypted: true,
  host_status: 'ok',
  attached_machine_id: null,
};

const APP = { id: 'x', name: 'a', status: 'deployed', organization: { slug: 'o' } };

const LEASE = { status: 'success', data: { nonce: 'abc', expires_at: 1_708_569_778, owner: 'me' } };

const RELEASE = { id: 'r', version: 3, status: 'complete', createdAt: '2026-06-01T02:30:10Z' };

/** The value with one field of it changed, and the whole of it too. */
function variantsOf(whole: unknown): { readonly text: string; readonly value: unknown }[] {
  const variations = [...variationsOf({ whole }, ['whole'], [...ODD_VALUES, ...HUGE_VALUES])];
  return variations.flatMap(({ what, document }) => {
    const { whole: value } = document as { readonly whole?: unknown };
    return value === undefined ? [] : [{ text: what, value }];
  });
}

/** What comes of an answer: a value, or the code of an error of ours whose message stays short. */
async function outcomeOf<T>(
  json: unknown,
  ask: (fly: TestFly['fly']) => Promise<T>,
): Promise<T | { readonly code: string }> {
  const { fly, clock } = createTestFly(() => ({ json }));
  try {
    const value = await clock.runUntil(ask(fly));
    const sent = JSON.stringify(json)?.length ?? 0;
    expect(JSON.stringify(value).length).toBeLessThan(2 * sent + 5000);
    return value;
  } catch (error) {
    const { code, message } = error as AppError;
    expect(message.length).toBeLessThan(1000);
    return { code };
  }
}

/** Lists whose second of three entries is varied. */
const LISTS: readonly {
  readonly of: string;
  readonly entry: { readonly [key: string]: unknown };
  /** Names the entries apart. */
  readonly key: string;
  readonly wrap: (entries: readonly unknown[]) => unknown;
  readonly ask: (fly: TestFly['fly']) => Promise<readonly unknown[]>;
  /** Whether as many come as there are, whatever is wrong with one. */
  readonly losesNone: boolean;
}[] = [
  {
    of: "an app's machines",
    entry: MACHINE,
    key: 'id',
    wrap: (entries) => entries,
    ask: (fly) => fly.listMachines('worker', never),
    losesNone: true,
  },
  {
    of: "the organization's machines",
    entry: ENTRY,
    key: 'id',
    wrap: (machines) => ({ machines }),
    ask: async (fly) => {
      const query = { updatedAfterMs: null, cursor: null, includeDeleted: false };
      return (await fly.listOrgMachines('o', query, never)).machines;
    },
    losesNone: false,
  },
  {
    of: 'apps',
    entry: APP,
    key: 'name',
    wrap: (apps) => ({ apps }),
    ask: (fly) => fly.listApps('o', never),
    losesNone: true,
  },
  {
    of: 'volumes',
    entry: VOLUME,
    key: 'id',
    wrap: (entries) => entries,
    ask: (fly) => fly.listVolumes('worker', never),
    losesNone: false,
  },
];

it.each(LISTS)('a list of $of has all but the odd one, whatever is odd of it', async (list) => {
  const { entry, key, wrap, ask, losesNone } = list;
  const first = { ...entry, [key]: 'first' };
  const last = { ...entry, [key]: 'last' };
  const others = (await outcomeOf(wrap([first, last]), ask)) as readonly unknown[];
  const texts = new Set(others.map((each) => JSON.stringify(each)));
  const suffered: string[] = [];
  for (const { text, value } of variantsOf({ ...entry, [key]: 'odd' })) {
    const listed = await outcomeOf(wrap([first, value, last]), ask);
    const isWhole =
      Array.isArray(listed) &&
      listed.filter((each) => texts.has(JSON.stringify(each))).length === 2 &&
      (!losesNone || listed.length === 3);
    if (!isWhole) suffered.push(text);
  }
  expect(suffered).toEqual([]);
});

it('a machine that cannot be read in full has no healthy host and is not fit to be cloned', async () => {
  for (const { text, value } of variantsOf(MACHINE)) {
    const machines = await outcomeOf([value], (fly) => fly.listMachines('worker', never));
    for (const machine of machines as Awaited<ReturnType<TestFly['fly']['listMachines']>>) {
      if (machine.unread === undefined) continue;
      expect([text, machine.hostStatus]).not.toContain('ok');
      expect([text, machine.config?.image]).toEqual([text, undefined]);
      expect(machine.unread.length).toBeLessThan(100);
    }
  }
});

it.each<[string, unknown, (fly: TestFly['fly']) => Promise<unknown>]>([
  ['one machine', MACHINE, (fly) => fly.getMachine('worker', MACHINE.id, never)],
  [
    'a machine that was made',
    MACHINE,
    (fly) =>
      fly.createMachine(
        'worker',
        { name: 'fas-1', region: 'ord', config: {}, skipLaunch: false, leaseTtlMs: 1000 },
        never,
      ),
  ],
  [
    'a volume that was made',
    VOLUME,
    (fly) =>
      fly.createVolume(
        'worker',
        { name: 'data', region: 'ord', sizeGb: 1, isEncrypted: true },
        never,
      ),
  ],
  ['a lease', LEASE, (fly) => fly.acquireLease('worker', 'm', 1000, 'd', never)],
  [
    'a release',
    { data: { app: { currentRelease: RELEASE } } },
    (fly) => fly.currentRelease('worker', never),
  ],
  ['a page of apps', { apps: [], total_apps: 0 }, (fly) => fly.listApps('o', never)],
])(
  'an answer with %s is read, or is a bad answer, whatever is odd of it',
  async (_, whole, ask) => {
    const odd: unknown[] = [];
    for (const { text, value } of variantsOf(whole)) {
      const outcome = (await outcomeOf(value, ask)) as { readonly code?: string } | null;
      if (![undefined, 'fly-bad-answer', 'fly-not-found'].includes(outcome?.code))
        odd.push([text, outcome?.code]);
    }
    expect(odd).toEqual([]);
  },
);

it('of releases that are asked for together one that is odd is that of its app alone', async () => {
  const app = { currentRelease: RELEASE };
  for (const { text, value } of variantsOf(app)) {
    const { fly, clock } = createTestFly((request) => {
      const { variables } = JSON.parse(request.body ?? '{}') as { variables: object };
      // Alone, or as one of several.
      const names = Object.values(variables) as string[];
      const told = names.map((name) => (name === 'odd' ? value : app));
      const data =
        names.length === 1 && 'appName' in variables
          ? { app: told[0] }
          : Object.fromEntries(told.map((each, index) => [`a${index}`, each]));
      return { json: { data } };
    });
    const reads = ['first', 'odd', 'last'].map((name) =>
      fly.currentRelease(name, never).catch(() => 'failed'),
    );
    const [first, , last] = await clock.runUntil(Promise.all(reads));
    expect([text, first, last]).toEqual([
      text,
      expect.objectContaining({ id: 'r' }),
      expect.objectContaining({ id: 'r' }),
    ]);
  }
});

it('an error in any shape is an error of ours, with a short message', async () => {
  for (const status of [400, 403, 404, 409, 412, 422]) {
    for (const { value } of variantsOf({
      error: 'app not found',
      status: 'unknown',
      message: '',
    })) {
      const { fly, clock } = createTestFly(() => ({ status, json: value }));
      const failed = clock.runUntil(fly.listMachines('worker', never));
      const error = await failed.catch((thrown: unknown) => thrown as AppError);
      expect(error).toMatchObject({ name: 'AppError', status });
      expect((error as AppError).message.length).toBeLessThan(1000);
    }
  }
});
