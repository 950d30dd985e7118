import { describe, expect, it } from 'vitest';
import type { AppView } from '../views.js';
import { renderFrame } from './frame.js';

const NOW_MS = 1_000_000;

function aView(n: number, overrides: Partial<AppView> = {}): AppView {
  return {
    app: `my-app-${String(n).padStart(2, '0')}`,
    metrics: [['connections', 42]],
    created: 5,
    started: 3,
    createdTarget: { min: 9, max: 9 },
    startedTarget: null,
    machinesByState: { started: 3, stopped: 2 },
    lastAction: { text: 'created 4', atMs: NOW_MS - 3000, why: 'created 5 to 9' },
    state: 'at target: 9 created',
    level: 'quiet',
    ...overrides,
  };
}

function frame(views: readonly AppView[], columns = 80, rows = 24): string[] {
  const heading = ['fly-autoscaler demo', 'metrics at http://127.0.0.1:9090/metrics'];
  const input = {
    views,
    nowMs: NOW_MS,
    heading,
    footing: 'Ctrl-C ends it.',
    size: { columns, rows },
  };
  return renderFrame(input, (_, text) => text);
}

const MANY = Array.from({ length: 30 }, (_, n) => aView(n + 1));

describe('frame', () => {
  it('shows app, metric, machines, target, last action and why in 80 columns', () => {
    const crowded = aView(2, {
      metrics: [
        ['connections', 12_345.678],
        ['lag', 'NaN'],
      ],
      started: 120,
      created: 130,
      createdTarget: { min: 125, max: 140 },
      startedTarget: { min: 100, max: 100 },
      lastAction: { text: 'created 4, started 10', atMs: NOW_MS - 7_200_000, why: '' },
      state: 'release v17 is running for 12m30s, nothing is done until it ends',
      level: 'warn',
    });
    const lines = frame([aView(1), crowded, aView(3, { lastAction: null, createdTarget: null })]);
    expect(lines).toMatchInlineSnapshot(`
      [
        "fly-autoscaler demo",
        "metrics at http://127.0.0.1:9090/metrics",
        "",
        "APP          METRIC  RUN/ALL       TARGET  LAST ACTION      WHY",
        "my-app-01        42      3/5            9  created 4 (3s)   created 5 to 9",
        "my-app-02  connect…  120/130  100/125-140  created 4, sta…  release v17 is runn…",
        "my-app-03        42      3/5            -  -                at target: 9 created",
        "",
        "Ctrl-C ends it.",
      ]
    `);
    expect(Math.max(...lines.map((line) => line.length))).toBe(80);
  });

  it.each([20, 40, 79, 80, 81, 132, 300])('is never wider than %i columns', (columns) => {
    for (const line of frame(MANY, columns)) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it.each([1, 2, 5, 8, 9, 10, 24, 25, 60])('is never higher than %i rows', (rows) => {
    expect(frame(MANY, 80, rows).length).toBeLessThanOrEqual(rows);
  });

  it('says how many apps do not fit', () => {
    const lines = frame(MANY, 80, 24);
    expect(lines).toHaveLength(24);
    expect(lines.at(-3)).toBe('… and 13 more');
    expect(lines.filter((line) => line.startsWith('my-app'))).toHaveLength(17);
    expect(frame(MANY.slice(0, 18), 80, 24).some((line) => line.startsWith('…'))).toBe(false);
  });

  it('shows what holds an app rather than its last action', () => {
    const held = aView(1, { state: 'no capacity in iad', level: 'warn' });
    expect(frame([held])[4]).toContain('no capacity in iad');
    expect(frame([aView(1)])[4]).toContain('created 5 to 9');
  });

  it('shows an app whose machines could not be read', () => {
    const unread = aView(1, { created: null, started: null, metrics: [], createdTarget: null });
    expect(frame([unread])[4]).toMatch(/^my-app-01 +- +- +- /);
  });
});
