import { describe, expect, it } from 'vitest';
import type { AppView } from '../seams/views.js';
import { renderApp, renderFrame, type FrameApp } from './frame.js';
import type { Happening } from './happening.js';

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

const GROWING: Happening = {
  text: 'growing to 9: created 4',
  tone: 'good',
  isDeed: true,
  freeAtMs: null,
  details: ['scale up: created 5 to 9'],
};

const AT_TARGET: Partial<Happening> = { text: 'at target', tone: 'faint', isDeed: false };

function an(view: AppView, happening: Partial<Happening> = {}): FrameApp {
  return { view, happening: { ...GROWING, ...happening } };
}

function inputOf(columns: number, rows: number) {
  return {
    nowMs: NOW_MS,
    heading: ['fly-autoscaler demo', 'metrics at http://127.0.0.1:9090/metrics'],
    footing: 'Ctrl-C ends it.',
    size: { columns, rows },
  };
}

const plain = (_: unknown, text: string): string => text;

function frame(
  apps: readonly (AppView | FrameApp)[],
  columns = 80,
  rows = 24,
  selected: number | null = null,
): string[] {
  const all = apps.map((each) => ('view' in each ? each : an(each)));
  const input = { ...inputOf(columns, rows), apps: all, emptyText: 'Looking …', selected };
  return renderFrame(input, plain);
}

const MANY = Array.from({ length: 30 }, (_, n) => aView(n + 1));

describe('frame', () => {
  it('shows app, metric, machines, target and what is happening in 80 columns', () => {
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
    });
    const held = 'shrinking to 100: a deploy is running';
    const lines = frame([
      aView(1),
      an(crowded, { text: held, tone: 'faint', isDeed: false, freeAtMs: NOW_MS + 12_000 }),
      an(aView(3, { lastAction: null, createdTarget: null }), AT_TARGET),
      an(aView(4), AT_TARGET),
    ]);
    expect(lines).toMatchInlineSnapshot(`
      [
        "fly-autoscaler demo",
        "metrics at http://127.0.0.1:9090/metrics",
        "",
        "APP        METRIC  RUN/ALL       TARGET  WHAT IS HAPPENING",
        "my-app-01      42      3/5            9  growing to 9: created 4 (3s ago)",
        "my-app-02  conne…  120/130  100/125-140  shrinking to 100: a deploy is running,…",
        "my-app-03      42      3/5            -  at target",
        "my-app-04      42      3/5            9  at target; created 4 3s ago",
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

  it('says that it looks for apps as long as there are none', () => {
    expect(frame([]).at(-1)).toBe('Looking …');
    expect(frame([]).join('')).not.toContain('RUN/ALL');
  });

  it('keeps the selected row among those that are shown, and marks it', () => {
    for (const selected of [0, 5, 16, 17, 29]) {
      const lines = frame(MANY, 80, 24, selected);
      expect(lines).toHaveLength(24);
      const name = `my-app-${String(selected + 1).padStart(2, '0')}`;
      expect(lines.filter((line) => line.startsWith('> '))).toEqual([
        expect.stringContaining(`> ${name}`),
      ]);
    }
  });

  it('shows an app whose machines could not be read', () => {
    const unread = aView(1, { created: null, started: null, metrics: [], createdTarget: null });
    expect(frame([unread])[4]).toMatch(/^my-app-01 +- +- +- /);
  });
});

describe('an app in full', () => {
  const details = ['capped: 8 removals wanted, at most 5 in a pass', 'scale down: created 9 to 4'];

  it('shows what the row has no room for', () => {
    const app = an(aView(1), { details });
    expect(renderApp(app, inputOf(50, 24), plain)).toMatchInlineSnapshot(`
      [
        "fly-autoscaler demo",
        "metrics at http://127.0.0.1:9090/metrics",
        "",
        "my-app-01",
        "Now          growing to 9: created 4 (3s ago)",
        "Metrics      connections=42",
        "Machines     3 started, 2 stopped",
        "Run/all      3/5",
        "Target       9",
        "Last action  created 4 (3s ago): created 5 to 9",
        "Reasons      capped: 8 removals wanted, at most 5",
        "             in a pass",
        "             scale down: created 9 to 4",
        "",
        "Ctrl-C ends it.",
      ]
    `);
  });

  it('leaves out what is around it where there is hardly any room', () => {
    const lines = renderApp(an(aView(1), { details }), inputOf(80, 5), plain);
    expect(lines.slice(0, 3)).toEqual([
      'my-app-01',
      'Now          growing to 9: created 4 (3s ago)',
      'Metrics      connections=42',
    ]);
  });

  it.each([
    [20, 24],
    [80, 5],
    [80, 1],
  ])('fits into %i columns and %i rows', (columns, rows) => {
    const lines = renderApp(an(aView(1), { details }), inputOf(columns, rows), plain);
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  });
});
