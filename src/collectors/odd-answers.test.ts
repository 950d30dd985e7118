/**
 * One field of what a source says of one app is odd: no other app may notice, and the app itself hears the truth, an error, or that
 * there is nothing where the source says so. It never hears a number that nobody said.
 */
import { describe, expect, it } from 'vitest';
import type { Sample } from '../core/model/sample.js';
import type { CollectorDefinition } from '../seams/schema.js';
import { answeredBy } from '../testing/answered-by.js';
import { collectAll } from '../testing/collector-contract.js';
import type { Reply } from '../testing/http-responder.js';
import { ABSENT, variationsOf, type Variation } from '../testing/variations.js';
import { http } from './http/index.js';
import { commitsOf, indexGroups, indexOffsets, lagOf } from './kafka/lag.js';
import type { PartitionOffset } from './kafka/messages.js';
import { sampleOf as moduleSample } from './module/heard.js';
import { consumerBacklog, streamMessages } from './nats/jetstream.js';
import { rabbitmq } from './rabbitmq/index.js';
import type { Outcome as RedisOutcome } from './redis/outcome.js';
import { questionBuilder } from './redis/questions.js';
import { putAll } from './redis/rounds.js';
import { redisSchema } from './redis/settings.js';
import { readRows } from './shared/sql/sql-rows.js';
import { sqs } from './sqs/index.js';

type Outcome = number | 'empty' | 'error' | 'no finite number';
/** By the place of their commands. */
type Answers = Readonly<Record<number, unknown>>;
type Outcomes = ReadonlyMap<string, Outcome>;

interface Source {
  readonly document: unknown;
  /** Where in the document the object of app a is. */
  readonly start: readonly (string | number)[];
  readonly read: (document: unknown) => Outcomes | Promise<Outcomes>;
  /** What is right too: where the source says by this that it has nothing, or says another number. */
  readonly allows?: (variation: Variation, outcome: Outcome | undefined) => boolean;
}

/** Far more than any of it takes, and far less than without end. */
const LIMIT_MS = 60_000;

async function check(source: Source): Promise<void> {
  const base = await source.read(source.document);
  const right = base.get('a');
  expect(right).toBeTypeOf('number');
  let count = 0;
  for (const variation of variationsOf(source.document, source.start)) {
    count += 1;
    const outcomes = await source.read(variation.document);
    const own = outcomes.get('a');
    for (const [app, outcome] of base) {
      if (app !== 'a') expect(outcomes.get(app), `${app}: ${variation.what}`).toBe(outcome);
    }
    const isGood = own === right || own === 'error' || source.allows?.(variation, own) === true;
    expect(isGood, `${variation.what} gives ${String(own)}`).toBe(true);
  }
  expect(count).toBeGreaterThan(15);
}

/** The number that stands there now, be it in a text. */
function isWhatWasSaid(outcome: Outcome | undefined, value: unknown): boolean {
  if (typeof value !== 'number' && typeof value !== 'string') return false;
  const number = Number(value);
  return Number.isFinite(number) ? outcome === number : outcome === 'no finite number';
}

function outcomeOf(sample: Sample | undefined): Outcome {
  switch (sample?.kind) {
    case 'value':
      // So that what is in the place of nothing is not taken for a number of the source.
      return sample.isDefault === true ? 'empty' : sample.value;
    case 'not-a-number':
      return 'no finite number';
    case 'empty':
      return 'empty';
    default:
      return 'error';
  }
}

/** Each app by an HTTP request of its own, or all by one. */
function byHttp<Settings>(
  definition: CollectorDefinition<Settings>,
  settings: Readonly<Record<string, unknown>>,
  replyTo: (document: unknown, request: { readonly url: string; readonly body?: string }) => Reply,
): Source['read'] {
  return async (document) => {
    const given = { default: 0, ...settings };
    const collector = answeredBy(definition, given, (request) => replyTo(document, request));
    const samples = await collectAll(collector, ['a', 'b']);
    return new Map([...samples].map(([app, sample]) => [app, outcomeOf(sample)]));
  };
}

const json = (document: unknown): Reply => ({ json: document });

/** The part of the document that is about the app whose name the request holds. */
const part =
  (wrap: (part: unknown) => Reply = json) =>
  (document: unknown, { url, body = '' }: { readonly url: string; readonly body?: string }) => {
    const parts = document as Readonly<Record<string, unknown>>;
    return wrap(parts[/[_-]b\b/.test(url + body) ? 'b' : 'a']);
  };

