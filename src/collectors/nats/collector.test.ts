import { expect, it, vi } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { collectAll } from '../../testing/collector-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { fakeNats } from '../../testing/fake-nats.js';
import { nats } from './index.js';
import { natsSchema } from './settings.js';
import type { Collector } from '../../seams/collector.js';

it('asks for at most 64 consumers at once, over one connection for all collectors', async () => {
  const server = await fakeNats();
  await server.start();
  const apps = Array.from({ length: 300 }, (_, index) => `app-${index}`);
  server.values = new Map(apps.map((app) => [app, 1]));
  const open = (): Collector =>
    nats.create(
      natsSchema.parse({
        'metric-name': 'jobs',
        url: `nats://u:p@127.0.0.1:${server.port}`,
        stream: 'JOBS',
        consumer: '$APP_NAME',
      }),
      {
        connect: connectHttp,
        clock: createFakeClock(),
        timeoutMs: 30_000,
        random: seededRandom(1),
        userAgent: 'test',
        warn: () => undefined,
      },
    );
  const [first, second] = [open(), open()];
  await collectAll(first, apps);
  expect(server.peakInFlight).toBeLessThanOrEqual(64);
  expect(server.peakInFlight).toBeGreaterThan(1);
  await collectAll(second, ['app-1']);
  await vi.waitFor(() => expect(server.openConnections).toBe(1), 50_000);
  await first.close();
  expect((await collectAll(second, ['app-1'])).get('app-1')).toMatchObject({ value: 1 });
  await second.close();
  await vi.waitFor(() => expect(server.openConnections).toBe(0), 50_000);
  await server.stop();
});

it('keeps its connection when a budget leaves apps without an answer', async () => {
  const server = await fakeNats();
  await server.start();
  server.values = new Map([
    ['a', 1],
    ['b', 1],
  ]);
  const clock = createFakeClock();
  let turns = 0;
  const taken = new Set<number>();
  const collector = nats.create(
    natsSchema.parse({
      'metric-name': 'jobs',
      url: `nats://u:p@127.0.0.1:${server.port}`,
      stream: 'JOBS',
      consumer: '$APP_NAME',
    }),
    {
      connect: connectHttp,
      clock,
      timeoutMs: 30_000,
      random: seededRandom(1),
      userAgent: 'test',
      warn: () => undefined,
      takeTurn: (signal) => (++turns % 2 === 1 ? Promise.resolve() : clock.sleep(60_000, signal)),
    },
  );
  for (let n = 0; n < 3; n += 1) {
    const samples = new Map<string, Sample>();
    const collecting = collector.collect(
      ['a', 'b'],
      (app, sample) => samples.set(app, sample),
      new AbortController().signal,
    );
    await vi.waitFor(() => expect(samples.size).toBe(1), 50_000);
    await clock.advance(30_000);
    await collecting;
    expect([...samples.values()]).toMatchObject([{ kind: 'value' }, { code: 'source-timeout' }]);
    taken.add(server.connectionsTaken);
  }
  // Those of the first collection, and none since.
  expect(taken.size).toBe(1);
  await collector.close();
  await server.stop();
});
