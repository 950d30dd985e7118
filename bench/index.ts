/** `npm run bench`: prints the figures and writes them to docs/performance.md. */
import { writeFile } from 'node:fs/promises';
import { decideRows } from './decide.js';
import { fleetQueryRows } from './fleet-query.js';
import { driverRows } from './drivers.js';
import { machine, table } from './figures.js';
import { passRows } from './passes.js';
import { recordRows } from './record.js';
import { serveRows } from './serve.js';
import { viewRows } from './view.js';

const rows = [
  ...decideRows(),
  ...(await passRows()),
  ...(await recordRows()),
  ...(await serveRows()),
  ...(await fleetQueryRows()),
  ...viewRows(),
];
const drivers = await driverRows();
const text = `# Performance

Written by \`npm run bench\`; your machine gives other figures.

${machine()}

${table(rows)}

Each pass asks Fly for the app's machines; with a fleet of thousands that is what to save on.
The in-process figures contain the work of the simulated Fly, so the loop itself takes less.

## Drivers of metric sources

${table(drivers)}

Medians of several rounds; in brackets the ratio to the start without any collector of the same round. Resident memory is taken when every collector has
tried to reach its server, which is not there: what a source needs is loaded then.
`;
await writeFile(new URL('../docs/performance.md', import.meta.url), text);
console.log(text);