/** To JSON paths. A number that JSON cannot write is null on its way. */
const isNothingOrSaid = ({ field, value }: Variation, outcome: Outcome | undefined): boolean => {
  const isNull = value === null || (typeof value === 'number' && !Number.isFinite(value));
  if (outcome === 'empty') return field !== 'depth' || value === ABSENT || isNull;
  return field === 'depth' && isWhatWasSaid(outcome, value);
};

const queue = (app: string, ready: number): object => ({
  name: `q_${app}`,
  messages_ready: ready,
  messages_unacknowledged: 2,
  message_stats: { publish: 9, publish_details: { rate: 0.4 } },
});
const attributes = (visible: string): object => ({
  Attributes: {
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesNotVisible: '2',
    ApproximateNumberOfMessagesDelayed: '1',
  },
});
const rabbit = { url: 'http://rabbit:15672', queue: 'q_$APP_NAME' };
const jobs = 'https://jobs.example.com/stats';

describe('an odd field in the JSON of one app', () => {
  it.each<[string, Source]>([
    ...(['ready', 'unacked', 'both', 'rate'] as const).map((count): [string, Source] => [
      `a list of RabbitMQ, ${count}`,
      {
        document: [queue('a', 5), queue('b', 7)],
        start: [0],
        read: byHttp(rabbitmq, { ...rabbit, count }, json),
        allows({ field, value }, outcome) {
          const isOther = field === 'name' && typeof value === 'string';
          if (outcome === 'empty') return isOther || (field === 0 && value === ABSENT);
          if (count !== 'rate') return false;
          // Nothing was ever published to a queue without statistics.
          if (field === 'message_stats') return outcome === 0;
          return field === 'rate' && isWhatWasSaid(outcome, value) && Number(value) >= 0;
        },
      },
    ]),
    [
      'an answer of SQS',
      {
        document: { a: attributes('4'), b: attributes('7') },
        start: ['a'],
        read: byHttp(
          sqs,
          {
            queue: 'https://sqs.eu-west-1.amazonaws.com/1/q_$APP_NAME',
            'access-key-id': 'AKIDEXAMPLE',
            'secret-access-key': 'secret-0123456789',
          },
          part(),
        ),
      },
    ],
    [
      'one document for all',
      {
        document: {
          apps: [
            { name: 'a', depth: 4 },
            { name: 'b', depth: 7 },
          ],
        },
        start: ['apps', 0],
        read: byHttp(http, { url: jobs, path: "$.apps[?@.name == '$APP_NAME'].depth" }, json),
        allows: isNothingOrSaid,
      },
    ],
    [
      'a document for each app',
      {
        document: { a: { depth: 4 }, b: { depth: 7 } },
        start: ['a'],
        read: byHttp(http, { url: `${jobs}-$APP_NAME`, path: '$.depth' }, part()),
        allows: isNothingOrSaid,
      },
    ],
  ])('in %s', (_, source) => check(source), LIMIT_MS);

  it('in an answer of RabbitMQ about one queue', async () => {
    const read: Source['read'] = async (document) => {
      const { a: entry, b: other } = document as Readonly<Record<string, unknown>>;
      const one = async (app: string, answer: unknown): Promise<Outcome> => {
        const collector = answeredBy(rabbitmq, { ...rabbit, count: 'both' }, () => json(answer));
        return outcomeOf((await collectAll(collector, [app])).get(app));
      };
      return new Map([
        ['a', await one('a', entry)],
        ['b', await one('b', other)],
      ]);
    };
    await check({ document: { a: queue('a', 5), b: queue('b', 7) }, start: ['a'], read });
  });

  it('in what JetStream says of a consumer and of a stream', async () => {
    const outcome = async (reading: Promise<number>): Promise<Outcome> =>
      reading.catch(() => 'error' as const);
    const consumer = { num_pending: 4, num_ack_pending: 2, name: 'c' };
    await check({
      document: consumer,
      start: [],
      read: async (document) => {
        const ask = (): Promise<string> => Promise.resolve(JSON.stringify(document));
        const reading = consumerBacklog(ask, 's', 'c', async () => undefined);
        return new Map([
          ['a', await outcome(reading.then(({ pending, ackPending }) => pending + ackPending))],
        ]);
      },
    });
    const stream = { total: 2, state: { messages: 9, subjects: { 'j.a': 3, 'j.b': 4 } } };
    await check({
      document: stream,
      start: [],
      read: async (document) => {
        let asked = 0;
        const ask = (_: string, body: string): Promise<string> => {
          asked += 1;
          const isFirst = body === '' || body.includes('"offset":0');
          const rest = { total: 2, state: { messages: 9, subjects: {} } };
          return Promise.resolve(JSON.stringify(isFirst ? document : rest));
        };
        const read = streamMessages(ask, { stream: 's', subject: 'j.*' }, async () => undefined);
        const value = await outcome(read);
        expect(asked).toBeLessThan(4);
        return new Map([['a', value]]);
      },
      // The server lists the subjects that have messages, and leaves them out where there is none.
      allows: ({ field, value }, outcome) =>
        (field === 'subjects' && outcome === 0 && isEmptyList(value)) ||
        (field === 'j.a' && outcome === 4 && value === ABSENT) ||
        (field === 'j.b' && outcome === 3 && value === ABSENT),
    });
  });
});

