import { describe, expect, it } from 'vitest';
import { jsonPath } from './json-path.js';

const breathe = (): Promise<void> => Promise.resolve();

const document = {
  depth: 4,
  'total depth': 9,
  "it's": 1,
  none: null,
  by: [
    { 'my-app-1': 1, n: 2 },
    { other: 1, n: 3 },
  ],
  queues: { 'my-app-1': { depth: 7 }, other: { depth: 5 } },
  list: [
    { name: 'my-app-1', depth: 1, tags: ['a', 'b'] },
    { name: 'other', depth: 2, tags: ['b'] },
    { name: 'my-app-1', depth: 3, tags: [] },
  ],
};

describe('a JSON path selects', () => {
  it.each<readonly [string, readonly unknown[]]>([
    ['$.depth', [4]],
    ["$['total depth']", [9]],
    [String.raw`$['it\'s']`, [1]],
    ['$["depth"]', [4]],
    ['$.none', [null]],
    ['$.missing.deeper', []],
    ['$.depth.deeper', []],
    ['$.constructor', []],
    ['$.queues.my-app-1.depth', [7]],
    ["$.queues['$APP_NAME'].depth", [7]],
    ['$.queues.$APP_NAME.depth', [7]],
    ['$.queues.${APP_NAME}.depth', [7]],
    ['$.queues.*.depth', [7, 5]],
    ['$.list[0].depth', [1]],
    ['$.list[-1].depth', [3]],
    ['$.list[3].depth', []],
    ['$.list[*].depth', [1, 2, 3]],
    ["$.list[?@.name == '$APP_NAME'].depth", [1, 3]],
    ["$.list[?@.name != '$APP_NAME'].depth", [2]],
    ['$.list[?@.depth==2].name', ['other']],
    ["$.list[ ?@.tags[*] == 'a' ].depth", [1]],
    ['$.list[?@.absent == null].depth', []],
    ["$.queues[?@['depth'] == 5]", [{ depth: 5 }]],
    ['$.by[?@.$APP_NAME == 1].n', [2]],
    ['$', [document]],
  ])('%s', async (path, nodes) => {
    expect(await (await jsonPath(path)(document, breathe))('my-app-1')).toEqual(nodes);
  });
});

describe('a JSON path is refused, with the place', () => {
  it.each([
    ['depth', /position 1: expected \$/],
    ['$..depth', /position 3: .*not supported/],
    ['$.list[0:2]', /position 9: expected \]/],
    ['$.list[?@.depth > 1]', /== or !=/],
    ["$.list[?@.name == 'a' && @.depth == 1]", /expected \]/],
    ['$.list[?length(@) == 1]', /expected @/],
    ['$.list[', /found the end/],
    ['$.a b', /position 4: expected a name, an index or the end/],
    ['$.', /expected a name or \*/],
  ])('%s', (path, message) => {
    expect(() => jsonPath(path)).toThrow(message);
  });
});

it('answers for each app of a fleet and each document apart', async () => {
  const path = jsonPath("$.list[?@.name == '$APP_NAME'].depth");
  const list = [
    { name: 'a', depth: 1 },
    { name: 'b', depth: 2 },
  ];
  const first = await path({ list }, breathe);
  const second = await path({ list: [{ name: 'b', depth: 3 }] }, breathe);
  const answers = [first('b'), second('b'), first('a'), second('a'), first('c')];
  expect(await Promise.all(answers)).toEqual([[2], [3], [1], [], []]);
});
