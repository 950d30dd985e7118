/** The lag of groups in topics, from what the brokers told. */
import { BadAnswer } from './bytes.js';
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

/** Where a group stands in a partition. */
interface Place {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is still there, and the one behind the last. */
  readonly begin: number;
  readonly end: number;
  /** Null: none. */
  readonly commit: number | null;
}

/**
 * Sum over groups and partitions of end offset minus committed offset. What retention has removed does not count. Nobody can have
 * consumed what is not there yet: a commit beyond the end is of a topic that was made anew, and is none, as consumers take it.
 * Throws `KafkaError` when anything of it is missing, and `BadAnswer` when it contradicts itself: half a sum would pass for a small one.
 */
export function lagOf(
  topics: readonly Topic[],
  groups: readonly string[],
  uncommitted: 'earliest' | 'latest',
  facts: Facts,
): number {
  let lag = 0;
  for (const { begin, end, commit } of placesOf(topics, groups, facts)) {
    const start = uncommitted === 'earliest' ? begin : end;
    const isCommitted = commit !== null && commit <= end;
    lag += end - (isCommitted ? Math.max(commit, begin) : start);
  }
  return lag;
}

export interface Commits {
  /** Whether the groups have committed anything in the topics. */
  readonly isAny: boolean;
  /** What a person should know of them; null when nothing is odd. */
  readonly remark: string | null;
}

/** Throws as `lagOf` does. */
export function commitsOf(
  topics: readonly Topic[],
  groups: readonly string[],
  facts: Facts,
): Commits {
  const places = placesOf(topics, groups, facts);
  const odd = places.filter(
    ({ begin, end, commit }) => commit !== null && (commit > end || commit < begin),
  );
  const isAny = places.some(({ commit }) => commit !== null);
  return { isAny, remark: odd[0] === undefined ? null : remarkOn(odd[0], odd.length - 1) };
}

function remarkOn({ group, topic, partition, begin, end, commit }: Place, others: number): string {
  const more = others === 0 ? '' : ` (and ${others} more)`;
  const what = `group ${group}, topic ${topic}, partition ${partition}${more}: ${commit} is committed`;
  if (commit !== null && commit > end) {
    return `${what} beyond the end ${end}, which counts as no commit`;
  }
  return `${what} before the log begins at ${begin}: what was unread in between is gone`;
}

function placesOf(
  topics: readonly Topic[],
  groups: readonly string[],
  facts: Facts,
): readonly Place[] {
  return groups.flatMap((group) => {
    const known = facts.groups.get(group);
    if (known === undefined) throw new KafkaError(-1, `no answer for group ${group}`);
    if (known.errorCode !== 0) throw new KafkaError(known.errorCode, `group ${group}`);
    return topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ index: partition }): Place => {
        const end = offsetOf(facts.latest, topic, partition);
        const begin = offsetOf(facts.earliest, topic, partition);
        const commit = commitOf(known.committed, group, topic, partition);
        const where = `topic ${topic}, partition ${partition}`;
        if (begin > end) throw new BadAnswer(`${where} begins at ${begin} and ends at ${end}`);
        return { group, topic, partition, begin, end, commit };
      }),
    );
  });
}

function commitOf(
  committed: Offsets,
  group: string,
  topic: string,
  partition: number,
): number | null {
  const commit = committed.get(topic)?.get(partition);
  const where = `group ${group}, topic ${topic}`;
  if (commit === undefined) return null;
  if (commit.errorCode !== 0) throw new KafkaError(commit.errorCode, where);
  return commit.offset === -1 ? null : checked(commit.offset, where);
}

function offsetOf(offsets: Offsets, topic: string, partition: number): number {
  const found = offsets.get(topic)?.get(partition);
  const where = `topic ${topic}, partition ${partition}`;
  if (found === undefined) throw new KafkaError(-1, `no answer for ${where}`);
  if (found.errorCode !== 0) throw new KafkaError(found.errorCode, where);
  return checked(found.offset, where);
}

function checked(offset: number, where: string): number {
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new BadAnswer(`${where}: ${offset} is no offset`);
}
