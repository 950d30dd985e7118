/** A process that writes decisions and state, slowly or as fast as it can, and says on standard output what is safe: killed by the test. */
import { systemClock } from '../../src/cli/adapters/clock.js';
import { dataFiles } from '../../src/cli/adapters/lasting-database.js';
import { openData } from '../../src/cli/data.js';
import { aReport, anOutcome } from '../../src/testing/reports.js';
import type { Json } from '../../src/seams/store.js';

const [dataDir = '', pace] = process.argv.slice(2);
const clock = systemClock();
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const data = openData(
  { clock, files: dataFiles, version: '1.0.0' },
  { dataDir, recordMaxBytes: 1e9, configHash: () => 'abc' },
  quiet,
);
const startedAtMs = clock.now();
for (let n = 0; ; n += 1) {
  const detail = `${n} `.repeat(200);
  data.recorder.pass(
    aReport({
      app: `app-${n % 20}`,
      startedAtMs: clock.now(),
      outcomes: [anOutcome('create', { detail })],
    }),
  );
  if (n % 10 === 0) {
    const changes = new Map<string, Json>([['n', n]]);
    changes.set(`key-${n % 100}`, { n, detail });
    await data.state?.commit(changes);
    // Silent until some of its own decisions are in the file too.
    const [newest] = await data.reader.decisions({ limit: 1 });
    if (newest !== undefined && newest.atMs >= startedAtMs) process.stdout.write(`${n}\n`);
  }
  if (pace === 'slowly') await clock.sleep(20);
  else if (n % 200 === 0) await clock.sleep(1);
}
