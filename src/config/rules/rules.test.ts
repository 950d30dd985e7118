import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import type { Policy } from '../../core/model/policy.js';
import { formatProblems, loadConfig } from '../index.js';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

const BASE = `app-name: my-app
started-machine-count: queue_depth / 20
created-machine-count: queue_depth / 10
metric-collectors:
  - type: prometheus
    metric-name: queue_depth
    address: http://prometheus.example
    query: sum(queue_depth)
`;

function load(text: string, env: Readonly<Record<string, string>> = {}) {
  return loadConfig({
    env: { FAS_API_TOKEN: 'fm2_secret', ...env },
    file: { path: 'c.yml', text: BASE + text },
    collectors: collectorDefinitions,
    purpose: 'serve',
    nowMs: NOW_MS,
  });
}

function policy(text: string, env?: Readonly<Record<string, string>>): Policy {
  const result = load(text, env);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.config.policies[0]!;
}

function problems(text: string, env?: Readonly<Record<string, string>>): string {
  const result = load(text, env);
  return result.ok ? '' : formatProblems(result.problems);
}

describe('behavior', () => {
  it('is read as the HPA would write it', () => {
    const { behavior } = policy(`
behavior:
  scale-up:   { limits: [{ percent: 100, period: 60s }, { machines: 4, period: 60s }], select: max }
  scale-down: { stabilization-window: 5m, tolerance: 0.1, cooldown: 5m, limits: [{ machines: 1, period: 60s }], select: min }
`);
    expect(behavior).toEqual({
      scaleUp: {
        stabilizationWindowMs: 0,
        tolerance: 0,
        cooldownMs: 0,
        limits: [
          { kind: 'percent', amount: 100, periodMs: 60_000 },
          { kind: 'machines', amount: 4, periodMs: 60_000 },
        ],
        select: 'max',
      },
      scaleDown: {
        stabilizationWindowMs: 300_000,
        tolerance: 0.1,
        cooldownMs: 300_000,
        limits: [{ kind: 'machines', amount: 1, periodMs: 60_000 }],
        select: 'min',
      },
    });
  });

  it('has flat names for the environment', () => {
    const { behavior, backoff } = policy('', {
      FAS_SCALE_UP_STABILIZATION_WINDOW: '30s',
      FAS_SCALE_DOWN_COOLDOWN: '10m',
      FAS_SCALE_UP_STEP_SIZE: '4',
      FAS_SCALE_DOWN_STEP_SIZE: '1',
      FAS_SCALE_DOWN_STEP_INTERVAL: '2m',
      FAS_SCALE_BACKOFF_VALUE: 'queue_depth > 1000 ? 1 : 0',
    });
    expect(behavior.scaleUp.stabilizationWindowMs).toBe(30_000);
    // Half of the interval stands in for its period.
    expect(behavior.scaleUp.limits).toEqual([{ kind: 'machines', amount: 4, periodMs: 7500 }]);
    expect(behavior.scaleDown.stabilizationWindowMs).toBe(600_000);
    expect(behavior.scaleDown.cooldownMs).toBe(0);
    expect(behavior.scaleDown.limits).toEqual([{ kind: 'machines', amount: 1, periodMs: 120_000 }]);
    expect(backoff?.run(new Map([['queue_depth', 1001]]))).toBe(1);
  });

  it.each<[string, string, Record<string, string>, string]>([
    [
      'two names of one window',
      '',
      { FAS_SCALE_DOWN_COOLDOWN: '5m', FAS_SCALE_DOWN_STABILIZATION_WINDOW: '5m' },
      `FAS_SCALE_DOWN_COOLDOWN: scale-down-cooldown: says the same as scale-down-stabilization-window, which is given too
    hint: remove one of scale-down-stabilization-window and scale-down-cooldown`,
    ],
    [
      'a window here and there',
      'behavior: { scale-down: { stabilization-window: 5m } }\nscale-down-cooldown: 5m\n',
      {},
      `c.yml:10:22: scale-down-cooldown: says the same as behavior.scale-down.stabilization-window, which is given too
    hint: remove one of behavior.scale-down.stabilization-window and scale-down-cooldown`,
    ],
    [
      'a cooldown that is over before the next pass',
      'interval: 1m\nbehavior:\n  scale-down:\n    cooldown: 30s\n',
      {},
      `c.yml:12:15: behavior.scale-down.cooldown: is shorter than the interval, so it never waits for anything
    hint: make it at least as long as interval, or 0s`,
    ],
    [
      'limits here and there',
      'behavior: { scale-up: { limits: [{ machines: 1, period: 1m }] } }\n',
      { FAS_SCALE_UP_STEP_SIZE: '3' },
      `FAS_SCALE_UP_STEP_SIZE: scale-up-step-size: cannot be given together with behavior.scale-up.limits
    hint: write it as one of the limits, or remove them`,
    ],
    [
      'a limit of both kinds',
      'behavior:\n  scale-up:\n    limits:\n      - { machines: 1, percent: 5, period: 1m }\n',
      {},
      'c.yml:12:9: behavior.scale-up.limits[0]: must have either machines or percent',
    ],
    [
      'a limit without a period',
      'behavior:\n  scale-up:\n    limits:\n      - machines: 1\n',
      {},
      'c.yml:12:9: behavior.scale-up.limits[0].period: is required',
    ],
    [
      'a key that nobody knows',
      'behavior:\n  scale-down:\n    stabilisation-window: 5m\n',
      {},
      `c.yml:11:5: behavior.scale-down.stabilisation-window: unknown key
    hint: did you mean stabilization-window?`,
    ],
    [
      'a word that is no choice',
      'behavior: { scale-down: { select: most } }\n',
      {},
      'c.yml:9:35: behavior.scale-down.select: must be one of max, min, disabled, got "most"',
    ],
    [
      'a back-off that reads what nobody gives',
      'scale-backoff-value: pressure\n',
      {},
      'c.yml:9:22: scale-backoff-value: unknown name pressure',
    ],
  ])('refuses %s', (_name, text, env, expected) => {
    expect(problems(text, env)).toContain(expected);
  });

  it('warns of an interval without a size', () => {
    const { warnings } = load('scale-down-step-interval: 1m\n');
    expect(warnings.map(({ message }) => message)).toEqual([
      'has no effect without scale-down-step-size',
    ]);
  });

  it('has no name for the environment where it is a map', () => {
    const { warnings } = load('', { FAS_BEHAVIOR: '{}' });
    expect(formatProblems(warnings)).toContain('FAS_BEHAVIOR: unknown setting, ignored');
  });
});

