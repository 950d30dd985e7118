/** A fleet of one size at rest, from start to a steady state. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  startAutoscaler,
  startFly,
  until,
  type Autoscaler,
  type FlyProcess,
  type Report,
} from './processes.js';

/** As the image starts it. */
export const FLAGS = ['--max-semi-space-size=1', '--heap-growing-percent=25', '--v8-pool-size=1'];
const SETTLE_MS = 10_000;

export interface Window {
  readonly requests: Report['requests'];
  readonly reactionsMs: readonly number[];
  readonly unanswered: number;
  readonly seconds: number;
  readonly mCpu: number;
  readonly residentMb: number;
}

export interface Started {
  readonly fly: FlyProcess;
  readonly scaler: Autoscaler;
  readonly firstPassSeconds: number;
  end(): Promise<void>;
}

/** Until every app was decided once and the organization's list was heard whole. */
export async function startFleet(
  apps: number,
  interval: string,
  dataDir: string | null,
): Promise<Started> {
  const fly = await startFly(apps);
  const env: Readonly<Record<string, string>> = dataDir === null ? {} : { FAS_DATA_DIR: dataDir };
  const scaler = await startAutoscaler(fly, { FAS_INTERVAL: interval, ...env }, FLAGS);
  const passes = async (): Promise<number> =>
    (await scaler.metric('fas_pass_duration_seconds_count')) ?? 0;
  await until('a pass over each app', async () => (await passes()) >= apps);
  const firstPassSeconds = (performance.now() - scaler.startedAtMs) / 1000;
  const heard = async (): Promise<boolean> =>
    (await scaler.metric('fas_machine_list_age_seconds')) !== null;
  await until('the machine list', heard);
  await sleep(SETTLE_MS);
  return {
    fly,
    scaler,
    firstPassSeconds,
    async end() {
      await scaler.end();
      await fly.end();
    },
  };
}

export async function watch({ fly, scaler }: Started, forMs: number): Promise<Window> {
  fly.order({ kind: 'reset' });
  const before = await scaler.usage();
  await sleep(forMs);
  const after = await scaler.usage();
  const residentMb = await scaler.residentMb();
  const { requests, reactionsMs, unanswered } = await fly.report();
  const spanMs = after.atMs - before.atMs;
  const mCpu = ((after.cpuMs - before.cpuMs) / spanMs) * 1000;
  return { requests, reactionsMs, unanswered, seconds: spanMs / 1000, mCpu, residentMb };
}

/** Apps change one after another, at random moments. */
export async function watchChurn(
  started: Started,
  changesPerSecond: number,
  forMs: number,
  answerWithinMs: number,
): Promise<Window> {
  const watching = watch(started, forMs + answerWithinMs);
  started.fly.order({ kind: 'churn', changesPerSecond, forMs });
  return watching;
}

/** Requests of one kind or more, for each 15 s. */
export function perTick({ requests, seconds }: Window, ...kinds: readonly string[]): number {
  const sum = kinds.reduce((total, kind) => total + (requests[kind] ?? 0), 0);
  return (sum * 15) / seconds;
}
