/** The built program loads what a source needs when a collector of its type is configured, and not before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/cli/adapters/clock.js';
import { createSimulator, startServer, type RunningServer } from '../../src/simulator/index.js';
import { collectorDefinitions } from '../../src/collectors/registry.js';
import { metricOf, SOURCE_TYPES, sourceEnv, startGreeter } from '../services/every-source.js';
import { freePort } from '../../src/testing/free-port.js';
import { startProgram } from './program.js';

const DRIVERS: Readonly<Record<string, string>> = {
  temporal: '@grpc/grpc-js',
  postgres: 'pg',
  mysql: 'mysql2',
  redis: 'ioredis',
  nats: '@nats-io/transport-node',
  rabbitmq: 'amqplib',
  'keda-external': '@grpc/grpc-js',
};

let fly: RunningServer;
let greeter: Awaited<ReturnType<typeof startGreeter>>;

beforeAll(async () => {
  const simulator = createSimulator({ clock: systemClock(), seed: 7 });
  simulator.world.addApp('my-app-1', { machines: 1 });
  fly = await startServer(simulator);
  greeter = await startGreeter();
});
afterAll(async () => {
  greeter.close();
  await fly.close();
});

/** Drivers that are loaded once every source has been asked. */
async function driversWith(types: readonly string[]): Promise<ReadonlySet<string>> {
  const port = await freePort();
  const program = startProgram(['serve'], {
    NODE_OPTIONS: `--import ${new URL('../services/package-log.mjs', import.meta.url).href}`,
    FAS_ORG: 'my-org',
    FAS_APP_NAME: 'my-app-1',
    FAS_API_TOKEN: 'FlyV1 fm2_test',
    FAS_LISTEN: `127.0.0.1:${port}`,
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
    ...sourceEnv(types, greeter.port),
  });
  const text = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  try {
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, { timeout: 60_000 })
      .toBe(true);
    // A schedule has no server that could be away.
    for (const type of types.filter((each) => each !== 'schedule')) {
      await expect
        .poll(() => text('/metrics'), { timeout: 60_000 })
        .toContain(`fas_source_state{metric="${metricOf(type)}",type="${type}",state="failing"}`);
    }
  } finally {
    program.signal('SIGKILL');
    await program.ended;
  }
  const loaded = program.stderr().matchAll(/^package (\S+)$/gm);
  const drivers = new Set(Object.values(DRIVERS));
  return new Set([...loaded].map(([, name = '']) => name).filter((name) => drivers.has(name)));
}

it('knows every type', () => {
  expect([...SOURCE_TYPES].sort()).toEqual(collectorDefinitions.map(({ type }) => type).sort());
});

describe('drivers', () => {
  it('none without a collector', async () => {
    expect(await driversWith([])).toEqual(new Set());
  });

  it.each(SOURCE_TYPES)('of %s alone', async (type) => {
    const driver = DRIVERS[type];
    expect(await driversWith([type])).toEqual(new Set(driver === undefined ? [] : [driver]));
  });
});
