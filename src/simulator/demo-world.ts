import type { Simulator } from './simulator.js';
import type { LoadShape } from './workloads.js';

export interface DemoOptions {
  /** How many matching apps (`my-app-1`, ...) there are from the start; default 12. */
  readonly apps?: number;
  /** The metric that all of them emit; default `connection_count`. */
  readonly metric?: string;
  /** Process groups of each app, with a machine each; default one, `app`. */
  readonly groups?: readonly string[];
  /** When the last-named further app appears; default 2 minutes of the world's time. */
  readonly appearsAfterMs?: number;
  /** When the app `my-app-leaving` disappears; default 4 minutes. */
  readonly disappearsAfterMs?: number;
}

const MINUTE_MS = 60_000;

/**
 * The organization of the demonstration: matching apps with different load shapes, two that no pattern `my-app-*` matches,
 * one that appears and one that disappears while it runs. The day is short: waves take ten minutes, so that a few minutes show much.
 */
export function demoWorld(simulator: Simulator, options: DemoOptions = {}): void {
  const { apps = 12, metric = 'connection_count', groups = ['app'] } = options;
  const { world } = simulator;
  const addApp = (name: string, machines: number, region?: string): void => {
    world.addApp(name, { machines: 0 });
    for (const group of groups)
      for (let i = 0; i < machines; i++)
        world.addMachine(name, { group, ...(region === undefined ? {} : { region }) });
  };
  for (let number = 1; number <= apps; number++) {
    const name = `my-app-${number}`;
    addApp(name, 1, regionOf(simulator, number));
    world.setLoad(name, metric, shapeOf(number));
  }
  for (const name of ['some-other-app', 'billing']) {
    addApp(name, 2);
    world.setLoad(name, metric, { kind: 'flat', level: 40 });
  }
  const leaving = 'my-app-leaving';
  addApp(leaving, 2);
  world.setLoad(leaving, metric, { kind: 'flat', level: 10 });
  world.at(options.disappearsAfterMs ?? 4 * MINUTE_MS, () => {
    if (world.apps.has(leaving)) world.removeApp(leaving);
  });
  world.at(options.appearsAfterMs ?? 2 * MINUTE_MS, () => {
    const name = 'my-app-new';
    if (world.apps.has(name)) return;
    addApp(name, 1);
    world.setLoad(name, metric, {
      kind: 'ramp',
      from: 0,
      to: 40,
      beginMs: simulator.elapsedMs(),
      lengthMs: 2 * MINUTE_MS,
    });
  });
}

function regionOf(simulator: Simulator, number: number): string {
  const { regions } = simulator.config;
  return regions[number % regions.length] ?? 'fra';
}

/** Shapes in turn; each app is shifted and sized by its number, so that no two do the same. */
function shapeOf(number: number): LoadShape {
  const shiftMs = number * 47_000;
  const size = 20 + ((number * 13) % 40);
  switch (number % 6) {
    case 0:
      return { kind: 'flat', level: 5 + size / 4, noise: 0.1 };
    case 1:
      return {
        kind: 'wave',
        low: 2,
        high: size + 20,
        periodMs: 10 * MINUTE_MS,
        shiftMs,
        noise: 0.05,
      };
    case 2:
      return {
        kind: 'spike',
        base: 6,
        peak: 2 * size,
        firstMs: MINUTE_MS / 2 + shiftMs / 4,
        everyMs: 5 * MINUTE_MS,
        lengthMs: MINUTE_MS,
      };
    case 3:
      return {
        kind: 'ramp',
        from: 3,
        to: size + 30,
        beginMs: shiftMs / 4,
        lengthMs: 6 * MINUTE_MS,
      };
    case 4:
      return {
        kind: 'on-off',
        on: size,
        off: 0,
        onMs: 1.5 * MINUTE_MS,
        offMs: 1.5 * MINUTE_MS,
        shiftMs,
      };
    default:
      return { kind: 'wave', low: 0, high: size, periodMs: 4 * MINUTE_MS, shiftMs };
  }
}
