import { describe, expect, it } from 'vitest';
import { compile, ExprError, formatValue, machineCount, type RunOptions } from './index.js';

function evaluate(
  source: string,
  variables: Record<string, number | null> = {},
  options?: RunOptions,
): string {
  return formatValue(
    compile(source, { variables: Object.keys(variables) }).run(variables, options),
  );
}

function failure(work: () => unknown): ExprError {
  try {
    work();
  } catch (error) {
    if (error instanceof ExprError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readsTime', () => {
  it.each([
    ['now().Hour()', true],
    ['all([1], now().Unix() > #)', true],
    ['let f = 1; f > 0 ? 2 : now().Minute()', true],
    ['queue', false],
    ['len("now()") + queue', false],
    ['queue > 1 or {"now": 1}.now > 2 ? 1 : 2', false],
    ['date("2026-01-01").Year()', false],
  ])('of %s is %s', (source, readsTime) => {
    expect(compile(source, { variables: ['queue'] }).readsTime).toBe(readsTime);
  });
});

describe('compile', () => {
  it('reports a refused expression with phase, line, column and the whole text', () => {
    const error = failure(() => compile('q +\n\tfoo', { variables: ['q'] }));
    expect(error.phase).toBe('compile');
    expect([error.line, error.column]).toEqual([2, 2]);
    expect(error.reason).toBe('unknown name foo');
    expect(error.message).toBe('unknown name foo (2:2)\n |  foo\n | .^');
  });

  it('counts columns in code points', () => {
    expect(failure(() => compile('"😀" + x', { variables: [] })).column).toBe(7);
  });

  it('knows no name of a JavaScript prototype', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(failure(() => compile(name, { variables: ['q'] })).reason).toBe(
        `unknown name ${name}`,
      );
      expect(evaluate(`$env?.${name} ?? 7`)).toBe('7');
      expect(evaluate(`{a: 1}.${name} ?? 7`)).toBe('7');
      expect(evaluate(`get({a: 1}, "${name}") ?? 7`)).toBe('7');
      expect(failure(() => compile(`date("2023-01-01").${name}()`, { variables: [] })).phase).toBe(
        'compile',
      );
    }
  });

  it('takes such a name as a metric where the caller declares one', () => {
    const program = compile('constructor + __proto__', { variables: ['constructor', '__proto__'] });
    expect(program.run(JSON.parse('{"constructor": 1, "__proto__": 2}'))).toBe(3);
    expect(failure(() => program.run({})).reason).toBe('invalid operation: <nil> + <nil>');
  });

  it('refuses what is too deep, too large or too costly to check', () => {
    const variables = ['q'];
    const reason = (source: string) => failure(() => compile(source, { variables })).reason;
    expect(reason('('.repeat(2_000))).toMatch(/maximum allowed depth/);
    expect(reason(Array.from({ length: 5_001 }).fill('1').join('+'))).toMatch(/allowed nodes/);
    let nested = 'q';
    for (let i = 0; i < 40; i++) nested = `1 < (q < ${nested} < 2 ? 1 : 2) < 3 ? 1 : 2`;
    expect(reason(nested)).toMatch(/allowed nodes/);
    expect(
      compile(Array.from({ length: 5_000 }).fill('q').join('+'), { variables }).run({ q: 1 }),
    ).toBe(5_000);
  });

  it('takes the limits of the caller', () => {
    const tight = { variables: [], limits: { nodes: 3, memory: 3 } };
    expect(failure(() => compile('1 + 2 + 3', tight)).reason).toMatch(/maximum allowed nodes/);
    expect(failure(() => compile('1..3', tight).run({})).reason).toBe('memory budget exceeded');
  });
});