function isEmptyList(value: unknown): boolean {
  return value === ABSENT || /^(null|\{\})$/.test(JSON.stringify(value));
}

describe('an odd cell in the row of one app', () => {
  it('in an answer of SQL', async () => {
    const meaning = {
      appColumn: 'app',
      timeColumn: 'at',
      maxAgeMs: 60_000,
      defaultValue: 0,
      serverName: 'db',
    };
    await check({
      document: [
        ['a', 1_000_000, 4],
        ['b', 1_000_000, 7],
      ],
      start: [0],
      read(document) {
        const rows = document as readonly (readonly unknown[])[];
        const listed = rows.map((row) => (Array.isArray(row) ? (row as readonly unknown[]) : []));
        const answer = { columns: ['app', 'at', 'n'], rows: listed };
        const sampleOf = readRows(answer, meaning, 1_000_000_000);
        return new Map(['a', 'b'].map((app) => [app, outcomeOf(sampleOf(app))]));
      },
      // A row without an app, or without a number, is none of the app's.
      allows: ({ field, value }, outcome) =>
        outcome === 'empty'
          ? field === 0 || value === null || value === ABSENT
          : field === 2 && isWhatWasSaid(outcome, value),
    });
  });
});

describe('an odd answer of Redis for the key of one app', () => {
  const stream = (length: number): unknown => [
    'length',
    length,
    'first-entry',
    ['1-0', ['k', 'v']],
    'last-entry',
    [`${length}-0`, ['k', 'v']],
  ];
  const group = (lag: number): unknown => [
    ['name', 'g', 'pending', 2, 'last-delivered-id', '1-0', 'entries-read', 1, 'lag', lag],
  ];

  it.each<[string, Readonly<Record<string, unknown>>, unknown, unknown, Source['allows']?]>([
    ['list', {}, [4], [7]],
    ['sorted-set', {}, [4], [7]],
    ['stream', {}, [4, 1], [7, 1]],
    ['bullmq', {}, [4, 1, 2, 3, 1], [7, 1, 0, 0, 1]],
    ['stream-lag', { group: 'g' }, [group(3), stream(4)], [group(6), stream(7)], isOtherGroup],
    ['stream-pending', { group: 'g' }, [group(3)], [group(6)], isOtherGroup],
    ['number', {}, ['4'], ['7'], isStored],
  ])('in the answers to %s', async (value, settings, a, b, allows) => {
    const url = 'redis://h';
    const questionsFor = questionBuilder(
      redisSchema.parse({ 'metric-name': 'm', url, key: '$APP_NAME', value, ...settings }),
    );
    await check({
      document: { a: Object.fromEntries((a as unknown[]).entries()), b },
      start: ['a'],
      async read(document) {
        const answers = document as Readonly<Record<string, unknown>>;
        const outcomes = new Map<string, Outcome>();
        let rounds = 0;
        await putAll(
          questionsFor(['a', 'b']),
          async (commands) => {
            rounds += 1;
            // Entries that are counted one by one: those behind the first.
            if (rounds > 1) return commands.map(() => [['2-0'], ['3-0'], ['4-0']]);
            return ['a', 'b'].flatMap((app) => {
              const own = answers[app];
              const wanted = (app === 'a' ? a : b) as readonly unknown[];
              const given = typeof own === 'object' ? (own as Answers | null) : null;
              return wanted.map((_, at) => given?.[at]);
            });
          },
          ({ apps: [app = ''] }, outcome) => outcomes.set(app, redisOutcome(outcome)),
        );
        expect(rounds).toBeLessThan(4);
        return outcomes;
      },
      ...(allows === undefined ? {} : { allows }),
    });
  });

  /** An empty list of groups, or a group of another name. */
  function isOtherGroup({ field, value }: Variation, outcome: Outcome | undefined): boolean {
    if (outcome !== 'empty') return false;
    const isNoGroup = value === ABSENT || /^\[(\[\])?\]$/.test(JSON.stringify(value));
    return isNoGroup || (field === 1 && typeof value === 'string');
  }

  function isStored({ value }: Variation, outcome: Outcome | undefined): boolean {
    return outcome === 'empty' ? value === null : isWhatWasSaid(outcome, value);
  }
});

