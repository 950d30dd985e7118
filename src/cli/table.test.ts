import { describe, expect, it } from 'vitest';
import { renderTable, truncate, type Column } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'APP', minWidth: 6, rank: 0 },
  { title: 'N', minWidth: 1, rank: 0, align: 'right' },
  { title: 'ACTION', minWidth: 8, rank: 2 },
  { title: 'WHY', minWidth: 10, rank: 3 },
];
const ROWS = [
  ['my-app-1', '7', 'created 2, 5s ago', 'created 3 to 5 because connections are many'],
  ['my-app-22', '120', 'stopped 1', 'started 4 to 3'],
].map((row) => row.map((text) => ({ text })));

const render = (width: number) => renderTable(COLUMNS, ROWS, width, (_, text) => text);

describe('table', () => {
  it('gives every column its natural width where there is room', () => {
    expect(render(200)).toEqual([
      'APP          N  ACTION             WHY',
      'my-app-1     7  created 2, 5s ago  created 3 to 5 because connections are many',
      'my-app-22  120  stopped 1          started 4 to 3',
    ]);
  });

  it('fills exactly 60 columns, cutting the highest rank with an ellipsis', () => {
    const lines = render(60);
    expect(lines).toEqual([
      'APP          N  ACTION             WHY',
      'my-app-1     7  created 2, 5s ago  created 3 to 5 because c…',
      'my-app-22  120  stopped 1          started 4 to 3',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBe(60);
  });

  it('cuts further columns, then leaves the highest rank out', () => {
    expect(render(40)[1]).toBe('my-app-1     7  created 2,…   created 3…');
    expect(render(30)[1]).toBe('my-app-1     7  created 2, 5s…');
    expect(render(20)[1]).toBe('my-ap…   7  created…');
    expect(render(14)[1]).toBe('my-app-1     7');
  });

  it.each([...Array(100).keys()].map((n) => n + 14))('fits %i columns', (width) => {
    for (const line of render(width)) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('colours without moving columns', () => {
    const rows = [[{ text: 'x', tone: 'bad' as const }, { text: '1' }]];
    const lines = renderTable(COLUMNS, rows, 80, (tone, text) => `<${tone}>${text}</>`);
    expect(lines[1]).toBe('<bad>x</>    1          ');
  });

  it('counts characters, not code units, and lets no control character through', () => {
    expect(truncate('naïve 🚀 rocket', 8)).toBe('naïve 🚀…');
    expect(truncate('a\nb\u001b[2J', 20)).toBe('a b [2J');
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
    expect(truncate('abcd', 1)).toBe('…');
  });
});
