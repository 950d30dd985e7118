/** What every metric source must do, whatever it reads. A new source runs this suite beside its own tests. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../seams/clock.js';
import type { Sample } from '../core/model/sample.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import type { Collector } from '../seams/collector.js';

/** A server that the suite can steer. */
export interface SteeredServer {
  /** Listens, on the same port each time. */
  start(): Promise<void>;
  /** Stops listening and breaks every connection. Safe to call when stopped. */
  stop(): Promise<void>;
  /** What it answers by app; an app that is not there has no value. */
  values: ReadonlyMap<string, number>;
  /** `silent`: takes requests and never answers. `slow`: answers when it is in another mood. */
  mood: 'answering' | 'silent' | 'slow' | 'refusing credentials';
  /** Requests received so far. */
  readonly roundTrips: number;
  readonly openConnections: number;
}

export interface CollectorContract {
  /** A server that does not listen yet. */
  server(): Promise<SteeredServer>;
  /** A collector that asks for each app, with `CONTRACT_SECRET` as its credential. */
  collector(options: {
    readonly server: SteeredServer;
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly defaultValue?: number;
  }): Collector;
  /** Requests that 500 apps may cost. */
  readonly roundTripsFor500Apps: number;
}

export const CONTRACT_SECRET = 'contract-secret-0123456789';

const TIMEOUT_MS = 30_000;