describe('missing data', () => {
  it('is read per metric and direction', () => {
    const { missing } = policy(`
missing-data:
  queue_depth: { scale-up: { assume: 100 }, scale-down: { for: 3m, fallback: 6, use: higher } }
  "*": { scale-up: hold, scale-down: { for: 1m, use: current } }
`);
    expect(missing).toEqual({
      queue_depth: {
        scaleUp: { kind: 'assume', value: 100 },
        scaleDown: { kind: 'fallback', afterMs: 180_000, use: 'higher', count: 6 },
      },
      '*': {
        scaleUp: { kind: 'hold' },
        scaleDown: { kind: 'fallback', afterMs: 60_000, use: 'current', count: 0 },
      },
    });
  });

  it.each([
    [
      '{ queue_dept: { scale-up: hold } }',
      'missing-data.queue_dept: no collector gives a metric of that name\n    hint: did you mean queue_depth?',
    ],
    [
      '{ queue_depth: { scale-up: { assume: 1, for: 3m } } }',
      'missing-data.queue_depth.scale-up: assume stands alone',
    ],
    [
      '{ queue_depth: { scale-up: {} } }',
      'missing-data.queue_depth.scale-up: must have either assume or for',
    ],
    [
      '{ queue_depth: { scale-up: { for: 3m } } }',
      'missing-data.queue_depth.scale-up: must have a fallback count, or use: current',
    ],
    [
      '{ queue_depth: { scale-up: { for: 3m, use: current, fallback: 3 } } }',
      'missing-data.queue_depth.scale-up: the current count needs no fallback',
    ],
    [
      '{ queue_depth: { scale-up: { for: 3x, fallback: 3 } } }',
      'missing-data.queue_depth.scale-up.for: not a duration such as 15s or 1m30s',
    ],
    [
      '{ queue_depth: { scale-up: { fall-back: 3 } } }',
      'missing-data.queue_depth.scale-up.fall-back: unknown key\n    hint: did you mean fallback?',
    ],
    ['{ queue_depth: { scale-down: held } }', 'missing-data.queue_depth.scale-down: must be'],
  ])('refuses %s', (text, expected) => {
    expect(problems(`missing-data: ${text}\n`)).toContain(expected);
  });
});

