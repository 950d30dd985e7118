/** What a group has not read yet of a stream: the server's own count only where nothing else that it says contradicts it. */
import type { Command } from './connection.js';
import { UnreadableAnswer, type Outcome } from './outcome.js';

/** Entries come with all that is in them: few at once, and not without end. */
const PAGE = 1000;
const MAX_COUNTED = 10_000;

export interface LagQuestion {
  readonly key: string;
  readonly group: string;
}

/** A group as XINFO GROUPS tells it. */
export interface Group {
  readonly lastDelivered: StreamId;
  /** Null: the server does not know it. */
  readonly lag: number | null;
  readonly pending: number;
}

type StreamId = readonly [ms: bigint, sequence: bigint];

interface Stream {
  readonly length: number;
  /** First and last entry; null in an empty stream. */
  readonly ends: readonly [StreamId, StreamId] | null;
}

/** Reads lags of groups, and remembers whose count was wrong once: Redis 7.0 goes on with it for ever. */
export class LagReader {
  readonly #doubted = new Set<string>();

  /** `stream`: the answer of XINFO STREAM; undefined where the server refuses it. */
  read({ key, group: name }: LagQuestion, groups: unknown, stream: unknown): Outcome {
    const group = groupIn(groups, name);
    if (group === null) return { kind: 'missing' };
    if (stream === undefined) return ownCount(group);
    const { length, ends } = streamIn(stream);
    const id = JSON.stringify([key, name]);
    const { lag, lastDelivered } = group;
    if (lag !== null && lag > length) this.#doubted.add(id);
    if (ends === null) return { kind: 'number', value: 0 };
    const [first, last] = ends;
    if (compare(lastDelivered, last) >= 0) {
      if (lag !== null && lag > 0) this.#doubted.add(id);
      return { kind: 'number', value: 0 };
    }
    if (compare(lastDelivered, first) < 0) return { kind: 'number', value: length };
    // It stands at one of the entries, or between two: at least one is read and one is not.
    const isPossible = lag !== null && lag > 0 && lag < length;
    if (isPossible && !this.#doubted.has(id)) return { kind: 'number', value: lag };
    return countAfter(key, lastDelivered, 0);
  }
}

function ownCount({ lag }: Group): Outcome {
  if (lag !== null) return { kind: 'number', value: lag };
  throw new UnreadableAnswer(
    'the server does not know the lag of the group, and does not allow XINFO STREAM, by which it could be counted',
  );
}

/** Counts the entries behind an id by reading them. */
function countAfter(key: string, after: StreamId, counted: number): Outcome {
  const command: Command = ['XRANGE', key, textOf(next(after)), '+', 'COUNT', String(PAGE)];
  return {
    kind: 'ask',
    commands: [command],
    read([answer]) {
      const ids = idsIn(answer);
      const total = counted + ids.length;
      const last = ids.at(-1);
      if (ids.length < PAGE || last === undefined) return { kind: 'number', value: total };
      if (total < MAX_COUNTED) return countAfter(key, last, total);
      throw new UnreadableAnswer(
        `the server does not know the lag of the group, and more than ${MAX_COUNTED} unread entries are not counted one by one`,
      );
    },
  };
}

function idsIn(answer: unknown): readonly StreamId[] {
  if (!Array.isArray(answer) || answer.length > PAGE) {
    throw new UnreadableAnswer('the answer lists no entries');
  }
  return answer.map((entry: unknown) => entryId(entry));
}

/** XINFO GROUPS answers for each group a list of names and values in turn. Null: there is no such group. */
export function groupIn(answer: unknown, name: string): Group | null {
  if (!Array.isArray(answer)) throw new UnreadableAnswer('the answer lists no groups');
  const all = answer.map((entry: unknown) => fieldsIn(entry, 'the answer lists no groups'));
  const fields = all.find((group) => group.get('name') === name);
  if (fields === undefined) {
    // One without a name could be it.
    if (all.every((group) => typeof group.get('name') === 'string')) return null;
    throw new UnreadableAnswer('the answer lists a group without a name');
  }
  const lag = fields.get('lag') ?? null;
  return {
    lastDelivered: idOf(fields.get('last-delivered-id'), 'the last-delivered-id of the group'),
    lag: lag === null ? null : countOf(lag, 'the lag of the group'),
    pending: countOf(fields.get('pending'), 'the pending of the group'),
  };
}

function streamIn(answer: unknown): Stream {
  const fields = fieldsIn(answer, 'the answer describes no stream');
  const length = countOf(fields.get('length'), 'the length of the stream');
  if (length === 0) return { length, ends: null };
  const ends = [entryId(fields.get('first-entry')), entryId(fields.get('last-entry'))] as const;
  if (compare(...ends) > 0) throw new UnreadableAnswer('the last entry is before the first');
  return { length, ends };
}

function fieldsIn(answer: unknown, problem: string): ReadonlyMap<unknown, unknown> {
  if (!Array.isArray(answer)) throw new UnreadableAnswer(problem);
  const list: readonly unknown[] = answer;
  return new Map(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : [])));
}

/** A length. */
export function countOf(answer: unknown, what: string): number {
  if (typeof answer === 'number' && Number.isSafeInteger(answer) && answer >= 0) return answer;
  throw new UnreadableAnswer(`${what} is no count`);
}

/** An entry is its id and its fields. */
function entryId(entry: unknown): StreamId {
  return idOf(Array.isArray(entry) ? entry[0] : undefined, 'the id of an entry');
}

function idOf(text: unknown, what: string): StreamId {
  const [, ms, sequence] = (typeof text === 'string' && /^(\d{1,20})-(\d{1,20})$/.exec(text)) || [];
  if (ms === undefined || sequence === undefined) throw new UnreadableAnswer(`${what} is no id`);
  return [BigInt(ms), BigInt(sequence)];
}

function textOf([ms, sequence]: StreamId): string {
  return `${ms}-${sequence}`;
}

const MAX_SEQUENCE = 2n ** 64n - 1n;

function next([ms, sequence]: StreamId): StreamId {
  return sequence < MAX_SEQUENCE ? [ms, sequence + 1n] : [ms + 1n, 0n];
}

function compare(one: StreamId, other: StreamId): number {
  const difference = one[0] === other[0] ? one[1] - other[1] : one[0] - other[0];
  return difference < 0n ? -1 : Number(difference > 0n);
}
