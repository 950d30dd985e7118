import { describe, expect, it } from 'vitest';
import type { Breathe } from '../../seams/slices.js';
import { parseExposition, parseSelector } from './exposition.js';

const breathe: Breathe = () => Promise.resolve();
const BODY = [
  '# HELP queue_depth Jobs that wait.',
  '# TYPE queue_depth gauge',
  'queue_depth{app="my-app-1",kind="mail"} 3',
  'queue_depth{app="my-app-1",kind="a\\"b\\\\c\\nd",} 4 1700000000000',
  'queue_depth{app="other"} 5e1',
  'up 1',
  'broken_ratio NaN',
  'big_total{} +Inf',
  'requests_total 17 # {trace_id="1"} 0.5',
  'space{ a = "}, b" } 2\r',
  '# EOF',
].join('\n');

describe('an exposition', () => {
  it.each<readonly [string, readonly number[]]>([
    ['up', [1]],
    ['up{}', [1]],
    ['queue_depth', [3, 4, 50]],
    ['queue_depth{app="$APP_NAME"}', [3, 4]],
    ['queue_depth{app!="$APP_NAME"}', [50]],
    ['queue_depth{app="$APP_NAME",kind="a\\"b\\\\c\\nd"}', [4]],
    ['queue_depth{kind!="mail",app="$APP_NAME"}', [4]],
    ['queue_depth{kind=""}', [50]],
    ['queue_depth{kind!=""}', [3, 4]],
    ['broken_ratio', [Number.NaN]],
    ['big_total', [Infinity]],
    ['requests_total', [17]],
    ['space{a="}, b"}', [2]],
    ['missing', []],
  ])('answers %s', async (selector, values) => {
    const seriesFor = await parseSelector(selector)(await parseExposition(BODY, breathe), breathe);
    expect(seriesFor('my-app-1').map(({ value }) => value)).toEqual(values);
  });

  it.each(['queue_depth', 'queue_depth{a="b"', 'a{b!="c"} 1', 'a x', '<html>', 'a 1 2 3'])(
    'is refused with the line %j in it',
    async (line) => {
      await expect(parseExposition(`up 1\n${line}\n`, breathe)).rejects.toThrow('line 2');
    },
  );
});

it.each(['', '{app="a"}', 'a{b=~"c"}', 'sum(a)', 'a{b="c"} 1'])(
  'the selector %j is refused',
  (selector) => {
    expect(() => parseSelector(selector)).toThrow('must be a selector');
  },
);
