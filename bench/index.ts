/**
 * `npm run bench`: prints the figures and writes them to docs/performance.md. Takes some 35 minutes; with names of
 * parts it prints these alone and writes nothing: `npm run bench -- sweep isolation`.
 */
import { writeFile } from 'node:fs/promises';
import { decideRows } from './decide.js';
import { driverRows } from './drivers.js';
import { machine, table, type Row } from './figures.js';
import { fleetQueryRows } from './fleet-query.js';
import { isolationRows, sweepRows } from './fleet/inside.js';
import { memoryRows } from './fleet/memory.js';
import { FLAGS } from './fleet/quiet.js';
import { fastRows, growthRows, slowRows, storedRows } from './fleet/rows.js';
import { passRows } from './passes.js';
import { recordRows } from './record.js';
import { serveRows } from './serve.js';
import { viewRows } from './view.js';

const LARGE = 10_000;
/** Beside the large one. */
const SIZES = [100, 1000, 50_000];
const DOCS = new URL('../docs/', import.meta.url);

let plot: string | null = null;
const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  slow: () => slowRows(LARGE),
  stored: () => storedRows(LARGE),
  fast: () => fastRows(LARGE),
  sweep: sweepRows,
  isolation: isolationRows,
  growth: async () => {
    const [rows, drawn] = await growthRows(SIZES);
    plot = drawn;
    return rows;
  },
  memory: memoryRows,
  decide: async () => decideRows(),
  passes: passRows,
  record: recordRows,
  serve: serveRows,
  query: fleetQueryRows,
  view: async () => viewRows(),
};
/** These have a table of their own. */
const DRIVERS = 'drivers';

const asked = process.argv.slice(2);

async function measured(name: string, measure: () => Promise<Row[]>): Promise<Row[]> {
  if (asked.length > 0 && !asked.includes(name)) return [];
  const rows = await measure();
  for (const [figure, value] of rows) console.log(`${figure}: ${value}`);
  return rows;
}

const rows: Row[] = [];
for (const [name, measure] of Object.entries(PARTS)) rows.push(...(await measured(name, measure)));
const drivers = await measured(DRIVERS, driverRows);

const text = `# Performance

Written by \`npm run bench\`; your machine gives other figures.

${machine()}

${table(rows)}

![What a quiet fleet costs, by the number of apps](performance.svg)

Fly is simulated in a process of its own, with 50 ms of latency on every request; each app has 3 machines; \`/metrics\` is scraped every
15 seconds meanwhile. The metric comes from one answer for the whole fleet. The process runs as in the image, with
\`${FLAGS.join(' ')}\`. Nothing changes in a quiet fleet. "To the first action" is from when the source has another value to the
first change at Fly, for as many apps that grow as shrink: on average half an interval of it is the wait for the next tick. Passes in process contain the work of the simulated
Fly, so the loop itself takes less.

## Drivers of metric sources

${table(drivers)}

Medians of several rounds; in brackets the ratio to the start without any collector of the same round. Resident memory is taken when every collector has
tried to reach its server, which is not there: what a source needs is loaded then.
`;
if (asked.length === 0) {
  await writeFile(new URL('performance.md', DOCS), text);
  if (plot !== null) await writeFile(new URL('performance.svg', DOCS), plot);
}
