import { Environment } from '@marcbachmann/cel-js';
import { Parser } from 'expr-eval-fork';
import { compileExpression } from 'filtrex';
import { compile } from '../src/expr/index.js';

// Nanoseconds a run and microseconds a compile of typical scaling expressions, beside other evaluators
// for JavaScript: npm run bench:expr. Each figure is the best of several rounds, which is what the code
// takes when the machine does nothing else.

const metrics = {
  queue_depth: 95,
  n: 3,
  cpu: 0.73,
  current: 7,
  workers: 4,
  jobs_a: 12,
  jobs_b: 30,
};
const metricMap = new Map(Object.entries(metrics));
const names = Object.keys(metrics);

type Runner = () => unknown;
type Compiler = (source: string) => Runner;

const cel = new Environment();
for (const name of names) cel.registerVariable(name, 'double');
cel.registerFunction('ceil(double): double', (x: number) => Math.ceil(x));
cel.registerFunction('min(double, double): double', (a: number, b: number) => Math.min(a, b));
cel.registerFunction('max(double, double): double', (a: number, b: number) => Math.max(a, b));

const evaluators: Readonly<Record<string, Compiler>> = {
  'fly-autoscaler/expr': (source) => {
    const program = compile(source, { variables: names, asFloat64: true });
    return () => program.run(metrics);
  },
  'the same, from a Map': (source) => {
    const program = compile(source, { variables: names, asFloat64: true });
    return () => program.run(metricMap);
  },
  filtrex: (source) => {
    const run = compileExpression(source);
    return () => run(metrics);
  },
  'expr-eval-fork': (source) => {
    const run = new Parser({ operators: { in: true, assignment: true } }).parse(source);
    return () => run.evaluate(metrics);
  },
  '@marcbachmann/cel-js': (source) => {
    const run = cel.parse(source);
    return () => run(metrics);
  },
};

/** What each language calls the same thing; absent where it cannot say it. */
interface Case {
  readonly expr: string;
  readonly filtrex?: string;
  readonly exprEval?: string;
  readonly cel?: string;
}

const bounds = 'min(max(ceil(queue_depth / 10), n), 20)';
const step = 'cpu > 0.7 ? current + 1 : current';
const cases: readonly Case[] = [
  {
    expr: bounds,
    filtrex: bounds,
    exprEval: bounds,
    cel: 'min(max(ceil(queue_depth / 10.0), n), 20.0)',
  },
  { expr: step, filtrex: step, exprEval: step, cel: 'cpu > 0.7 ? current + 1.0 : current' },
  {
    expr: 'let want = ceil(queue_depth / 10); min(want, 20)',
    exprEval: 'want = ceil(queue_depth / 10); min(want, 20)',
  },
  {
    expr: 'workers in [1, 2, 4] ? 3 : 6',
    filtrex: 'workers in (1, 2, 4) ? 3 : 6',
    exprEval: 'workers in [1, 2, 4] ? 3 : 6',
    cel: 'workers in [1.0, 2.0, 4.0] ? 3.0 : 6.0',
  },
  {
    expr: 'sum(map([jobs_a, jobs_b], ceil(# / 8)))',
    exprEval: 'sum(map(f(x) = ceil(x / 8), [jobs_a, jobs_b]))',
  },
  {
    expr: 'date("2023-08-14 10:30:00").Hour() in 9..17 ? 10 : 2',
    cel: 'timestamp("2023-08-14T10:30:00Z").getHours() in [9, 10, 11, 12, 13, 14, 15, 16, 17] ? 10.0 : 2.0',
  },
];

/** Nanoseconds a call: rounds of about 20 ms each, the best of them. */
function nanosPerCall(work: Runner): number {
  let count = 10;
  let best = Infinity;
  for (let round = 0; round < 40; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) work();
    const nanos = Number(process.hrtime.bigint() - start);
    best = Math.min(best, nanos / count);
    if (nanos < 2e7) count = Math.min(1_000_000, Math.ceil((count * 2e7) / Math.max(nanos, 1)));
  }
  return best;
}

function measure(compiler: Compiler, source: string | undefined): string {
  if (source === undefined) return '-';
  try {
    const run = nanosPerCall(compiler(source));
    const build = nanosPerCall(() => compiler(source));
    return `${run.toFixed(run < 100 ? 1 : 0)} ns, ${(build / 1000).toFixed(1)} us`;
  } catch (error) {
    return `fails: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

for (const each of cases) {
  console.log(each.expr);
  const sources = [each.expr, each.expr, each.filtrex, each.exprEval, each.cel];
  for (const [index, [name, compiler]] of Object.entries(evaluators).entries()) {
    console.log(`  ${name.padEnd(22)} ${measure(compiler, sources[index])}`);
  }
}
