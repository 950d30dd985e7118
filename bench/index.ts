/**
 * `npm run bench`: prints the figures and writes them to docs/performance.md. Takes about half an hour; with names of
 * parts it prints these alone and writes nothing: `npm run bench -- sweep isolation`.
 */
import { writeFile } from 'node:fs/promises';
import { machine, table, type Row } from './figures.js';
import { isolationRows, sweepRows } from './fleet/inside.js';
import { memoryRows } from './fleet/memory.js';
import { FLAGS } from './fleet/quiet.js';
import { fastRows, growthRows, slowRows } from './fleet/rows.js';
import { passRows } from './passes.js';
import { serveRows } from './serve.js';

const LARGE = 10_000;
/** Beside the large one. */
const SIZES = [100, 1000, 50_000];
const DOCS = new URL('../docs/', import.meta.url);

let plot: string | null = null;
const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  slow: () => slowRows(LARGE),
  fast: () => fastRows(LARGE),
  sweep: sweepRows,
  isolation: isolationRows,
  growth: async () => {
    const [rows, drawn] = await growthRows(SIZES);
    plot = drawn;
    return rows;
  },
  memory: memoryRows,
  passes: passRows,
  serve: serveRows,
};

const asked = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const measured = await measure();
  for (const [figure, value] of measured) console.log(`${figure}: ${value}`);
  rows.push(...measured);
}

const text = `# Performance

Written by \`npm run bench\`; your machine gives other figures.

${machine()}

${table(rows)}

![What a quiet fleet costs, by the number of apps](performance.svg)

Fly is simulated in a process of its own, with 50 ms of latency on every request; each app has 3 machines; \`/metrics\` is scraped every
15 seconds meanwhile. The metric comes from one answer for the whole fleet. The process runs as in the image, with
\`${FLAGS.join(' ')}\`. Nothing changes in a quiet fleet. "To the first action" is from when the source has another value to the
first change at Fly: on average half an interval of it is the wait for the next tick.
`;
if (asked.length === 0) {
  await writeFile(new URL('performance.md', DOCS), text);
  if (plot !== null) await writeFile(new URL('performance.svg', DOCS), plot);
}
