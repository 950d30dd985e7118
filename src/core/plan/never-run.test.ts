import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anInput,
  aPolicy,
  aRange,
  aRelease,
  samples,
  T0,
} from '../../testing/builders.js';
import { createLaunchIds } from '../../fleet/loop/launch-id.js';
import { seededRandom } from '../../seams/clock.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import type { Machine } from '../model/machine.js';
import { afterCreate } from '../memory/memory.js';
import { plan } from './plan.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';
import { type AppMemory, EMPTY_MEMORY } from '../model/app-memory.js';

const clock = createFakeClock({ startMs: T0 - 100_000 });
const LAUNCH = createLaunchIds(clock, seededRandom(1))();
const OTHER = createLaunchIds(clock, seededRandom(2))();

const running = aMachine({ id: 'a' });
/** Made by us to run, and stopped by a deploy before it did. */
const ours: Machine = aMachine({
  id: 'b',
  name: LAUNCH,
  state: 'stopped',
  neverRan: true,
  createdAtMs: T0 - 100_000,
  metadata: { 'fas-launch-id': LAUNCH, 'fas-run': LAUNCH },
});
/** What flyctl makes in the place of a machine of ours. */
const green: Machine = {
  ...ours,
  name: 'aged-wind-2649',
  createdAtMs: T0 - 95_000,
  metadata: { ...ours.metadata, fly_bluegreen_deployment_tag: '1780000000' },
};

interface Case {
  readonly machines?: readonly Machine[];
  readonly policy?: Partial<Policy>;
  readonly memory?: AppMemory;
  readonly queue?: number;
  readonly status?: string;
}

function decide({ machines = [], policy = {}, memory = EMPTY_MEMORY, queue = 20, status }: Case) {
  const input = anInput({
    policy: aPolicy({ created: aRange('queue / 10'), ...policy }),
    samples: samples({ queue }),
    memory,
    look: {
      machines: [running, ...machines],
      release: aRelease(status === undefined ? {} : { status, createdAtMs: T0 - 1000 }),
    },
  });
  const proposal = propose(input);
  const { starts, removals } = plan(input, proposal, () => 'fas-x');
  return {
    started: starts.map(({ machineId }) => machineId),
    removed: removals.map(({ machineId }) => machineId),
    isWorthALook: proposal.isWorthALook,
    reasons: proposal.reasons.map(({ code }) => code),
  };
}

describe('with a created count alone', () => {
  it('starts what was made to run and never ran, and says so', () => {
    expect(decide({ machines: [ours] })).toEqual({
      started: ['b'],
      removed: [],
      isWorthALook: true,
      reasons: ['never-ran'],
    });
  });

  it.each<[string, Machine]>([
    ['ran and was stopped', withoutNeverRan(ours)],
    ['was made to rest', { ...ours, metadata: { 'fas-launch-id': LAUNCH } }],
    ['is a plain copy of ours', { ...ours, name: 'aged-wind-2649' }],
    ['was never ours', aMachine({ id: 'b', state: 'stopped', neverRan: true })],
    ['is on its way', { ...ours, state: 'starting' }],
  ])('leaves alone what %s', (_name, machine) => {
    expect(decide({ machines: [machine] }).started).toEqual([]);
    expect(decide({ machines: [machine] }).reasons).not.toContain('never-ran');
  });

  it.each<[string, Partial<Machine>]>([
    ['leased by others', { lease: { owner: 'o', description: 'deploy', expiresAtMs: T0 + 9000 } }],
    ['cordoned', { isCordoned: true }],
  ])('only says so of one that is %s', (_name, rest) => {
    const { started, reasons } = decide({ machines: [{ ...ours, ...rest }] });
    expect([started, reasons]).toEqual([[], ['never-ran']]);
  });

  it('starts the green machine that stands in for a blue one that was still starting', () => {
    expect(decide({ machines: [green] }).started).toEqual(['b']);
    const later = { ...green, createdAtMs: T0 + 60_000 };
    expect(decide({ machines: [later] }).started).toEqual([]);
  });

  it('leaves the green machine stopped whose blue one somebody stopped', () => {
    const about = { launchId: LAUNCH };
    const known = afterCreate(EMPTY_MEMORY, { id: 'blue' }, 'app', at(900_000), about);
    const withSeen = (seen: 'ran' | 'rested'): AppMemory => ({
      ...known,
      probation: known.probation.map((create) => ({ ...create, seen })),
    });
    expect(decide({ machines: [green], memory: known }).started).toEqual(['b']);
    // It came up after the green one had been made as it was then.
    expect(decide({ machines: [green], memory: withSeen('ran') }).started).toEqual(['b']);
    expect(decide({ machines: [green], memory: withSeen('rested') }).started).toEqual([]);
  });

  it('does nothing while a deploy runs or growth is forbidden, and says that it waits', () => {
    expect(decide({ machines: [ours], status: 'running' }).started).toEqual([]);
    const held = decide({
      machines: [ours],
      policy: { schedules: [] },
      memory: { ...EMPTY_MEMORY, returnFailedAtMs: { b: 999_000 } },
    });
    expect([held.started, held.reasons]).toEqual([[], ['never-ran']]);
  });

  it('takes away what is too many, and starts none of those', () => {
    const two = [ours, { ...ours, id: 'c', name: OTHER, metadata: metadataOf(OTHER) }];
    const { started, removed } = decide({ machines: two, queue: 20 });
    expect([started, removed]).toEqual([['c'], ['b']]);
  });
});

it('leaves starts to the started count where there is one', () => {
  const policy = { started: aRange('1') };
  expect(decide({ machines: [ours], policy }).started).toEqual([]);
});

function metadataOf(launchId: string): Record<string, string> {
  return { ...ours.metadata, 'fas-launch-id': launchId, 'fas-run': launchId };
}

function withoutNeverRan(machine: Machine): Machine {
  const copy: { neverRan?: true } & Machine = { ...machine };
  delete copy.neverRan;
  return copy;
}

function at(elapsedMs: number): { wallMs: number; elapsedMs: number } {
  return { wallMs: T0, elapsedMs };
}
