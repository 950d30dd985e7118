import { describe, expect, it } from 'vitest';
import { LineDoubt, Lines, type LineKind } from './lines.js';

interface Fake {
  readonly number: number;
  readonly forget: () => void;
}

describe('a line that several have', () => {
  const ended: string[] = [];
  const kind: LineKind<Fake> = {
    open: (forget, number) => ({ number, forget }),
    end: ({ number }, why) => void ended.push(`${number} ${why}`),
  };
  const numberOf = async ({ number }: Fake): Promise<number> => number;

  it('ends when it is given up and nobody waits on it any more', async () => {
    ended.length = 0;
    const lines = new Lines<Fake>();
    const [one, other] = [lines.join('a', kind), lines.join('a', kind)];
    let resolve: (answer: string) => void = () => undefined;
    const waiting = other.use(() => new Promise<string>((done) => (resolve = done)));
    expect(await one.use(numberOf)).toBe(0);
    one.renew();
    expect(ended).toEqual([]);
    expect(await one.use(numberOf)).toBe(1);
    resolve('answer');
    expect(await waiting).toBe('answer');
    expect(ended).toEqual(['0 given up']);
    // The other had the old one: it has been replaced already.
    other.renew();
    expect(await other.use(numberOf)).toBe(1);
  });

  it('that ended by itself is replaced', async () => {
    const lines = new Lines<Fake>();
    const line = lines.join('a', kind);
    await line.use(async ({ forget }) => forget());
    expect(await line.use(numberOf)).toBe(1);
  });

  it('ends with the last user, whatever is under way', async () => {
    ended.length = 0;
    const lines = new Lines<Fake>();
    const [one, other] = [lines.join('a', kind), lines.join('a', kind)];
    void one.use(() => new Promise(() => undefined));
    one.renew();
    await other.use(numberOf);
    await other.close();
    await other.close();
    expect(ended).toEqual([]);
    await one.close();
    expect(ended).toEqual(['0 closed', '1 closed']);
  });
});

describe('a line is doubted', () => {
  const failed = { kind: 'error', message: '', atMs: 0 } as const;

  it('when it could not be reached, or nobody had an answer in time', () => {
    const broken = new LineDoubt();
    broken.heard({ ...failed, code: 'source-unreachable' });
    broken.heard({ kind: 'value', value: 1, atMs: 0 });
    expect(broken.isJustified(true)).toBe(true);
    expect(new LineDoubt().isJustified(false)).toBe(true);
  });

  it('not when it answered some, or refused', () => {
    const slow = new LineDoubt();
    slow.heard({ ...failed, code: 'source-unavailable' });
    expect(slow.isJustified(false)).toBe(false);
    expect(new LineDoubt().isJustified(true)).toBe(false);
  });
});
