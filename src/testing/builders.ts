/** Domain values for tests: each with plain defaults, overridden where a test says so. */
import type { DecisionInput } from '../core/model/decision.js';
import type { Machine, MachineConfig, Release, Volume } from '../core/model/machine.js';
import { NO_ORDERS } from '../core/model/orders.js';
import { PLAIN_POLICY, type CountRange, type Policy } from '../core/model/policy.js';
import type { Sample, Samples } from '../core/model/sample.js';
import { compile } from '../expr/index.js';
import { EMPTY_MEMORY } from '../core/model/app-memory.js';

/** 2026-06-01T00:00:00Z */
export const T0 = 1_780_272_000_000;

export function aMachine(
  overrides: Partial<Machine> & { config?: MachineConfig | null } = {},
): Machine {
  const metadata = {
    fly_platform_version: 'v2',
    fly_process_group: 'app',
    fly_release_id: 'rel1',
    fly_release_version: '1',
    ...overrides.metadata,
  };
  return {
    id: 'm1',
    name: `name-of-${overrides.id ?? 'm1'}`,
    state: 'started',
    region: 'iad',
    version: 'v1',
    createdAtMs: T0 - 3_600_000,
    updatedAtMs: T0 - 3_600_000,
    hostStatus: 'ok',
    isCordoned: false,
    imageRef: 'registry.fly.io/app:tag@sha256:abc',
    config: { image: 'registry.fly.io/app:tag', metadata },
    ...overrides,
    metadata,
  };
}

/** `count` machines m1, m2, ... in the same state. */
export function machines(count: number, overrides: Partial<Machine> = {}, prefix = 'm'): Machine[] {
  return Array.from({ length: count }, (_, i) =>
    aMachine({ ...overrides, id: `${prefix}${i + 1}` }),
  );
}

export function aRelease(overrides: Partial<Release> = {}): Release {
  return { id: 'rel1', version: 1, status: 'complete', createdAtMs: T0 - 3_600_000, ...overrides };
}

export function aVolume(overrides: Partial<Volume> = {}): Volume {
  return {
    id: 'vol_1',
    name: 'data',
    region: 'iad',
    state: 'created',
    sizeGb: 1,
    isEncrypted: true,
    hostStatus: 'ok',
    attachedMachineId: null,
    ...overrides,
  };
}

export function aRange(
  min: string,
  max = min,
  variables: readonly string[] = ['queue'],
): CountRange {
  const names = [
    ...variables,
    'created_machine_count',
    'started_machine_count',
    'stopped_machine_count',
  ];
  const program = compile(min, { variables: names, asFloat64: true });
  return {
    min: program,
    max: max === min ? program : compile(max, { variables: names, asFloat64: true }),
  };
}

export function aPolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    name: 'default',
    apps: { include: ['*'], exclude: [] },
    group: { kind: 'unset' },
    created: null,
    started: null,
    initialState: 'started',
    regions: [],
    volumes: 'reuse',
    releaseMaxAgeMs: 3_600_000,
    unreachableAfterMs: 300_000,
    caps: { maxMachinesPerApp: 1000, maxCreatePerPass: null, maxRemovePerPass: null },
    ...PLAIN_POLICY,
    ...overrides,
  };
}

function aValue(value: number, atMs = T0): Sample {
  return { kind: 'value', value, atMs };
}

export function samples(values: Readonly<Record<string, Sample | number>>): Samples {
  return new Map(
    Object.entries(values).map(([name, v]) => [name, typeof v === 'number' ? aValue(v) : v]),
  );
}

export function anInput(
  overrides: Omit<Partial<DecisionInput>, 'look'> & { look?: Partial<DecisionInput['look']> } = {},
): DecisionInput {
  return {
    app: 'my-app-1',
    policy: aPolicy(),
    samples: samples({}),
    memory: EMPTY_MEMORY,
    orders: NO_ORDERS,
    now: { wallMs: T0, elapsedMs: 1_000_000 },
    zone: 'UTC',
    ...overrides,
    look: { machines: [], release: aRelease(), volumes: [], ...overrides.look },
  };
}
