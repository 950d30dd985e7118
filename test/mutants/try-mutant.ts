/** Tries one mutant in a copy of the sources: does whoever should notice it notice it? */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Mutant } from './mutant.js';

const ROOT = path.join(import.meta.dirname, '../..');
/** What the sources and their tests need. */
const COPIED = ['src', 'test', 'docs', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const SEEDS = 10;
/** A change may make a loop that does not end. */
const LIMIT_MS = 60 * 60_000;

export interface Verdict {
  /** `unclear`: nobody could say, as after a mistake in the change itself. */
  readonly kind: 'caught' | 'survived' | 'unclear';
  /** The first rule that was broken, or the test that failed. */
  readonly by: string;
  /** That broke it. */
  readonly seed?: number;
}

/** A copy of the sources that is changed instead of the sources. */
export class Workplace {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));

  constructor() {
    for (const name of COPIED)
      cpSync(path.join(ROOT, name), path.join(this.#folder, name), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.#folder, 'node_modules'));
    process.once('exit', () => this.leave());
  }

  /** `firstSeed`: of the simulation, tried before the others. */
  async try({ file, find, replace, caughtBy }: Mutant, firstSeed: number | null): Promise<Verdict> {
    const place = path.join(this.#folder, file);
    const text = readFileSync(place, 'utf8');
    if (text.split(find).length !== 2) return { kind: 'unclear', by: `not once in ${file}` };
    writeFileSync(
      place,
      text.replace(find, () => replace),
    );
    try {
      return 'test' in caughtBy ? await this.#test(caughtBy.test) : await this.#simulate(firstSeed);
    } finally {
      writeFileSync(place, text);
    }
  }

  leave(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #simulate(firstSeed: number | null): Promise<Verdict> {
    const all = Array.from({ length: SEEDS }, (_, i) => i + 1);
    const seeds = firstSeed === null ? all : [firstSeed, ...all.filter((s) => s !== firstSeed)];
    const script = 'test/mutants/first-violation.ts';
    const { status, output } = await this.#run(['--import', 'tsx', script, ...seeds.map(String)]);
    const found = output.split('\n').find((line) => line.startsWith('{"seed":'));
    if (found !== undefined) {
      const { seed, violation } = JSON.parse(found) as { seed: number; violation: string };
      return { kind: 'caught', by: violation, seed };
    }
    if (status === 0) return { kind: 'survived', by: `${SEEDS} seeds` };
    return { kind: 'unclear', by: output.slice(-500) };
  }

  async #test(file: string): Promise<Verdict> {
    const report = path.join(this.#folder, 'report.json');
    rmSync(report, { force: true });
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', file, '--bail=1'];
    const { output } = await this.#run([...vitest, '--reporter=json', `--outputFile=${report}`]);
    try {
      const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
      const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
      const failed = tests.find((test) => test.status === 'failed');
      if (failed !== undefined) return { kind: 'caught', by: failed.fullName };
      if (tests.some((test) => test.status === 'passed')) return { kind: 'survived', by: file };
    } catch {
      // Without a report there is no word of the tests.
    }
    return { kind: 'unclear', by: output.slice(-500) };
  }

  #run(args: readonly string[]): Promise<{ readonly status: number | null; output: string }> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, args, { cwd: this.#folder });
      const stop = (): void => void child.kill('SIGKILL');
      process.once('exit', stop);
      let output = '';
      const take = (data: Buffer): void => void (output += data.toString());
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      const timer = setTimeout(() => {
        output += '\nit did not end';
        stop();
      }, LIMIT_MS);
      child.on('close', (status) => {
        clearTimeout(timer);
        process.off('exit', stop);
        resolve({ status, output });
      });
    });
  }
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}
