import { describe, expect, it } from 'vitest';
import { indexGroups, indexOffsets, lagOf } from './lag.js';
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

function lag(facts: {
  readonly latest: readonly PartitionOffset[];
  readonly earliest?: readonly PartitionOffset[];
  readonly committed: readonly PartitionOffset[];
  readonly groupError?: number;
  readonly uncommitted?: 'earliest' | 'latest';
}): number {
  const group = { group: 'g', errorCode: facts.groupError ?? 0, offsets: facts.committed };
  return lagOf([TOPIC], ['g'], facts.uncommitted ?? 'latest', {
    latest: indexOffsets(facts.latest),
    earliest: indexOffsets(facts.earliest ?? offsets([0, 0])),
    groups: indexGroups([group]),
  });
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
});
