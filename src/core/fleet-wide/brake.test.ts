import { describe, expect, it } from 'vitest';
import { anInput, aPolicy, aRange, machines, samples, T0 } from '../../testing/builders.js';
import { SourceBrake } from './brake.js';
import type { StoredBrake } from './brake-stored.js';
import { brakeReadings } from './brake-readings.js';
import { NO_VALUES, type BrakeReading } from './brake-unit.js';
import { propose } from '../decide/propose.js';

const MINUTE = 60_000;

/** A fleet whose apps want a machine for every 10 of the metric, `floor` at least. */
class Fleet {
  readonly brake = new SourceBrake(() => ({
    share: 0.5,
    windowMs: MINUTE,
    letGoAfterMs: 10 * MINUTE,
  }));
  nowMs = 0;
  readonly values = new Map<string, number | null>();
  present = new Map<string, number>();
  floor = 1;
  /** Subtracted by the clock alone. */
  less = 0;

  constructor(values: readonly number[]) {
    values.forEach((value, i) => this.values.set(`app-${i}`, value));
  }

  tick(afterMs = 15_000): string | null {
    this.nowMs += afterMs;
    for (const [app, value] of this.values) this.brake.note(this.#reading(app, value), this.nowMs);
    return this.brake.judge(this.nowMs);
  }

  set(value: number | null, ...indexes: readonly number[]): void {
    for (const index of indexes) this.values.set(`app-${index}`, value);
  }

  held(): readonly string[] {
    return [...this.values.keys()].filter((app) => this.brake.whyHeld(app, this.nowMs) !== null);
  }

  #reading(app: string, value: number | null): BrakeReading {
    const recommendedAt = (v: number | null): number =>
      Math.max(this.floor, Math.round((v ?? 0) / 10) - this.less);
    const recommended = recommendedAt(value);
    const present = this.present.get(app) ?? recommended;
    const own = { app, policy: 'default', count: 'created', value, others: NO_VALUES } as const;
    return { ...own, recommended, present, recommendedAt };
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

describe('brakes of one address that are on together', () => {
  /** Two metrics of one server, of which each app reads one or both; both fall to nothing. */
  function aPair(first: readonly string[], second: readonly string[]) {
    const settings = { share: 0.5, windowMs: MINUTE, letGoAfterMs: 10 * MINUTE };
    const brakes = [new SourceBrake(() => settings), new SourceBrake(() => settings)] as const;
    let nowMs = 0;
    /** Apps of which the second metric does not fall. */
    const spared = new Set<string>();
    const say = (said: number): void => {
      for (const [i, apps] of [first, second].entries()) {
        for (const app of apps) {
          const value = i === 1 && spared.has(app) ? 100 : said;
          const recommendedAt = (v: number | null): number => (v ?? 0) / 10;
          const recommended = recommendedAt(value);
          const count = { policy: 'default', count: 'created' } as const;
          const own = { app, ...count, value, others: NO_VALUES };
          const reading = { ...own, recommended, present: 10, recommendedAt };
          brakes[i]?.note(reading, nowMs);
        }
      }
    };
    say(100);
    const tickUntil = (minutes: number): void => {
      while (nowMs < minutes * MINUTE) {
        nowMs += 15_000;
        say(0);
        const together = brakes.filter(({ isOn }) => isOn);
        for (const brake of brakes) brake.judge(nowMs, brake.isOn ? together : [brake]);
      }
    };
    const free = (): number => {
      const held = (app: string): boolean =>
        [first, second].some(
          (readers, i) => readers.includes(app) && brakes[i]?.whyHeld(app, nowMs) !== null,
        );
      return [...new Set([...first, ...second])].filter((app) => !held(app)).length;
    };
    return { brakes, spared, tickUntil, free };
  }
  const apps = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}-${i}`);

  it.each([
    ['each holds its own', apps('a', 11), apps('b', 11), 3],
    ['both hold all', apps('a', 11), apps('a', 11), 2],
  ])('let a tenth of all go in a minute, as one would: %s', (_, first, second, aMinute) => {
    const { brakes, tickUntil, free } = aPair(first, second);
    tickUntil(10);
    expect(brakes.map(({ isOn }) => isOn)).toEqual([true, true]);
    expect(free()).toBe(0);
    tickUntil(11);
    expect(free()).toBe(aMinute);
    tickUntil(12);
    expect(free()).toBe(2 * aMinute);
    tickUntil(40);
    expect(brakes.map(({ isOn }) => isOn)).toEqual([false, false]);
  });

  it('hold an app for the full time from when the other metric falls too', () => {
    const { brakes, spared, tickUntil } = aPair(apps('a', 11), [...apps('b', 11), 'a-0']);
    const isHeld = (): readonly boolean[] =>
      brakes.map((brake) => brake.whyHeld('a-0', 11 * MINUTE) !== null);
    spared.add('a-0');
    tickUntil(11);
    expect(isHeld()).toEqual([false, true]);
    spared.clear();
    tickUntil(20);
    expect(isHeld()[1]).toBe(true);
  });
});

describe('a fall of an expression that reads several metrics', () => {
  interface Case {
    readonly expression: string;
    readonly from: Readonly<Record<string, number>>;
    readonly to: Readonly<Record<string, number>>;
    readonly down: readonly string[];
  }
  const bothIdle = { queue: 0, jobs: 0 };
  const cases: readonly (readonly [string, Case])[] = [
    [
      'is that of both when each would do by itself',
      {
        expression: 'min(queue, jobs) / 10',
        from: { queue: 50, jobs: 50 },
        to: bothIdle,
        down: ['queue', 'jobs'],
      },
    ],
    [
      'is that of both when it takes both',
      {
        expression: 'max(queue, jobs) / 10',
        from: { queue: 50, jobs: 50 },
        to: bothIdle,
        down: ['queue', 'jobs'],
      },
    ],
    [
      'is that of both when each has half of it',
      {
        expression: 'queue / 20 + jobs / 20',
        from: { queue: 40, jobs: 40 },
        to: bothIdle,
        down: ['queue', 'jobs'],
      },
    ],
    [
      'is that of all when none could do it alone, or undo it',
      {
        expression: '(queue + jobs + mails) / 30',
        from: { queue: 100, jobs: 100, mails: 100 },
        to: { queue: 0, jobs: 0, mails: 0 },
        down: ['queue', 'jobs', 'mails'],
      },
    ],
    [
      'is that of a little that each of them lost, where that does it',
      {
        expression: 'min(queue - 90, jobs - 90)',
        from: { queue: 100, jobs: 100 },
        to: { queue: 92, jobs: 92 },
        down: ['queue', 'jobs'],
      },
    ],
    [
      'is not that of one which says what it said',
      {
        expression: 'min(queue, jobs) / 10',
        from: { queue: 50, jobs: 50 },
        to: { queue: 0, jobs: 50 },
        down: ['queue'],
      },
    ],
    [
      'is not that of one which has been at nothing',
      {
        expression: '(queue + jobs) / 10',
        from: { queue: 50, jobs: 0 },
        to: bothIdle,
        down: ['queue'],
      },
    ],
    [
      'is not that of one which moved a little meanwhile',
      {
        expression: '(queue + jobs) / 2',
        from: { queue: 50, jobs: 20 },
        to: { queue: 0, jobs: 18 },
        down: ['queue'],
      },
    ],
    [
      'is that of a metric whose rise lowers the count too',
      {
        expression: 'min(queue, 1000 / latency) / 10',
        from: { queue: 50, latency: 20 },
        to: { queue: 0, latency: 1e6 },
        down: ['queue', 'latency'],
      },
    ],
    [
      "is nobody's when the clock would have done it too",
      {
        expression: 'min(queue, jobs) / (now().Year() > 2026 ? 100 : 10)',
        from: { queue: 100, jobs: 100 },
        to: bothIdle,
        down: [],
      },
    ],
  ];

  it.each(cases)('%s', (_, { expression, from, to, down }) => {
    const names = Object.keys(from);
    const policy = aPolicy({ created: aRange(expression, undefined, names) });
    const settings = { share: 0.5, windowMs: MINUTE, letGoAfterMs: 10 * MINUTE };
    let brakes = new Map(names.map((name) => [name, new SourceBrake(() => settings)]));
    const hear = (values: Readonly<Record<string, number>>, elapsedMs: number): void => {
      const now = { wallMs: elapsedMs === 0 ? T0 : T0 + 366 * 24 * 60 * MINUTE, elapsedMs };
      for (const app of ['a', 'b', 'c', 'd']) {
        const look = { machines: machines(5) };
        const input = anInput({ app, policy, samples: samples(values), now, look });
        for (const { metric, reading } of brakeReadings(input, propose(input))) {
          brakes.get(metric)?.note(reading, elapsedMs);
        }
      }
    };
    const on = (nowMs: number): readonly string[] =>
      names.filter((name) => {
        brakes.get(name)?.judge(nowMs);
        return brakes.get(name)?.isOn === true;
      });
    hear(from, 0);
    hear(to, 30_000);
    expect(on(30_000)).toEqual(down);

    // A restart knows them still.
    const now = { wallMs: T0, elapsedMs: 40_000 };
    brakes = new Map(
      down.map((name) => {
        const stored = JSON.stringify(brakes.get(name)?.stored(now));
        const after = new SourceBrake(() => settings);
        after.restore(JSON.parse(stored) as StoredBrake, now);
        return [name, after];
      }),
    );
    hear(to, 50_000);
    expect(on(50_000)).toEqual(down);
  });
});

describe('the fleet brake', () => {
  it('forgets what one policy wanted of an app, and nothing of another whose name begins alike', () => {
    const brake = new SourceBrake(() => ({ share: 0.5, windowMs: MINUTE, letGoAfterMs: MINUTE }));
    const reading = (policy: string): BrakeReading => ({
      app: 'a',
      policy,
      count: 'created',
      value: 50,
      others: NO_VALUES,
      recommended: 5,
      present: 5,
      recommendedAt: (value) => (value ?? 0) / 10,
    });
    for (const policy of ['web', 'web app']) brake.note(reading(policy), 0);
    brake.keepOnly(({ policy }) => policy === 'web app');
    expect(brake.countAt(0).able).toBe(1);
    brake.drop('a');
    expect(brake.countAt(0).able).toBe(0);
  });

  it('trips when at least half of the apps that could shrink fall to half or less at once', () => {
    const fleet = new Fleet(Array(10).fill(100));
    expect(fleet.tick()).toBeNull();
    fleet.set(50, ...range(0, 5));
    expect(fleet.tick()).toBe('tripped');
    expect(fleet.held()).toHaveLength(10);
    expect(fleet.brake.count).toEqual({ able: 10, down: 5 });
    expect(fleet.brake.whyHeld('app-1', fleet.nowMs)).toBe(
      '5 of 10 apps that could shrink fell to half or to their minimum; on for 0s',
    );
  });

  it.each<[string, readonly number[], (fleet: Fleet) => void]>([
    ['fewer than half fall', Array<number>(10).fill(100), (f) => f.set(0, 0, 1, 2, 3)],
    ['fewer than four fall', [100, 100, 100], (f) => f.set(0, 0, 1, 2)],
    ['they fall, but not to half', Array<number>(10).fill(100), (f) => f.set(60, ...range(0, 10))],
    ['the clock alone brings them down', Array<number>(10).fill(100), (f) => (f.less = 8)],
    [
      'the source says nothing at all: then nothing shrinks anyway',
      Array<number>(10).fill(100),
      (f) => f.set(null, ...range(0, 10)),
    ],
  ])('does not trip when %s', (_name, values, change) => {
    const fleet = new Fleet(values);
    fleet.tick();
    change(fleet);
    expect(fleet.tick()).toBeNull();
    expect(fleet.held()).toEqual([]);
  });

  it('counts a fall to the minimum, and leaves out apps that are at theirs', () => {
    const fleet = new Fleet([...Array<number>(4).fill(30), ...Array<number>(20).fill(0)]);
    fleet.floor = 2;
    fleet.tick();
    fleet.set(0, 0, 1, 2, 3);
    expect(fleet.tick()).toBe('tripped');
    expect(fleet.brake.count).toEqual({ able: 4, down: 4 });
  });

  it('sees a fall that comes in steps within its window, and none that is slower', () => {
    const fast = new Fleet(Array(8).fill(100));
    const slow = new Fleet(Array(8).fill(100));
    const changes: (string | null)[] = [];
    for (const value of [100, 90, 75, 60, 48]) {
      fast.set(value, ...range(0, 8));
      changes.push(fast.tick());
    }
    expect(changes).toEqual([null, null, null, null, 'tripped']);
    for (const value of [100, 85, 70, 60, 50, 42, 36, 30, 25, 20]) {
      slow.set(value, ...range(0, 8));
      expect(slow.tick(45_000)).toBeNull();
    }
  });

  it('holds what was asked for last against a metric that has been still for long', () => {
    const fleet = new Fleet(Array(8).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 8));
    expect(fleet.tick(60 * MINUTE)).toBe('tripped');
  });

  it('measures by what is there after a start', () => {
    const fleet = new Fleet(Array(6).fill(0));
    for (const app of fleet.values.keys()) fleet.present.set(app, 7);
    expect(fleet.tick()).toBe('tripped');
  });

  it('ends when fewer than half are down', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    fleet.tick();
    fleet.set(100, ...range(0, 5));
    expect(fleet.tick()).toBeNull();
    expect(fleet.held()).toHaveLength(10);
    fleet.set(100, 5);
    expect(fleet.tick()).toBe('ended');
    expect(fleet.held()).toEqual([]);
    // What is asked for now is what the next fall is measured by.
    expect(fleet.tick()).toBeNull();
    fleet.set(0, ...range(0, 6));
    expect(fleet.tick()).toBe('tripped');
  });

  it('keeps its references for as long as it is on', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    fleet.tick();
    for (let i = 0; i < 36; i += 1) expect(fleet.tick()).toBeNull();
    expect(fleet.held()).toHaveLength(10);
  });

  it('lets a tenth go each minute after ten minutes of good samples, the smallest falls first', () => {
    const fleet = new Fleet([...range(0, 20).map((i) => 100 + 10 * i), 100]);
    fleet.tick();
    fleet.set(0, ...range(0, 20));
    fleet.tick();
    for (let i = 0; i < 39; i += 1) expect(fleet.tick()).toBeNull();
    expect(fleet.tick()).toBe('let-go');
    expect(fleet.brake.whyHeld('app-0', fleet.nowMs)).toBeNull();
    expect(fleet.brake.whyHeld('app-1', fleet.nowMs)).toBeNull();
    expect(fleet.held()).toHaveLength(19);
    for (let i = 0; i < 3; i += 1) expect(fleet.tick()).toBeNull();
    expect(fleet.tick()).toBe('let-go');
    expect(fleet.held()).toHaveLength(17);
    // Those let go still count as down: the others are held on.
    expect(fleet.brake.count.down).toBe(20);
    const changes = new Set(range(0, 40).map(() => fleet.tick()));
    expect(changes).toContain('ended');
    expect(fleet.held()).toEqual([]);
  });

  it('lets nothing go before ten minutes have passed since it came on, whoever fell long before', () => {
    const fleet = new Fleet(range(0, 8).map(() => 100));
    fleet.tick();
    fleet.set(0, 0, 1, 2);
    fleet.tick();
    fleet.tick(30_000);
    fleet.set(0, 3);
    expect(fleet.tick()).toBe('tripped');
    const onSinceMs = fleet.nowMs;
    while (fleet.nowMs < onSinceMs + 9.75 * MINUTE) fleet.tick();
    expect(fleet.held()).toHaveLength(8);
    expect(fleet.tick()).toBe('let-go');
    expect(fleet.held()).toHaveLength(7);
  });

  it('begins the ten minutes anew for an app whose samples were interrupted', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    fleet.tick();
    for (let i = 0; i < 20; i += 1) fleet.tick();
    fleet.set(null, ...range(0, 10));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    for (let i = 0; i < 40; i += 1) expect(fleet.tick()).toBeNull();
    expect(fleet.tick()).toBe('let-go');
  });

  it('begins the ten minutes anew when the clocks jump', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    fleet.tick();
    for (let i = 0; i < 20; i += 1) fleet.tick();
    fleet.brake.forget();
    for (let i = 0; i < 40; i += 1) expect(fleet.tick()).toBeNull();
    expect(fleet.tick()).toBe('let-go');
  });

  it('measures no fall by what was asked for before the clocks jumped', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(60, ...range(0, 10));
    fleet.tick();
    fleet.brake.forget();
    fleet.set(40, ...range(0, 10));
    expect(fleet.tick()).toBeNull();
    fleet.set(30, ...range(0, 10));
    expect(fleet.tick()).toBe('tripped');
  });

  it('holds for ten minutes more whoever falls while it is on', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 5));
    expect(fleet.tick()).toBe('tripped');
    for (let i = 0; i < 30; i += 1) fleet.tick();
    fleet.set(0, ...range(5, 10));
    const changes = range(0, 30).map(() => fleet.tick());
    expect(changes).toContain('let-go');
    // Five minutes of letting go: of those that fell first only.
    expect(fleet.held().filter((app) => Number(app.slice(4)) >= 5)).toHaveLength(5);
    for (let i = 0; i < 30; i += 1) fleet.tick();
    expect(fleet.held().length).toBeLessThan(5);
  });

  it('is released by an operator, and does not trip again on the same fall', () => {
    const fleet = new Fleet(Array(10).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 10));
    fleet.tick();
    expect(fleet.brake.release(fleet.nowMs)).toBe(true);
    expect(fleet.brake.release(fleet.nowMs)).toBe(false);
    expect(fleet.tick()).toBeNull();
    expect(fleet.held()).toEqual([]);
  });

  it('survives a restart, and does not end because nobody was asked yet', () => {
    const before = new Fleet(Array(10).fill(100));
    before.tick();
    before.set(0, ...range(0, 10));
    before.tick();
    const stored = before.brake.stored({ wallMs: 5_000_000, elapsedMs: before.nowMs });
    const after = new Fleet(Array(10).fill(0));
    after.nowMs = 70;
    after.brake.restore(JSON.parse(JSON.stringify(stored)) as NonNullable<typeof stored>, {
      wallMs: 5_060_000,
      elapsedMs: 70,
    });
    expect(after.brake.onSinceMs).toBe(70 - MINUTE);
    expect(after.brake.judge(after.nowMs)).toBeNull();
    expect(after.tick()).toBeNull();
    expect(after.held()).toHaveLength(10);
    after.set(100, ...range(0, 6));
    expect(after.tick()).toBe('ended');
  });

  it('forgets apps that leave', () => {
    const fleet = new Fleet(Array(8).fill(100));
    fleet.tick();
    fleet.set(0, ...range(0, 4));
    for (const app of ['app-0', 'app-1']) {
      fleet.brake.drop(app);
      fleet.values.delete(app);
    }
    expect(fleet.tick()).toBeNull();
    expect(fleet.brake.isOn).toBe(false);
  });
});
