import { describe, expect, it } from 'vitest';
import { aSchedule } from '../../testing/behavior.js';
import { aMachine, aPolicy, aRange, aRelease, samples, T0 } from '../../testing/builders.js';
import type { MachineAction, Step } from '../model/decision.js';
import { mayCreate, mayStep, type GuardContext } from './guard.js';
import type { Machine, Release } from '../model/machine.js';
import type { Pause } from '../model/orders.js';

const context: GuardContext = {
  policy: aPolicy(),
  decidedRelease: aRelease(),
  now: { wallMs: T0, elapsedMs: 0 },
  clockJumpedAtMs: null,
  isHeldByUs: () => false,
};
const mark = { machine: 'm1', goal: 'destroy', reason: '', deadline: '' } as const;
const metadata = { 'fas-remove': JSON.stringify(mark) };

function action(kind: MachineAction['kind'], isMarked = false): MachineAction {
  const base = { kind, machineId: 'm1', region: 'iad', version: 'v1', steps: [] };
  const why = { code: 'scale-down', detail: '' } as const;
  return isMarked ? { ...base, mark, reason: why } : { ...base, reason: why };
}

function verdict(
  step: Step,
  machine: Partial<Machine> | null,
  options: { release?: Release | null; isMarked?: boolean; context?: Partial<GuardContext> } = {},
): string {
  const { release = aRelease(), isMarked = false } = options;
  const seen = machine === null ? null : aMachine(machine);
  const result = mayStep(action('destroy', isMarked), step, seen, release, {
    ...context,
    ...options.context,
  });
  return result.ok ? 'go' : result.detail;
}

describe('a step', () => {
  it.each<[Step, Partial<Machine> | null, string]>([
    ['mark', {}, 'go'],
    ['destroy', { state: 'stopped' }, 'go'],
    ['destroy', { state: 'started' }, 'it is started'],
    ['destroy', { state: 'stopping' }, 'it is stopping'],
    ['start', { state: 'stopped' }, 'go'],
    ['start', { state: 'started' }, 'it is started'],
    ['mark', null, 'the machine is gone'],
    ['mark', { state: 'destroying' }, 'the machine is gone'],
    ['mark', { hostStatus: 'unreachable' }, 'the machine cannot be seen well'],
    ['mark', { config: null }, 'the machine cannot be seen well'],
    ['mark', { unread: 'lease' }, 'the machine cannot be seen well'],
    ['mark', { version: 'v2' }, 'the machine was updated by somebody else'],
    [
      'mark',
      { lease: { owner: 'flyctl', description: '', expiresAtMs: 0 } },
      'its lease is held by flyctl',
    ],
    ['mark', { isCordoned: true }, 'somebody else cordoned it'],
    ['destroy', { state: 'stopped', isCordoned: true }, 'somebody else cordoned it'],
    ['mark', { config: { standbys: ['x'] } }, 'it is a standby'],
    [
      'mark',
      { metadata: { fly_bluegreen_deployment_tag: 'safe_to_destroy' } },
      'it is part of a blue-green deploy',
    ],
  ])('%s on %o: %s', (step, machine, expected) => {
    expect(verdict(step, machine)).toBe(expected);
  });

  it('goes on with a machine only while its mark is there', () => {
    expect(verdict('stop', { metadata, isCordoned: true }, { isMarked: true })).toBe('go');
    expect(verdict('stop', { isCordoned: true }, { isMarked: true })).toBe('its mark is gone');
    const cloned = { 'fas-remove': JSON.stringify({ ...mark, machine: 'other' }) };
    expect(verdict('stop', { metadata: cloned }, { isMarked: true })).toBe('its mark is gone');
  });

  it('may touch a machine whose lease is ours', () => {
    const lease = { owner: 'x', description: '', expiresAtMs: 0 };
    expect(verdict('mark', { lease }, { context: { isHeldByUs: () => true } })).toBe('go');
  });

  it.each<[string, Step, Partial<Release> | null, string]>([
    ['the same release', 'mark', {}, 'go'],
    ['no release any more', 'mark', null, 'go'],
    ['another release', 'start', { id: 'rel2' }, 'another release began'],
    ['a running one', 'start', { status: 'running', createdAtMs: T0 }, 'another release began'],
  ])('with %s read just now: %s', (_name, step, release, expected) => {
    const read = release === null ? null : aRelease(release);
    expect(
      verdict(step, { state: step === 'start' ? 'stopped' : 'started' }, { release: read }),
    ).toBe(expected);
  });

  it('may grow but not shrink on a release that has been running for too long', () => {
    const release = aRelease({ status: 'running', createdAtMs: T0 - 7_200_000 });
    const decided = { decidedRelease: release };
    expect(verdict('start', { state: 'stopped' }, { release, context: decided })).toBe('go');
    expect(verdict('mark', {}, { release, context: decided })).toBe(
      'a release has been running for too long',
    );
  });
});

