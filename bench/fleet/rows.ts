/** The figures of large fleets, one scenario after another. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rounded, type Row } from '../figures.js';
import { growthPlot, type Growth } from './plot.js';
import { perTick, startFleet, watch, watchChurn, type Window } from './quiet.js';

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

/** Fleets that were measured at rest. */
const growth: Growth[] = [];

function noteGrowth(apps: number, quiet: Window): void {
  const requests = perTick(quiet, ...STEADY);
  growth.push({ apps, requests, mCpu: quiet.mCpu, residentMb: quiet.residentMb });
}

/** 10,000 apps every 15 s: at rest, and with a hundred that change in each interval. */
export async function slowRows(apps: number): Promise<Row[]> {
  const started = await startFleet(apps, '15s');
  try {
    const quiet = await watch(started, 45_000);
    noteGrowth(apps, quiet);
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
      ['the same: CPU', cpu(busy)],
    ];
  } finally {
    await started.end();
  }
}

/** A fleet whose state and record are in a file: at rest, and with a hundred apps that change every 15 seconds. */
async function watchStored(
  apps: number,
  interval: string,
  answerWithinMs: number,
): Promise<{
  readonly firstPassSeconds: number;
  readonly quiet: Window;
  readonly busy: Window;
  readonly fileBytes: number;
}> {
  const dir = await mkdtemp(path.join(tmpdir(), 'fas-bench-'));
  const started = await startFleet(apps, interval, { FAS_DATA_DIR: dir });
  try {
    const quiet = await watch(started, 45_000);
    const busy = await watchChurn(started, CHANGES_PER_SECOND, 60_000, answerWithinMs);
    const { size: fileBytes } = await stat(path.join(dir, 'fly-autoscaler.db'));
    return { firstPassSeconds: started.firstPassSeconds, quiet, busy, fileBytes };
  } finally {
    await started.end();
    await rm(dir, { recursive: true });
  }
}

/** With `FAS_DATA_DIR`, every 15 s and every second. */
export async function storedRows(apps: number): Promise<Row[]> {
  const slow = await watchStored(apps, '15s', 20_000);
  const fast = await watchStored(apps, '1s', 10_000);
  const cost = (busy: Window): string => `${cpu(busy)}, ${rounded(busy.residentMb)} MB`;
  return [
    ['with FAS_DATA_DIR: first pass', `${rounded(slow.firstPassSeconds)} s`],
    [
      'the same, quiet: requests, CPU, resident memory',
      `${rounded(perTick(slow.quiet, ...STEADY))}, ${cost(slow.quiet)}`,
    ],
    ['the same, 100 apps change every 15 s: p50, p99 to the first action', reactions(slow.busy)],
    ['the same: CPU, resident memory', cost(slow.busy)],
    [
      'the same: size of the file after a decision of every app',
      `${rounded(slow.fileBytes / 1e6)} MB`,
    ],
    ['with FAS_DATA_DIR, interval 1 s, quiet: CPU', cpu(fast.quiet)],
    ['the same, 100 apps change every 15 s: p50, p99', reactions(fast.busy)],
    ['the same: CPU, resident memory', cost(fast.busy)],
  ];
}

/** The same every second, and whether the heap keeps its size. */
export async function fastRows(apps: number): Promise<Row[]> {
  const started = await startFleet(apps, '1s');
  try {
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
      ['the same: CPU (goal 150 mCPU)', cpu(busy)],
    ];
  } finally {
    await started.end();
  }
}

/** How it grows with the fleet, and the plot of it. */
export async function growthRows(sizes: readonly number[]): Promise<[Row[], string]> {
  for (const apps of sizes) {
    const started = await startFleet(apps, '15s');
    try {
      noteGrowth(apps, await watch(started, 45_000));
    } finally {
      await started.end();
    }
  }
  growth.sort((a, b) => a.apps - b.apps);
  const rows = growth.map(({ apps, requests, mCpu, residentMb }): Row => [
    `${apps} apps, quiet, 15 s: requests a tick, CPU, memory`,
    `${rounded(requests)}, ${rounded(mCpu)} mCPU, ${rounded(residentMb)} MB`,
  ]);
  return [rows, growthPlot(growth)];
}
