import { describe, expect, it } from 'vitest';
import { commitsOf, indexGroups, indexOffsets, lagOf, type Facts } from './lag.js';
import type { PartitionOffset, Topic } from './messages.js';

const TOPIC: Topic = {
  name: 't',
  errorCode: 0,
  isInternal: false,
  partitions: [0, 1].map((index) => ({ index, leaderId: 1 })),
};

function offsets(values: readonly number[], errorCode = 0): readonly PartitionOffset[] {
  return values.map((offset, partition) => ({ topic: 't', partition, offset, errorCode }));
}

interface Told {
  readonly latest: readonly PartitionOffset[];
  readonly earliest?: readonly PartitionOffset[];
  readonly committed: readonly PartitionOffset[];
  readonly groupError?: number;
  readonly uncommitted?: 'earliest' | 'latest';
}

function factsOf({ latest, earliest, committed, groupError }: Told): Facts {
  const group = { group: 'g', errorCode: groupError ?? 0, offsets: committed };
  return {
    latest: indexOffsets(latest),
    earliest: indexOffsets(earliest ?? offsets([0, 0])),
    groups: indexGroups([group]),
  };
}

function lag(told: Told): number {
  return lagOf([TOPIC], ['g'], told.uncommitted ?? 'latest', factsOf(told));
}

function remark(told: Told): string | null {
  return commitsOf([TOPIC], ['g'], factsOf(told)).remark;
}

describe('the lag of a group', () => {
  const latest = offsets([10, 20]);

  it('is what it has not committed of each partition', () => {
    expect(lag({ latest, committed: offsets([4, 15]) })).toBe(11);
  });

  it('is never negative, so that one partition cannot hide another', () => {
    expect(lag({ latest, committed: offsets([99, 15]) })).toBe(5);
  });

  it('counts a partition without a commit from the end or from the beginning', () => {
    const facts = { latest, earliest: offsets([3, 3]), committed: offsets([4, -1]) };
    expect(lag(facts)).toBe(6);
    expect(lag({ ...facts, uncommitted: 'earliest' })).toBe(6 + 17);
    expect(lag({ ...facts, committed: [], uncommitted: 'earliest' })).toBe(7 + 17);
  });

  it('leaves out what retention has removed', () => {
    expect(lag({ latest, earliest: offsets([8, 0]), committed: offsets([4, 20]) })).toBe(2);
  });

  it('is unknown when anything of it is', () => {
    const committed = offsets([4, 15]);
    expect(() => lag({ latest: offsets([10]), committed })).toThrow('no answer for topic t');
    expect(() => lag({ latest: offsets([10, 20], 6), committed })).toThrow('another leader');
    expect(() => lag({ latest, committed: offsets([4, 15], 29) })).toThrow('authorization');
    expect(() => lag({ latest, committed, groupError: 30 })).toThrow('group g');
  });

  it('takes a commit beyond the end for none, and says so', () => {
    const facts = { latest: offsets([10, 20]), committed: offsets([500, 15]) };
    expect(lag({ ...facts, uncommitted: 'earliest' })).toBe(10 + 5);
    expect(lag({ ...facts, uncommitted: 'latest' })).toBe(5);
    expect(remark(facts)).toContain('500 is committed beyond the end 10');
    expect(remark({ ...facts, committed: offsets([10, 15]) })).toBeNull();
  });

  it('says what retention has removed unread', () => {
    const facts = { latest, earliest: offsets([8, 8]), committed: offsets([4, 3]) };
    expect(remark(facts)).toContain('partition 0 (and 1 more): 4 is committed before the log');
    expect(remark({ ...facts, committed: offsets([8, -1]) })).toBeNull();
  });

  it.each([
    ['begins behind its end', { latest, earliest: offsets([11, 0]), committed: offsets([4, 5]) }],
    ['has a negative end', { latest: offsets([-1, 20]), committed: offsets([4, 5]) }],
    ['has a negative commit', { latest, committed: offsets([-2, 5]) }],
    ['has an end that no number holds', { latest: offsets([2 ** 60, 20]), committed: [] }],
  ])('is no number where a partition %s', (_, facts) => {
    expect(() => lag({ ...facts, uncommitted: 'earliest' })).toThrow(/begins at|is no offset/);
  });
});
