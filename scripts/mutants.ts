/**
 * Takes away what keeps a fleet safe, one thing at a time, and says what nobody noticed: `npm run mutants`.
 * Sources are changed in copies only. What was caught is remembered for as long as nothing changes, so that a run goes on.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MUTANTS } from '../test/mutants/list.js';
import type { Mutant } from '../test/mutants/mutant.js';
import { Workplace, type Verdict } from '../test/mutants/try-mutant.js';

const ROOT = path.join(import.meta.dirname, '..');
const KEPT = path.join(ROOT, '.cache/mutants.json');

interface Known extends Verdict {
  /** Of the mutant and of all sources and tests. */
  readonly key: string;
}

type Results = Record<string, Known>;

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '2' },
    again: { type: 'boolean', default: false },
  },
});

function results(): Results {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Results;
  } catch {
    return {};
  }
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'test/simulation', 'test/services']) {
    const files = readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name))
      .sort();
    for (const file of files) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function keep(name: string, known: Known): void {
  mkdirSync(path.dirname(KEPT), { recursive: true });
  writeFileSync(KEPT, `${JSON.stringify({ ...results(), [name]: known }, null, 1)}\n`);
}

function chosen(): readonly Mutant[] {
  if (values.only.length === 0) return MUTANTS;
  return values.only.map((name) => {
    const found = MUTANTS.find((mutant) => mutant.name === name);
    if (found === undefined) throw new Error(`no mutant is named ${name}: see --list`);
    return found;
  });
}

async function work(queue: Mutant[], digest: string, missed: string[]): Promise<void> {
  const place = new Workplace();
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const key = createHash('sha256').update(digest).update(JSON.stringify(mutant)).digest('hex');
      const known = results()[mutant.name];
      const isKnown = !values.again && known?.key === key && known.kind === 'caught';
      const verdict = isKnown ? known : await place.try(mutant, known?.seed ?? null);
      if (!isKnown) keep(mutant.name, { ...verdict, key });
      const seed = verdict.seed === undefined ? '' : `seed ${verdict.seed}: `;
      console.log(`${mutant.name}: ${verdict.kind}, ${seed}${verdict.by}`);
      if (verdict.kind !== 'caught') missed.push(mutant.name);
    }
  } finally {
    place.leave();
  }
}

// What runs in the copies ends with us, and the copies go.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (values.list) {
  for (const { name, file, caughtBy } of MUTANTS)
    console.log(`${name}\t${file}\t${'test' in caughtBy ? caughtBy.test : caughtBy.rule}`);
} else {
  const queue = [...chosen()];
  const total = queue.length;
  const missed: string[] = [];
  const digest = digestOfSources();
  const jobs = Math.max(1, Number(values.jobs));
  await Promise.all(Array.from({ length: jobs }, () => work(queue, digest, missed)));
  console.log(`${total - missed.length} of ${total} caught`);
  if (missed.length > 0) console.log(`not caught: ${missed.join(', ')}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}
