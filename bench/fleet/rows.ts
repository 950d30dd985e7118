/** The figures of large fleets, one scenario after another. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rounded, type Row } from '../figures.js';
import { DATA_FILE } from '../../src/cli/data.js';
import { keptIn, type Kept } from './kept.js';
import { growthPlot, type Growth } from './plot.js';
import { perTick, startFleet, watch, watchChurn, type Started, type Window } from './quiet.js';

const CHANGES_PER_SECOND = 100 / 15;
const MACHINE_REFRESH_SECONDS = 1800;

/** Reads of the machine list, the app list and the metrics; the rotation is stated apart. */
const STEADY = ['source', 'list-org-machines', 'list-apps'] as const;

function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function reactions({ reactionsMs, unanswered }: Window): string {
  const [p50, p99] = [share(reactionsMs, 0.5), share(reactionsMs, 0.99)];
  const open = unanswered === 0 ? '' : `, ${unanswered} not answered`;
  return `${rounded(p50 / 1000)} s, ${rounded(p99 / 1000)} s (${reactionsMs.length} changes${open})`;
}

const cpu = ({ mCpu }: Window): string => `${rounded(mCpu)} mCPU`;

const cost = (window: Window): string => `${cpu(window)}, ${rounded(window.residentMb)} MB`;

/** Fleets that were measured at rest. */
const growth: Readonly<Record<Kept, Growth[]>> = { memory: [], file: [] };

function noteGrowth(kept: Kept, apps: number, quiet: Window): void {
  const requests = perTick(quiet, ...STEADY);
  growth[kept].push({ apps, requests, mCpu: quiet.mCpu, residentMb: quiet.residentMb });
}

/** Starts a fleet, and ends it when it was measured. */
function withFleet<T>(
  kept: Kept,
  apps: number,
  interval: string,
  measure: (started: Started, dataDir: string | null) => Promise<T>,
): Promise<T> {
  return keptIn(kept, async (dataDir) => {
    const started = await startFleet(apps, interval, dataDir);
    try {
      return await measure(started, dataDir);
    } finally {
      await started.end();
    }
  });
}

/** 10,000 apps every 15 s: at rest, and with a hundred that change in each interval. */
export function slowRows(kept: Kept, apps: number): Promise<Row[]> {
  return withFleet(kept, apps, '15s', async (started, dataDir) => {
    const quiet = await watch(started, 45_000);
    noteGrowth(kept, apps, quiet);
    const busy = await watchChurn(started, CHANGES_PER_SECOND, 60_000, 20_000);
    const rotation = (apps / MACHINE_REFRESH_SECONDS) * 15;
    return [
      [
        `first pass over ${apps} apps after start (goal 45 s)`,
        `${rounded(started.firstPassSeconds)} s`,
      ],
      [
        'quiet tick of 15 s: requests, discovery included (goal 5)',
        rounded(perTick(quiet, ...STEADY)),
      ],
      [
        'the same: rotation through the own lists of all apps',
        `${rounded(perTick(quiet, 'list-machines'))} (${rounded(rotation)} at the set pace)`,
      ],
      ['the same: CPU (goal 50 mCPU)', cpu(quiet)],
      ['the same: resident memory (goal 160 MB)', `${rounded(quiet.residentMb)} MB`],
      [
        '100 apps change every 15 s: p50, p99 to the first action (goal 8 s, 16 s)',
        reactions(busy),
      ],
      ['the same: CPU, resident memory', cost(busy)],
      ...(dataDir === null ? [] : [await fileRow(dataDir)]),
    ];
  });
}

async function fileRow(dataDir: string): Promise<Row> {
  const { size } = await stat(path.join(dataDir, DATA_FILE));
  return ['size of the file after a decision of every app', `${rounded(size / 1e6)} MB`];
}

/** The same every second, and whether the heap keeps its size. */
export function fastRows(kept: Kept, apps: number): Promise<Row[]> {
  return withFleet(kept, apps, '1s', async (started) => {
    await sleep(25_000);
    const early = await started.scaler.heapMb();
    const quiet = await watch(started, 90_000);
    const busy = await watchChurn(started, CHANGES_PER_SECOND, 60_000, 10_000);
    await sleep(80_000);
    const late = await started.scaler.heapMb();
    return [
      ['interval 1 s, quiet: CPU', cpu(quiet)],
      [
        'heap after a collection, at about tick 60 and tick 300 (goal: within 5 %)',
        `${rounded(early)} MB, ${rounded(late)} MB`,
      ],
      ['interval 1 s, 100 apps change every 15 s: p50, p99 (goal 1 s, 2 s)', reactions(busy)],
      ['the same: CPU (goal 150 mCPU), resident memory', cost(busy)],
    ];
  });
}

/** How it grows with the fleet: of these sizes, and those that were measured before. */
export async function growthRows(kept: Kept, sizes: readonly number[]): Promise<Row[]> {
  for (const apps of sizes) {
    const quiet = await withFleet(kept, apps, '15s', (started) => watch(started, 45_000));
    noteGrowth(kept, apps, quiet);
  }
  growth[kept].sort((a, b) => a.apps - b.apps);
  return growth[kept].map(({ apps, requests, mCpu, residentMb }): Row => [
    `${apps} apps, quiet, 15 s: requests a tick, CPU, memory`,
    `${rounded(requests)}, ${rounded(mCpu)} mCPU, ${rounded(residentMb)} MB`,
  ]);
}

/** Of what was measured in memory. */
export function drawGrowth(): string {
  return growthPlot(growth.memory);
}
