/**
 * `npm run bench`: prints the figures and writes them to docs/performance.md. Takes some 45 minutes; with names of
 * parts it prints these alone and writes nothing: `npm run bench -- sweep isolation`.
 */
import { writeFile } from 'node:fs/promises';
import { decideRows } from './decide.js';
import { driverRows } from './drivers.js';
import { machine, table, type Row } from './figures.js';
import { fleetQueryRows } from './fleet-query.js';
import { isolationRows, sweepRows } from './fleet/inside.js';
import { memoryRows } from './fleet/memory.js';
import type { Kept } from './fleet/kept.js';
import { FLAGS } from './fleet/quiet.js';
import { drawGrowth, fastRows, growthRows, slowRows } from './fleet/rows.js';
import { passRows } from './passes.js';
import { recordRows } from './record.js';
import { serveRows } from './serve.js';
import { stallRows } from './stalls.js';
import { viewRows } from './view.js';

const LARGE = 10_000;
/** Beside the large one. */
const SIZES = [100, 1000, 50_000];
const DOCS = new URL('../docs/', import.meta.url);

/** Of a whole fleet, in a table for each way to keep state and record. */
const FLEET_PARTS: Readonly<Record<string, (kept: Kept) => Promise<Row[]>>> = {
  slow: (kept) => slowRows(kept, LARGE),
  fast: (kept) => fastRows(kept, LARGE),
  sweep: sweepRows,
  isolation: isolationRows,
  growth: (kept) => growthRows(kept, SIZES),
};
const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  memory: memoryRows,
  decide: async () => decideRows(),
  passes: passRows,
  record: recordRows,
  serve: serveRows,
  query: fleetQueryRows,
  stalls: stallRows,
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

async function fleetRows(kept: Kept): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(FLEET_PARTS)) {
    rows.push(...(await measured(name, () => measure(kept))));
  }
  return rows;
}

const inMemory = await fleetRows('memory');
const inFile = await fleetRows('file');
const others: Row[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  others.push(...(await measured(name, measure)));
}
const drivers = await measured(DRIVERS, driverRows);

const text = `# Performance

Written by \`npm run bench\`; your machine gives other figures.

${machine()}

## A fleet

${table(inMemory)}

![What a quiet fleet costs, by the number of apps](performance.svg)

Fly is simulated in a process of its own, with 50 ms of latency on every request; each app has 3 machines; \`/metrics\` is scraped every
15 seconds meanwhile. The metric comes from one answer for the whole fleet. The process runs as in the image, with
\`${FLAGS.join(' ')}\`. Nothing changes in a quiet fleet. "To the first action" is from when the source
has another value to the first change at Fly, for as many apps that grow as shrink: on average half an interval of it is the wait for the
next tick.

## The same with FAS_DATA_DIR

${table(inFile)}

## Its parts

${table(others)}

Passes in process contain the work of the simulated Fly, so the loop itself takes less.

## Drivers of metric sources

${table(drivers)}

Medians of several rounds; in brackets the ratio to the start without any collector of the same round. Resident memory is taken when every collector has
tried to reach its server, which is not there: what a source needs is loaded then.
`;
if (asked.length === 0) {
  await writeFile(new URL('performance.md', DOCS), text);
  await writeFile(new URL('performance.svg', DOCS), drawGrowth());
}