function redisOutcome(outcome: RedisOutcome | Error): Outcome {
  if (outcome instanceof Error) return 'error';
  if (outcome.kind !== 'number') return 'empty';
  return Number.isFinite(outcome.value) ? outcome.value : 'no finite number';
}

describe('an odd offset of Kafka', () => {
  it('in a partition of the topic of one app', async () => {
    const offset = (topic: string, value: number): object => ({
      topic,
      partition: 0,
      errorCode: 0,
      offset: value,
    });
    await check({
      document: {
        a: { earliest: offset('a', 2), latest: offset('a', 9), committed: offset('a', 5) },
        b: { earliest: offset('b', 0), latest: offset('b', 9), committed: offset('b', 2) },
      },
      start: ['a'],
      read(document) {
        const told = Object.values(document as object).filter(
          (each) => typeof each === 'object' && each !== null,
        ) as readonly Readonly<Record<string, unknown>>[];
        const list = (which: string): readonly PartitionOffset[] =>
          told.map((each) => each[which]).filter(isOffset);
        const facts = {
          earliest: indexOffsets(list('earliest')),
          latest: indexOffsets(list('latest')),
          groups: indexGroups([{ group: 'g', errorCode: 0, offsets: list('committed') }]),
        };
        const outcome = (name: string): Outcome => {
          const partitions = [{ index: 0, leaderId: 1 }];
          const topics = [{ name, errorCode: 0, isInternal: false, partitions }];
          try {
            commitsOf(topics, ['g'], facts);
            return lagOf(topics, ['g'], 'earliest', facts);
          } catch {
            return 'error';
          }
        };
        return new Map(['a', 'b'].map((name) => [name, outcome(name)]));
      },
      // Without a commit of its own, the setting says that all that is there counts.
      allows: ({ what }, outcome) => what.startsWith('a.committed') && outcome === 7,
    });
  });

  function isOffset(value: unknown): value is PartitionOffset {
    return typeof value === 'object' && value !== null && 'offset' in value;
  }
});

it('an odd word of a module is an error, and a number is what it says', async () => {
  await check({
    document: { a: { kind: 'value', value: 4, atMs: 5 }, b: 7 },
    start: ['a'],
    read: (document) => {
      const words = document as Readonly<Record<string, unknown>>;
      return new Map(
        ['a', 'b'].map((app) => [app, outcomeOf(moduleSample(words[app], undefined, 5))]),
      );
    },
    allows: ({ field, value }, outcome) =>
      outcome === 'empty'
        ? field === 'a' && value === null
        : (field === 'value' || field === 'a') && isWhatWasSaid(outcome, value),
  });
});

it('an odd line of an exposition is an error, and never another number of its app or of others', async () => {
  const lines = ['# TYPE depth gauge', 'depth{app="a"} 4', 'depth{app="b"} 7 1700000000000'];
  const good = lines.join('\n');
  const selector = 'depth{app="$APP_NAME"}';
  const ask = async (body: string): Promise<Outcomes> =>
    byHttp(http, { url: jobs, format: 'prometheus', selector }, () => ({ body }))(null);
  expect(await ask(good)).toEqual(
    new Map([
      ['a', 4],
      ['b', 7],
    ]),
  );
  // What belongs to a name of an app, or a digit of its number, is another answer and no odd one.
  const places = Array.from(good, (_, at) => at).filter((at) => !/[ab"\d]/.test(good.charAt(at)));
  for (const at of places) {
    for (const odd of ['', '\u0000', '{', '"', '=', '-', '\n']) {
      // Two numbers without a space between them are one.
      if (odd === '' && good.charAt(at) === ' ') continue;
      const outcomes = await ask(`${good.slice(0, at)}${odd}${good.slice(at + 1)}`);
      const [a, b] = [outcomes.get('a'), outcomes.get('b')];
      const what = `${JSON.stringify(odd)} at ${at}`;
      expect([4, -4, 'error', 'empty'], what).toContain(a);
      expect([7, -7, 'error', 'empty'], what).toContain(b);
    }
  }
});