export function describeCollectorContract(type: string, contract: CollectorContract): void {
  describe(`${type} keeps the collector contract:`, () => {
    let server: SteeredServer;
    let clock: FakeClock;
    const opened: Collector[] = [];

    const open = (defaultValue?: number): Collector => {
      const collector = contract.collector({
        server,
        clock,
        timeoutMs: TIMEOUT_MS,
        ...(defaultValue === undefined ? {} : { defaultValue }),
      });
      opened.push(collector);
      return collector;
    };

    beforeEach(async () => {
      server = await contract.server();
      server.values = new Map([
        ['app-1', 7],
        ['app-2', 0],
      ]);
      clock = createFakeClock();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((collector) => collector.close()));
      await server.stop();
    });

    it('gives each app its own value, once', async () => {
      await server.start();
      const samples = await collectAll(open(), ['app-1', 'app-2']);
      expect(samples.get('app-1')).toMatchObject({ kind: 'value', value: 7 });
      expect(samples.get('app-2')).toMatchObject({ kind: 'value', value: 0 });
      expect(samples.size).toBe(2);
    });

    it('asks nothing for no apps, and opens nothing before it collects', async () => {
      await server.start();
      const collector = open();
      expect(server.openConnections).toBe(0);
      expect((await collectAll(collector, [])).size).toBe(0);
      expect(server.roundTrips).toBe(0);
    });

    it('has nothing for an app without a value', async () => {
      await server.start();
      const samples = await collectAll(open(), ['app-1', 'missing']);
      expect(samples.get('missing')?.kind).toBe('empty');
      expect(samples.get('app-1')).toMatchObject({ value: 7 });
    });

    it('puts the default in the place of nothing, and marks it', async () => {
      await server.start();
      const samples = await collectAll(open(3), ['app-1', 'missing']);
      expect(samples.get('missing')).toMatchObject({ kind: 'value', value: 3, isDefault: true });
      expect(samples.get('app-1')).toMatchObject({ kind: 'value', value: 7 });
      expect(samples.get('app-1')).not.toHaveProperty('isDefault', true);
    });

    it('reports wrong credentials without showing them, whatever the default', async () => {
      await server.start();
      server.mood = 'refusing credentials';
      const sample = (await collectAll(open(3), ['app-1'])).get('app-1');
      expect(sample).toMatchObject({ kind: 'error', code: 'source-unauthorized' });
      expect(JSON.stringify(sample)).not.toContain(CONTRACT_SECRET);
    });

    it('reports a server that is down at the start, and reads it once it is up', async () => {
      const collector = open(3);
      const samples = await collectAll(collector, ['app-1', 'app-2']);
      expect([...samples.values()].map(errorCode)).toEqual(Array(2).fill('source-unreachable'));
      await server.start();
      expect((await collectAll(collector, ['app-1'])).get('app-1')).toMatchObject({ value: 7 });
    });

    it('reports a server that went away, and reads it as soon as it is back', async () => {
      await server.start();
      const collector = open();
      expect((await collectAll(collector, ['app-1'])).get('app-1')).toMatchObject({ value: 7 });
      await server.stop();
      expect(errorCode((await collectAll(collector, ['app-1'])).get('app-1'))).toBe(
        'source-unreachable',
      );
      await server.start();
      expect((await collectAll(collector, ['app-1'])).get('app-1')).toMatchObject({ value: 7 });
    });

    it('waits for a slow server until just before its deadline', async () => {
      await server.start();
      server.mood = 'slow';
      const collecting = collectAll(open(), ['app-1', 'app-2']);
      await vi.waitFor(() => expect(server.roundTrips).toBeGreaterThan(0), 50_000);
      await clock.advance(TIMEOUT_MS - 1);
      server.mood = 'answering';
      const samples = await collecting;
      expect(samples.get('app-1')).toMatchObject({ kind: 'value', value: 7 });
      expect(samples.get('app-2')).toMatchObject({ kind: 'value', value: 0 });
    });

    it('gives up on a silent server at its deadline, and asks it again next time', async () => {
      await server.start();
      server.mood = 'silent';
      const collector = open(3);
      const collecting = collectAll(collector, ['app-1', 'app-2']);
      await vi.waitFor(() => expect(server.roundTrips).toBeGreaterThan(0), 50_000);
      await clock.advance(TIMEOUT_MS - 1);
      await clock.advance(1);
      const samples = await collecting;
      expect([...samples.values()].map(errorCode)).toEqual(Array(2).fill('source-timeout'));
      server.mood = 'answering';
      expect((await collectAll(collector, ['app-1'])).get('app-1')).toMatchObject({ value: 7 });
    });

    it('gives up on a silent server without cutting off others who wait for it', async () => {
      await server.start();
      server.mood = 'slow';
      const first = collectAll(open(), ['app-1']);
      await vi.waitFor(() => expect(server.roundTrips).toBeGreaterThan(0), 50_000);
      await clock.advance(TIMEOUT_MS / 2);
      const asked = server.roundTrips;
      const second = collectAll(open(), ['app-2']);
      // What waits on its way behind the first is not counted as another request.
      for (let turns = 0; turns < 100 && server.roundTrips === asked; turns += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await clock.advance(TIMEOUT_MS / 2);
      expect(errorCode((await first).get('app-1'))).toBe('source-timeout');
      server.mood = 'answering';
      expect((await second).get('app-2')).toMatchObject({ kind: 'value', value: 0 });
    });

    it("ends with the signal's reason when it is cancelled, and says nothing more", async () => {
      await server.start();
      server.mood = 'silent';
      const controller = new AbortController();
      const emitted: string[] = [];
      const collector = open();
      const collecting = collector.collect(
        ['app-1', 'app-2'],
        (app) => emitted.push(app),
        controller.signal,
      );
      const outcome = expect(collecting).rejects.toThrow('not needed any more');
      await vi.waitFor(() => expect(server.roundTrips).toBeGreaterThan(0), 50_000);
      controller.abort(new Error('not needed any more'));
      await outcome;
      expect(emitted).toEqual([]);
      await expect(collectAll(collector, ['app-1'], controller.signal)).rejects.toThrow(
        'not needed any more',
      );
      expect(clock.pendingTimers).toBe(0);
    });

    it(`reads 500 apps in ${contract.roundTripsFor500Apps} round trips`, async () => {
      await server.start();
      const apps = Array.from({ length: 500 }, (_, index) => `fleet-${index}`);
      server.values = new Map(apps.map((app, index) => [app, index]));
      const samples = await collectAll(open(), apps);
      expect(server.roundTrips).toBe(contract.roundTripsFor500Apps);
      for (const [index, app] of apps.entries()) {
        expect(samples.get(app)).toMatchObject({ kind: 'value', value: index });
      }
    });

    it('leaves no connection and no timer behind when closed', async () => {
      await server.start();
      const collector = open();
      await collectAll(collector, ['app-1', 'app-2', 'missing']);
      expect(server.openConnections).toBeGreaterThan(0);
      await collector.close();
      await vi.waitFor(() => expect(server.openConnections).toBe(0), 50_000);
      expect(clock.pendingTimers).toBe(0);
    });
  });
}

/** Collects once; fails when an app is heard of twice, or was not asked for. */
export async function collectAll(
  collector: Collector,
  apps: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<ReadonlyMap<string, Sample>> {
  const samples = new Map<string, Sample>();
  const strays: string[] = [];
  await collector.collect(
    apps,
    (app, sample) => {
      if (samples.has(app) || !apps.includes(app)) strays.push(app);
      samples.set(app, sample);
    },
    signal,
  );
  expect(strays).toEqual([]);
  expect([...samples.keys()].sort()).toEqual([...apps].sort());
  return samples;
}

function errorCode(sample: Sample | undefined): string {
  return sample?.kind === 'error' ? sample.code : `no error but ${sample?.kind ?? 'nothing'}`;
}
