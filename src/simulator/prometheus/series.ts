import type { SimApp, SimMachine } from '../model.js';
import { USUAL_WORK_MS, type MetricSource } from '../workloads.js';
import type { World } from '../world.js';

/** A time series as a function of time; times in milliseconds since the world began. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The newest sample at or before the time; null when there is none within the lookback. */
  readonly sampleAt: (tMs: number) => Point | null;
  /** Samples after the first time, up to and with the second. */
  readonly pointsIn: (fromMs: number, toMs: number) => readonly Point[];
}

export interface Point {
  readonly tMs: number;
  readonly value: number;
}

export interface Matcher {
  readonly label: string;
  readonly value: string;
  /** For equality with exactly this text, so that apps and names are looked up and not searched. */
  readonly isExact: boolean;
  readonly matches: (value: string) => boolean;
}

/** `fly_instance_up` and `fly_app_concurrency`: one series for each started machine. */
const BUILT_IN = ['fly_instance_up', 'fly_app_concurrency'] as const;

/** What `fly_app_concurrency` divides among the machines. */
const CONCURRENCY_SOURCE = 'connection_count';

/** All series of the organization that pass the matchers; `orgSlug` null means all organizations. */
export function selectSeries(
  world: World,
  orgSlug: string | null,
  matchers: readonly Matcher[],
): readonly Series[] {
  const exactApp = matchers.find(({ label, isExact }) => label === 'app' && isExact)?.value;
  const exactName = matchers.find(({ label, isExact }) => label === '__name__' && isExact)?.value;
  const single = exactApp === undefined ? undefined : world.apps.get(exactApp);
  const apps = exactApp === undefined ? world.apps.values() : single === undefined ? [] : [single];
  const appMatchers = matchers.filter(({ label }) => label === 'app');
  const found: Series[] = [];
  for (const app of apps) {
    if (orgSlug !== null && app.org.slug !== orgSlug) continue;
    if (!appMatchers.every((matcher) => matcher.matches(app.name))) continue;
    for (const series of seriesOf(world, app, exactName)) {
      const isSelected = matchers.every(({ label, matches }) =>
        matches(label === '__name__' ? series.name : (series.labels[label] ?? '')),
      );
      if (isSelected) found.push(series);
    }
  }
  return found;
}

/** All series of the app, or those of one name. */
export function seriesOf(world: World, app: SimApp, only?: string): readonly Series[] {
  const found: Series[] = [];
  for (const [name, source] of app.metrics) {
    if (only !== undefined && only !== name) continue;
    if (source.emitter === 'outside') {
      found.push(fromSource(world, name, source, outsideLabels(app, source)));
      continue;
    }
    for (const [machine, own] of splitOver(world, app, source)) {
      const labels = { ...machineLabels(machine), ...source.labels };
      found.push(fromSource(world, name, own, labels));
    }
  }
  for (const name of BUILT_IN) {
    if (only === undefined || only === name) found.push(...builtIn(world, app, name));
  }
  return found;
}

function builtIn(world: World, app: SimApp, name: (typeof BUILT_IN)[number]): readonly Series[] {
  const load = app.metrics.get(CONCURRENCY_SOURCE);
  const source: MetricSource = {
    emitter: 'machines',
    isScraped: true,
    labels: {},
    workMs: load?.workMs ?? USUAL_WORK_MS,
    endedAtMs: null,
    valueAt: (tMs) => (name === 'fly_instance_up' ? 1 : (load?.valueAt(tMs) ?? 0)),
  };
  const split: readonly (readonly [SimMachine, MetricSource])[] =
    name === 'fly_instance_up'
      ? startedMachines(app).map((machine) => [machine, source] as const)
      : splitOver(world, app, source);
  return split.map(([machine, own]) => fromSource(world, name, own, machineLabels(machine)));
}

/** What of the whole each started machine has. A pure function of time for the machines as they are now. */
function splitOver(
  world: World,
  app: SimApp,
  whole: MetricSource,
): readonly (readonly [SimMachine, MetricSource])[] {
  const started = startedMachines(app);
  const open = started.filter((machine) => !machine.isCordoned);
  const places = new Map(open.map((machine, index) => [machine, index]));
  return started.map((machine) => {
    const index = places.get(machine);
    const valueAt = (tMs: number): number | null => {
      const value = whole.valueAt(tMs);
      if (value === null) return null;
      if (index !== undefined) return shareOf(value, index, open.length);
      return leftOver(world, machine, whole, open.length + 1, tMs);
    };
    return [machine, { ...whole, valueAt }] as const;
  });
}

/** A cordoned machine had its share of the whole, which goes down to nothing in a straight line. */
function leftOver(
  world: World,
  { cordonedAtMs }: SimMachine,
  whole: MetricSource,
  parts: number,
  tMs: number,
): number {
  if (cordonedAtMs === null) return 0;
  const cordonedMs = cordonedAtMs - world.engine.startMs;
  const left = Math.min(1, 1 - (tMs - cordonedMs) / whole.workMs);
  if (left <= 0) return 0;
  const had = whole.valueAt(Math.max(0, Math.min(tMs, cordonedMs))) ?? 0;
  return Math.ceil((had / parts) * left);
}

function startedMachines(app: SimApp): readonly SimMachine[] {
  return [...app.machines.values()].filter(
    (machine) => machine.state === 'started' && machine.host.status === 'ok',
  );
}

/** Whole shares that add up to the whole. */
function shareOf(value: number, index: number, parts: number): number {
  if (!Number.isInteger(value)) return value / parts;
  const base = Math.floor(value / parts);
  return base + (index < value - base * parts ? 1 : 0);
}

function machineLabels(machine: SimMachine): Record<string, string> {
  return {
    app: machine.app.name,
    instance: machine.id,
    region: machine.region,
    host: machine.host.id,
  };
}

function outsideLabels(app: SimApp, source: MetricSource): Record<string, string> {
  const place = { instance: app.id.slice(0, 14), region: 'fra', host: app.id.slice(-4) };
  return { app: app.name, ...place, ...source.labels };
}

function fromSource(
  world: World,
  name: string,
  source: MetricSource,
  labels: Readonly<Record<string, string>>,
): Series {
  const { scrapeIntervalMs, lookbackMs } = world.engine.config.prometheus;
  const timeOf = (tMs: number): number => {
    const untilMs = Math.min(tMs, source.endedAtMs ?? tMs);
    return source.isScraped ? Math.floor(untilMs / scrapeIntervalMs) * scrapeIntervalMs : untilMs;
  };
  const pointAt = (tMs: number): Point | null => {
    const value = source.valueAt(Math.max(0, tMs));
    return value === null || (tMs < 0 && !source.isScraped) ? null : { tMs, value };
  };
  return {
    name,
    labels,
    sampleAt(tMs) {
      const sampleMs = timeOf(tMs);
      return tMs - sampleMs > lookbackMs ? null : pointAt(sampleMs);
    },
    pointsIn(fromMs, toMs) {
      const points: Point[] = [];
      for (let tMs = timeOf(toMs); tMs > fromMs; tMs -= scrapeIntervalMs) {
        const point = pointAt(tMs);
        if (point !== null) points.unshift(point);
      }
      return points;
    },
  };
}