it('a create needs the release it was decided on', () => {
  expect(mayCreate(aRelease(), context)).toEqual({ ok: true });
  expect(mayCreate(aRelease({ id: 'rel2' }), context)).toMatchObject({ ok: false });
});

it('a brake that comes on since the decision holds removals on its source, and nothing else', () => {
  const braked = (metric: string) => ({
    policy: aPolicy({ created: aRange('queue') }),
    ordersBegun: { pauses: [], braked: { [metric]: 'on' } },
  });
  expect(verdict('mark', {}, { context: braked('queue') })).toBe('the fleet brake is on');
  expect(verdict('mark', {}, { context: braked('other') })).toBe('go');
  expect(verdict('start', { state: 'stopped' }, { context: braked('queue') })).toBe('go');
  expect(mayCreate(aRelease(), { ...context, ...braked('queue') })).toEqual({ ok: true });
});

it('waits for a release that runs, also when it ran already at the decision', () => {
  const release = aRelease({ status: 'running', createdAtMs: T0 });
  const decided = { decidedRelease: release };
  expect(verdict('start', { state: 'stopped' }, { release, context: decided })).toBe(
    'a release is running',
  );
  expect(mayCreate(release, { ...context, ...decided })).toMatchObject({ ok: false });
});

describe('what begins between the decision and the step', () => {
  const started = (own: Partial<GuardContext>): readonly string[] => [
    verdict('mark', {}, { context: own }),
    verdict('start', { state: 'stopped' }, { context: own }),
    verdict('uncordon', { metadata, isCordoned: true }, { isMarked: true, context: own }),
  ];

  it.each<[Pause['mode'], readonly string[]]>([
    ['all', ['a pause began', 'a pause began', 'go']],
    ['in', ['a pause began', 'go', 'go']],
    ['out', ['go', 'a pause began', 'go']],
    ['at', ['a pause began', 'a pause began', 'go']],
  ])('a pause (%s) is heeded', (mode, expected) => {
    const pause = { id: 'p', app: null, policy: null, mode, count: 3, reason: '' };
    const pauses = [{ ...pause, createdAtMs: T0, untilMs: null }];
    expect(started({ ordersBegun: { pauses, braked: {} } })).toEqual(expected);
  });

  it.each<['in' | 'out' | 'all', readonly string[]]>([
    ['all', ['a freeze began', 'a freeze began', 'go']],
    ['in', ['a freeze began', 'go', 'go']],
    ['out', ['go', 'a freeze began', 'go']],
  ])('a freeze (%s) is heeded', (freeze, expected) => {
    const policy = aPolicy({ schedules: [aSchedule({ freeze })] });
    expect(started({ policy })).toEqual(expected);
  });
});

describe('a machine that must not be taken', () => {
  const rules = { busyMetric: 'busy', drainTimeoutMs: 600_000, scaleIn: 'stop' } as const;
  const policy = aPolicy({ removal: rules });
  const drains = { m1: { deadline: '', sinceMs: 0, leftMs: null } };
  const told = (busy: number | null, elapsedMs: number): Partial<GuardContext> => ({
    policy,
    drains,
    now: { wallMs: T0, elapsedMs },
    samples: samples({
      busy: {
        kind: 'instances',
        values: Object.fromEntries(busy === null ? [] : [['m1', busy]]),
        atMs: T0,
      },
    }),
  });
  const stop = (own: Partial<GuardContext>): string =>
    verdict('stop', { metadata, isCordoned: true }, { isMarked: true, context: own });

  it.each<[string, Partial<GuardContext>, string]>([
    ['idle', told(0, 20_000), 'go'],
    ['busy again', told(2, 20_000), 'it is busy 2, for 9m40s at most'],
    [
      'known to nobody',
      told(null, 20_000),
      'it is busy with what nobody can tell, for 9m40s at most',
    ],
    ['busy for too long', told(2, 600_000), 'go'],
    ['of no sample at all', { policy }, 'it is busy with what nobody can tell, for 10m at most'],
    ['not waited for', {}, 'go'],
  ])('is asked about before its stop: %s', (_, own, expected) => {
    expect(stop(own)).toBe(expected);
  });

  it.each<Step>(['mark', 'cordon', 'stop', 'suspend', 'destroy'])(
    'is protected from %s',
    (step) => {
      const state = step === 'destroy' ? 'stopped' : 'started';
      const own = { state, metadata: { ...metadata, 'fas-protect': 'true' } };
      expect(verdict(step, own, { isMarked: true })).toBe('it is protected');
    },
  );

  it.each<Step>(['uncordon', 'unmark'])('may be had back by %s', (step) => {
    const own = { metadata: { ...metadata, 'fas-protect': 'true' } };
    expect(verdict(step, own, { isMarked: true })).toBe('go');
  });
});
