import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../seams/clock.js';
import { collectAll } from '../../testing/collector-contract.js';
import { aPolicy, aRange, machines, T0 } from '../../testing/builders.js';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import { aRig } from '../../testing/fleet-rig.js';
import { schedule } from './index.js';
import { scheduleSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

const BUSINESS = {
  'metric-name': 'business_hours',
  'time-zone': 'America/New_York',
  windows: [
    { start: '0 8 * * 1-5', duration: '10h', value: 5 },
    { start: '0 12 * * 1-5', duration: '2h', value: 8 },
    { start: '0 0 1 * *', duration: '24h', value: 3 },
  ],
};

function collector(settings: Readonly<Record<string, unknown>>, clock: FakeClock): Collector {
  return schedule.create(scheduleSchema.parse(settings), {
    connect: () => {
      throw new Error('a schedule needs no connection');
    },
    clock,
    random: seededRandom(1),
    userAgent: 'test',
    timeoutMs: 1000,
    warn: () => undefined,
  });
}

async function valueAt(settings: Readonly<Record<string, unknown>>, at: string): Promise<unknown> {
  const clock = createFakeClock({ startMs: Date.parse(at) });
  const samples = await collectAll(collector(settings, clock), ['my-app-1', 'my-app-2']);
  expect(samples.get('my-app-2')).toEqual(samples.get('my-app-1'));
  expect(clock.pendingTimers).toBe(0);
  const sample = samples.get('my-app-1');
  expect(sample).toMatchObject({ kind: 'value', atMs: Date.parse(at) });
  return sample?.kind === 'value' ? sample.value : sample;
}

describe('the number of a schedule', () => {
  it.each([
    ['2026-01-05T12:59:59Z', 0],
    ['2026-01-05T13:00:00Z', 5],
    ['2026-01-05T17:00:00Z', 8],
    ['2026-01-05T19:00:00Z', 5],
    ['2026-01-05T23:00:00Z', 0],
    ['2026-04-01T04:00:00Z', 3],
    ['2026-04-01T12:00:00Z', 5],
  ])('at %s is %d', async (at, value) => {
    expect(await valueAt(BUSINESS, at)).toBe(value);
  });

  it('is the default outside all windows, and may be below it inside', async () => {
    const settings = {
      'metric-name': 'ceiling',
      default: 100,
      windows: '0 22 * * * 8h 10; 0 0 * * sun 24h 20',
    };
    expect(await valueAt(settings, '2026-01-05T12:00:00Z')).toBe(100);
    expect(await valueAt(settings, '2026-01-06T05:00:00Z')).toBe(10);
    expect(await valueAt(settings, '2026-01-04T23:00:00Z')).toBe(20);
  });

  it("ends with the signal's reason when it is cancelled", async () => {
    const signal = AbortSignal.abort(new Error('not needed'));
    const collecting = collectAll(collector(BUSINESS, createFakeClock()), ['a'], signal);
    await expect(collecting).rejects.toThrow('not needed');
  });
});

it.each([
  [{ windows: [] }, /at least one/],
  [{ windows: [{ start: '0 8 * *', duration: '1h', value: 1 }] }, /five fields/],
  [{ windows: [{ start: '0 8 * * *', duration: '0s', value: 1 }] }, /above zero/],
  [{ windows: [{ start: '0 8 * * *', duration: '9000h', value: 1 }] }, /8784h/],
  [{ windows: [{ start: '0 8 * * *', duration: 10, value: 1 }] }, /window 1 duration: not a/],
  [{ windows: [{ start: '0 8 * * *', duration: '1h' }] }, /window 1 value: must be a number/],
  [{ windows: [{ duration: '1h', value: 1 }] }, /window 1 start: is required/],
  [{ windows: [{ start: '0 8 * * *', duration: '1h', value: 1, until: 2 }] }, /"until/],
  [{ windows: '' }, /at least one/],
  [{ windows: '0 8 * * * 1h' }, /window 1 start: must have five fields/],
  [{ windows: '0 8 * * * 1h 5; 0 8 * * * 1h 5 6' }, /window 2 start: must have five/],
  [{ windows: '0 99 * * * 1h 5' }, /window 1 start: hour: .*99/],
  [{ windows: '0 9 * * * 1h five' }, /window 1 value: /],
  [{ windows: '0 8 * * * 1h 5', 'time-zone': 'Mars/Olympus' }, /unknown time zone/],
])('%j is refused', (settings, message) => {
  const { error } = scheduleSchema.safeParse({ 'metric-name': 'm', ...settings });
  expect(error?.message).toMatch(message);
});

it('raises the floor of a running fleet in the morning and drops it in the evening', async () => {
  const rig = aRig({
    intervalMs: 60_000,
    policies: [
      aPolicy({
        apps: { include: ['my-app-*'], exclude: [] },
        created: aRange('max(queue / 10, business_hours)', undefined, ['queue', 'business_hours']),
      }),
    ],
  });
  // A Monday, midnight in Greenwich.
  expect(new Date(T0).toISOString()).toBe('2026-06-01T00:00:00.000Z');
  rig.fly.put('my-app-1', ...machines(2));
  rig.queue.values.set('my-app-1', 20);
  const settings = { ...BUSINESS, windows: '0 8 * * 1-5 10h 5' };
  const run = rig.start({ collectors: [rig.queue, collector(settings, rig.clock)] });
  const countAt = async (hour: number): Promise<number> => {
    await rig.clock.advance(T0 + hour * 3_600_000 - rig.clock.now());
    return rig.fly.machinesOf('my-app-1').length;
  };
  expect(await countAt(11.9)).toBe(2);
  expect(await countAt(12.1)).toBe(5);
  expect(await countAt(21.9)).toBe(5);
  expect(await countAt(22.2)).toBe(2);
  expect(await countAt(23.9)).toBe(2);
  await run.stop();
});
