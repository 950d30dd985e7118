/** How much a fleet says in its log, by the loop itself. */
import { expect, it } from 'vitest';
import { createLogRecorder } from '../record/log/log.js';
import { createLogger } from '../record/log/logger.js';
import { aMachine } from '../testing/builders.js';
import { aRig } from '../testing/fleet-rig.js';

const HOUR_MS = 3_600_000;

function aFleet(apps: number) {
  const rig = aRig();
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const { clock } = rig;
  const log = createLogger({ clock, isVerbose: false, destination });
  const names = Array.from({ length: apps }, (_, n) => `my-app-${n}`);
  for (const app of names) {
    rig.fly.put(app, aMachine({ id: `${app}-1` }), aMachine({ id: `${app}-2` }));
    rig.queue.values.set(app, 20);
  }
  const run = rig.start({ recorder: createLogRecorder({ log, clock }) });
  return { rig, names, run, take: () => lines.splice(0) };
}

it('is silent for a quiet hour, but for the apps that it found', async () => {
  const { rig, run, take } = aFleet(10);
  await rig.clock.advance(HOUR_MS);
  expect(take().map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ msg: 'app list changed', apps: 10 }),
  ]);
  await run.stop();
});

it('has one line for each machine that is made, and two for each that is removed', async () => {
  const { rig, names, run, take } = aFleet(3);
  await rig.clock.advance(60_000);
  take();
  const messages = (): string[] =>
    take().map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  for (const app of names) rig.queue.values.set(app, 30);
  await rig.clock.advance(HOUR_MS / 6);
  expect(messages()).toEqual(names.map(() => 'machine created'));
  for (const app of names) rig.queue.values.set(app, 20);
  await rig.clock.advance(HOUR_MS / 6);
  const removed = messages();
  expect(removed).toHaveLength(2 * names.length);
  expect(new Set(removed)).toEqual(
    new Set(['removing machine, more in a later pass', 'machine destroyed']),
  );
  await run.stop();
});
