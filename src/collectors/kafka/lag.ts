/** The lag of groups in topics, from what the brokers told. */
import { KafkaError } from './failure.js';
import type { GroupOffsets, PartitionOffset, Topic } from './messages.js';

/** By topic and partition. */
export type Offsets = ReadonlyMap<string, ReadonlyMap<number, PartitionOffset>>;

export interface Facts {
  readonly latest: Offsets;
  readonly earliest: Offsets;
  /** By group. */
  readonly groups: ReadonlyMap<string, { readonly errorCode: number; readonly committed: Offsets }>;
}

export function indexOffsets(list: readonly PartitionOffset[]): Offsets {
  const byTopic = new Map<string, Map<number, PartitionOffset>>();
  for (const offset of list) {
    const partitions = byTopic.get(offset.topic) ?? new Map<number, PartitionOffset>();
    byTopic.set(offset.topic, partitions.set(offset.partition, offset));
  }
  return byTopic;
}

export function indexGroups(list: readonly GroupOffsets[]): Facts['groups'] {
  return new Map(
    list.map(({ group, errorCode, offsets }) => [
      group,
      { errorCode, committed: indexOffsets(offsets) },
    ]),
  );
}

/**
 * Sum over groups and partitions of end offset minus committed offset. What retention has removed does not count, and an end that was
 * read before the commit is 0, not negative. Throws `KafkaError` when anything of it is missing: half a sum would pass for a small one.
 */
export function lagOf(
  topics: readonly Topic[],
  groups: readonly string[],
  uncommitted: 'earliest' | 'latest',
  facts: Facts,
): number {
  let lag = 0;
  for (const group of groups) {
    const known = facts.groups.get(group);
    if (known === undefined) throw new KafkaError(-1, `no answer for group ${group}`);
    if (known.errorCode !== 0) throw new KafkaError(known.errorCode, `group ${group}`);
    for (const { name, partitions } of topics) {
      for (const { index } of partitions) {
        const end = offsetOf(facts.latest, name, index);
        const begin = offsetOf(facts.earliest, name, index);
        const commit = known.committed.get(name)?.get(index);
        if (commit !== undefined && commit.errorCode !== 0) {
          throw new KafkaError(commit.errorCode, `group ${group}, topic ${name}`);
        }
        const isCommitted = commit !== undefined && commit.offset >= 0;
        const start = uncommitted === 'earliest' ? begin : end;
        lag += Math.max(end - Math.max(isCommitted ? commit.offset : start, begin), 0);
      }
    }
  }
  return lag;
}

function offsetOf(offsets: Offsets, topic: string, partition: number): number {
  const found = offsets.get(topic)?.get(partition);
  const where = `topic ${topic}, partition ${partition}`;
  if (found === undefined) throw new KafkaError(-1, `no answer for ${where}`);
  if (found.errorCode !== 0) throw new KafkaError(found.errorCode, where);
  return found.offset;
}
