/** Asks SQS by its JSON protocol: one queue a request, for it knows no other. */
import { z } from 'zod';
import type { HttpConnection } from '../../seams/http.js';
import type { CollectorContext } from '../../seams/schema.js';
import { refusal, refusalOfError } from '../shared/http/http-refusal.js';
import { placesFor } from '../shared/pacing/places.js';
import { tlsOf } from '../shared/http/tls.js';
import { refusedIn, type Refused } from './failure.js';
import { COUNTS, isUrl, type SqsServer, type SqsSettings } from './settings.js';
import { signedHeaders } from './signature.js';

/** Requests in flight at once. */
const MAX_IN_FLIGHT = 32;
/** More URLs than queues that a fleet may have are those of queues that are gone. */
const MAX_URLS = 20_000;

export type Reading = { readonly kind: 'number'; readonly value: number } | Refused;

export interface Asker {
  /** Tells of each queue, a name or a URL, once. Rejects only with the signal's reason. */
  ask(
    queues: readonly string[],
    tell: (queue: string, reading: Reading) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}

const urlShape = z.object({ QueueUrl: z.string().min(1) });
/** Others than those asked for are none of our business. */
const attributesShape = z.object({ Attributes: z.record(z.string(), z.unknown()) });
const countShape = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(z.int());

export function sqsAsker(
  settings: SqsSettings,
  server: SqsServer,
  context: CollectorContext,
): Asker {
  const connection = context.connect({ tls: tlsOf(settings), maxConnections: MAX_IN_FLIGHT });
  const call = caller(settings, server, context, connection);
  const attributes = settings.count.map((count) => COUNTS[count]);
  const owner = settings['account-id'];
  const forEach = placesFor<string>(MAX_IN_FLIGHT, (queue) => queue);
  const urls = new Map<string, string>();

  const urlOf = async (queue: string, signal: AbortSignal): Promise<string | Refused> => {
    const known = isUrl(queue) ? queue : urls.get(queue);
    if (known !== undefined) return known;
    const question = {
      QueueName: queue,
      ...(owner === undefined ? {} : { QueueOwnerAWSAccountId: owner }),
    };
    const answer = await call('GetQueueUrl', question, urlShape, signal);
    if ('kind' in answer) return answer;
    if (urls.size >= MAX_URLS) urls.clear();
    urls.set(queue, answer.QueueUrl);
    return answer.QueueUrl;
  };
  const read = async (queue: string, signal: AbortSignal): Promise<Reading> => {
    const url = await urlOf(queue, signal);
    if (typeof url !== 'string') return url;
    const question = { QueueUrl: url, AttributeNames: attributes };
    const answer = await call('GetQueueAttributes', question, attributesShape, signal);
    // One of that name may come again, in the same place or not.
    if ('kind' in answer) {
      urls.delete(queue);
      return answer;
    }
    const counts = attributes.map((name) => countShape.safeParse(answer.Attributes[name]).data);
    const odd = attributes.filter((_, index) => counts[index] === undefined);
    if (odd.length > 0) {
      return refusal('source-bad-answer', `the answer has no number of ${odd.join(', ')}`);
    }
    return { kind: 'number', value: counts.reduce<number>((sum, n) => sum + (n ?? 0), 0) };
  };

  return {
    ask: (queues, tell, signal) =>
      forEach(queues, signal, async (queue) => {
        tell(queue, await read(queue, signal));
      }),
    close: () => connection.close(),
  };
}

type Call = <Answer extends object>(
  action: 'GetQueueUrl' | 'GetQueueAttributes',
  question: object,
  shape: z.ZodType<Answer>,
  signal: AbortSignal,
) => Promise<Answer | Refused>;

/** Each call is signed anew: a signature is good for minutes only. */
function caller(
  settings: SqsSettings,
  { endpoint, region }: SqsServer,
  { clock, userAgent }: CollectorContext,
  { request }: HttpConnection,
): Call {
  const credentials = {
    accessKeyId: settings['access-key-id'],
    secretAccessKey: settings['secret-access-key'],
    sessionToken: settings['session-token'],
  };
  return async (action, question, shape, signal) => {
    const unsigned = {
      method: 'POST',
      url: `${endpoint}/`,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
      },
      body: JSON.stringify(question),
    } as const;
    const headers = signedHeaders(unsigned, credentials, { region, service: 'sqs' }, clock.now());
    try {
      // Not signed: proxies add to it.
      const sent = { ...unsigned, headers: { ...headers, 'user-agent': userAgent } };
      const response = await request(sent, signal);
      return refusedIn(response) ?? shape.parse(JSON.parse(response.body));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SyntaxError || error instanceof z.ZodError) {
        return refusal('source-bad-answer', 'the answer is none of SQS');
      }
      return refusalOfError(error);
    }
  };
}
