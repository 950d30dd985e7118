import { describe, expect, it } from 'vitest';
import { inspect } from './index.js';

const of = (source: string) => inspect(source, ['queue', 'per']);

describe('inspect finds', () => {
  it('comments, whatever texts look like them', () => {
    expect(of('queue // 5').comments).toEqual([{ at: 6, text: '5' }]);
    expect(of('queue /* all of it */ / 5 // by five\n+ 1').comments).toEqual([
      { at: 6, text: 'all of it' },
      { at: 26, text: 'by five' },
    ]);
    expect(of('"a // b" == `/* c */` ? 1 : 2').comments).toEqual([]);
  });

  it.each([
    ['queue / 0', true],
    ['int(queue) % (3 - 3)', true],
    ['max(1, queue / 0.0)', true],
    ['queue / per', false],
    ['queue / (per * 0)', false],
    ['0 / 5', false],
    ['queue / now().Hour()', false],
  ])('a division by a constant 0: %s', (source, expected) => {
    expect(of(source).dividesByZero).toBe(expected);
  });

  it.each([
    ['queue / 5', true],
    ['max(1, queue / 5)', true],
    ['queue > 5 ? queue / 5 : 1', true],
    ['queue / 5 + 1', true],
    ['let x = queue / 5; x + 1', true],
    ['queue * 0.2', true],
    ['queue / per', true],
    ['ceil(queue / 5)', false],
    ['max(1, ceil(queue / 5))', false],
    ['floor(queue / 5) + 1', false],
    ['let x = ceil(queue / 5); max(x, 1)', false],
    ['queue', false],
    ['queue / 1', false],
    ['queue / 0.5', false],
    ['10 / 2 + queue', false],
    ['queue / 5 > 3 ? 2 : 1', false],
    ['queue / 5 | ceil()', false],
  ])('a result that may have a fraction: %s', (source, expected) => {
    expect(of(source).mayBeFractional).toBe(expected);
  });
});