describe('run', () => {
  it('reads metrics from an object or a Map', () => {
    const program = compile('ceil(queue / 10)', { variables: ['queue'] });
    expect(program.run({ queue: 95 })).toBe(10);
    expect(program.run(new Map([['queue', 15]]))).toBe(2);
  });

  it('takes an absent or null metric for nil', () => {
    const program = compile('queue ?? 4', { variables: ['queue'], asFloat64: true });
    expect([
      program.run({}),
      program.run({ queue: null }),
      program.run({ queue: undefined }),
    ]).toEqual([4, 4, 4]);
    const error = failure(() => compile('queue / 10', { variables: ['queue'] }).run({}));
    expect(error.phase).toBe('run');
    expect(error.message).toBe('invalid operation: <nil> / int (1:7)\n | queue / 10\n | ......^');
  });

  it('reads nothing that the object only inherits', () => {
    const inherited = Object.create({ queue: 95 }) as Record<string, number>;
    const program = compile('queue ?? 1', { variables: ['queue'], asFloat64: true });
    expect(program.run(inherited)).toBe(1);
    Reflect.defineProperty(Object.prototype, 'queue', { value: 5, configurable: true });
    try {
      expect(program.run({})).toBe(1);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'queue');
    }
  });

  it('names the metrics that it can read, and tells those that it did read', () => {
    const program = compile('a > 1 ? b : $env["c"]', { variables: ['a', 'b', 'c', 'd'] });
    expect([...program.variables].sort()).toEqual(['a', 'b', 'c']);
    const reads: string[] = [];
    program.run({ a: 0, b: 1, c: 2, d: 3 }, { onRead: (name) => reads.push(name) });
    expect(reads).toEqual(['a', 'c']);
  });

  it('takes the clock and the local zone from the caller', () => {
    const now = () => Date.UTC(2024, 6, 1, 22, 30);
    expect(evaluate('now()', {}, { now, localZone: 'Europe/Berlin' })).toBe(
      '2024-07-02 00:30:00 +0200 CEST',
    );
    expect(evaluate('now(timezone("Asia/Tokyo")).Hour()', {}, { now })).toBe('7');
    expect(failure(() => evaluate('now()')).reason).toMatch(/needs a clock/);
  });

  it('may run again from inside its own clock', () => {
    const program = compile('let a = q; now().Year() + a', { variables: ['q'] });
    const now = (): number => {
      if (depth++ === 0) program.run({ q: 1_000 }, { now });
      return 0;
    };
    let depth = 0;
    expect(program.run({ q: 1 }, { now })).toBe(1971);
  });

  it('stops at its step budget', () => {
    const program = compile('all(1..900, all(1..900, true))', { variables: [] });
    expect(program.run({})).toBe(true);
    const error = failure(() => program.run({}, { maxSteps: 100_000 }));
    expect([error.phase, error.reason]).toEqual(['run', 'step budget exceeded']);
  });

  it.each([
    'uniq(1..3000)',
    'let a = map(1..900, -#); all(1..900, # not in a)',
    'sort(map(1..5000, # * 7919 % 5003))',
    'let a = repeat("x", 9000); len(replace(a, "x", a))',
    'let a = repeat("x", 9000); map(1..99, a matches "(x+x+)+y")',
    'map(1..200, "a" matches ("(a|b){" + string(#) + "}"))',
    'reduce(1..90, #acc + #acc, "x")',
    'date("2023-01-01").Format(repeat("2006", 11000))',
    'let a = repeat("x", 9000); toJSON(map(1..99, a))',
    'let a = map(1..900, -#); map(1..99, a == a)',
    'let a = map(1..900, -#); map(1..99, max(a))',
  ])('charges for what may take long: %s', (source) => {
    const program = compile(source, { variables: [] });
    expect(failure(() => program.run({}, { maxSteps: 50_000 })).reason).toMatch(/budget exceeded/);
  });
});

describe('asFloat64', () => {
  it('gives a number, and refuses what can be none', () => {
    expect(compile('q > 1 ? 1 : 2', { variables: ['q'], asFloat64: true }).run({ q: 5 })).toBe(1);
    const error = failure(() => compile('q > 1', { variables: ['q'], asFloat64: true }));
    expect(error.message).toBe('expected float64, but got bool');
  });
});

describe('machineCount', () => {
  it.each([
    [2.5, 3],
    [0.49, 0],
    [0.5, 1],
    [-7, 0],
    [-0.4, 0],
    [100_000.4, 100_000],
    [0.499_999_999_999_999_94, 0],
  ])('rounds %d to %d', (value, count) => {
    expect(machineCount(value)).toBe(count);
  });

  it('takes an int', () => {
    expect(machineCount(12n)).toBe(12);
  });

  it.each([
    [Number.NaN, 'expression returned NaN'],
    [Infinity, 'expression returned Inf'],
    [-Infinity, 'expression returned Inf'],
    [100_000.5, 'expression returned 100001, more than 100000 machines'],
    [1e300, 'expression returned 1e+300, more than 100000 machines'],
    [null, 'expected float64, but got <nil>'],
    ['5', 'expected float64, but got string'],
  ])('refuses %s', (value, message) => {
    expect(failure(() => machineCount(value)).message).toBe(message);
  });
});
