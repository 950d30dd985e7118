/** A step size without an interval, through the whole loop. */
import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { machines } from '../../testing/builders.js';
import { aRig } from '../../testing/fleet-rig.js';
import { formatProblems, loadConfig } from '../index.js';

const APP = 'my-app-1';
const INTERVAL_MS = 3000;

const QUEUE = `
metric-collectors:
  - { type: prometheus, metric-name: queue, address: "http://prometheus.example", query: sum(queue) }
`;

/** How many machines there are to be half an interval after each pass. */
async function counts(direction: 'up' | 'down', from: number, to: number): Promise<number[]> {
  const result = loadConfig({
    env: { FAS_API_TOKEN: 'fm2_secret', [`FAS_SCALE_${direction.toUpperCase()}_STEP_SIZE`]: '1' },
    file: {
      path: 'c.yml',
      text: `app-name: ${APP}\ncreated-machine-count: queue\ninterval: ${INTERVAL_MS}ms${QUEUE}`,
    },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  const { policies, intervalMs } = result.config;
  const rig = aRig({ policies, intervalMs });
  rig.fly.put(APP, ...machines(from));
  rig.queue.values.set(APP, to);
  // What was done counts from its end on, and that is after the pass began.
  rig.fly.before = () => rig.clock.sleep(50);
  const run = rig.start();
  const seen: number[] = [];
  await rig.clock.advance(INTERVAL_MS / 2);
  for (let pass = 0; pass < 5; pass += 1) {
    const staying = rig.fly.machinesOf(APP).filter((m) => m.metadata['fas-remove'] === undefined);
    seen.push(staying.length);
    await rig.clock.advance(INTERVAL_MS);
  }
  await run.stop();
  return seen;
}

describe('a step size without an interval', () => {
  it('is added in each pass', async () => {
    expect(await counts('up', 1, 9)).toEqual([2, 3, 4, 5, 6]);
  });

  it('is removed in each pass, from the second on', async () => {
    expect(await counts('down', 9, 1)).toEqual([9, 8, 7, 6, 5]);
  });
});