describe('schedules', () => {
  it('are read with their time zone', () => {
    const { schedules } = policy(`
schedules:
  - { cron: "0 8 * * 1-5", duration: 10h, time-zone: Europe/Berlin, min-created: 5, max-started: 9 }
  - { cron: "0 22 * * *", duration: 8h, freeze: in }
`);
    const [work, night] = schedules;
    expect(work?.created).toEqual({ min: 5, max: null });
    expect(work?.started).toEqual({ min: null, max: 9 });
    expect(work?.when.text).toBe('0 8 * * 1-5 for 10h, Europe/Berlin');
    expect(work?.when.stateAt(Date.parse('2026-06-01T06:00:00Z')).isOpen).toBe(true);
    expect(work?.when.stateAt(Date.parse('2026-06-01T05:59:59Z')).isOpen).toBe(false);
    expect(night?.freeze).toBe('in');
  });

  it.each([
    [
      '{ cron: "0 8 * *", duration: 1h, freeze: in }',
      'c.yml:10:13: schedules[0].cron: must have five fields',
    ],
    [
      '{ cron: "0 8 * * *", duration: 9000h, freeze: in }',
      'schedules[0].duration: must be at most 8784h',
    ],
    [
      '{ cron: "0 8 * * *", duration: 1h, time-zone: Berlin, freeze: in }',
      'schedules[0].time-zone: "Berlin" is no time zone such as Europe/Berlin',
    ],
    [
      '{ cron: "0 8 * * *", duration: 1h }',
      'schedules[0]: says nothing: it needs min-created, max-created, min-started, max-started or freeze',
    ],
    [
      '{ cron: "0 8 * * *", duration: 1h, min-created: 5, max-created: 3 }',
      'schedules[0].min-created: is above max-created, which is 3',
    ],
    [
      '{ cron: "0 8 * * *", duration: 1h, min-created: 5000 }',
      'schedules[0].min-created: is above max-machines-per-app, which is 1000',
    ],
    [
      '{ cron: "0 8 * * *", duration: 1h, min-started: 5000 }',
      'c.yml:10:53: schedules[0].min-started: is above max-machines-per-app, which is 1000',
    ],
    ['{ duration: 1h, freeze: all }', 'schedules[0].cron: is required'],
  ])('refuse %s', (text, expected) => {
    expect(problems(`schedules:\n  - ${text}\n`)).toContain(expected);
  });

  it('refuse a bound of a count that is left alone', () => {
    const result = loadConfig({
      env: { FAS_API_TOKEN: 'fm2_secret' },
      file: {
        path: 'c.yml',
        text: `${BASE.replace(/^started.*\n/m, '')}schedules: [{ cron: "0 8 * * *", duration: 1h, min-started: 3 }]\n`,
      },
      collectors: collectorDefinitions,
      purpose: 'serve',
    });
    expect(result.ok ? '' : formatProblems(result.problems)).toContain(
      'schedules[0].min-started: needs started-machine-count: without it that count is left alone',
    );
  });

  const ceiling = '{ cron: "0 22 * * *", duration: 10h, max-created: 3 }';

  it('warn of a floor above a ceiling while both are open', () => {
    const { warnings } = load(
      `schedules:\n  - ${ceiling}\n  - { cron: "0 7 1 9 *", duration: 1h, min-created: 5 }\n`,
    );
    expect(formatProblems(warnings)).toBe(
      `c.yml:11:53: schedules[1].min-created: the floor 5 is above the ceiling 3 of "0 22 * * * for 10h, UTC" while both are open, the next time at 2026-09-01T07:00:00.000Z; the floor wins
    hint: let the windows not overlap, or lower the floor`,
    );
  });

  it('warn of windows of every few minutes that the clocks bring together months ahead', () => {
    const { warnings } = load(`schedules:
  - { cron: "0-59/4 * * * *", duration: 1m, min-created: 6 }
  - { cron: "0-59/4 * * * *", duration: 1m, max-created: 4, time-zone: Australia/Lord_Howe }
`);
    expect(formatProblems(warnings)).toContain('the next time at 2026-10-03T15:32:00.000Z');
  });

  it.each([
    ['that do not meet', '{ cron: "0 9 * * *", duration: 1h, min-created: 5 }'],
    ['that do not contradict each other', '{ cron: "0 7 * * *", duration: 1h, min-created: 3 }'],
    ['that meet in a leap year to come', '{ cron: "0 7 29 2 *", duration: 1h, min-created: 5 }'],
  ])('say nothing of windows %s', (_name, text) => {
    expect(load(`schedules:\n  - ${ceiling}\n  - ${text}\n`).warnings).toEqual([]);
  });
});

describe('removal budgets', () => {
  it('are read', () => {
    const { budgets } = policy(`
removal-budgets:
  - { percent: 10, period: 1h }
  - { machines: 0, cron: "0 9 * * 1-5", duration: 8h, time-zone: Europe/Berlin }
`);
    expect(budgets.map(({ when, ...rest }) => ({ ...rest, when: when?.text ?? null }))).toEqual([
      { kind: 'percent', amount: 10, periodMs: 3_600_000, when: null },
      { kind: 'machines', amount: 0, periodMs: 0, when: '0 9 * * 1-5 for 8h, Europe/Berlin' },
    ]);
  });

  it.each([
    ['{ machines: 1 }', 'removal-budgets[0]: must have a period'],
    ['{ period: 1h }', 'removal-budgets[0]: must have either machines or percent'],
    [
      '{ machines: 0, cron: "0 9 * * *" }',
      'removal-budgets[0]: must have both cron and duration, or neither',
    ],
  ])('refuse %s', (text, expected) => {
    expect(problems(`removal-budgets:\n  - ${text}\n`)).toContain(expected);
  });
});
