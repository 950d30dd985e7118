/** Which requests give the number of an app, and what their answers mean. */
import { appTemplate } from '../shared/settings/app-template.js';
import type { TemporalSettings } from './settings.js';
import {
  COUNT_METHOD,
  decodeBacklog,
  decodeCountResponse,
  DESCRIBE_QUEUE_METHOD,
  encodeCountRequest,
  encodeDescribeQueueRequest,
  hasPollers,
  type QueueType,
} from './wire.js';

export interface Question {
  readonly namespace: string;
  readonly method: string;
  /** The value is the sum of what their answers give. */
  readonly requests: readonly Buffer[];
  /** Throws `RangeError` when the bytes are no answer. */
  readonly read: (answer: Buffer) => number;
  /** Whether the answer shows that the server knows what is asked for, be it that its number is 0. */
  readonly isKnown: (answer: Buffer) => boolean;
  /** The query or task queue, for messages. */
  readonly subject: string;
  readonly apps: string[];
}

type Ask = (namespace: string, subject: string) => Omit<Question, 'namespace' | 'subject' | 'apps'>;

/** One question for all apps whose namespace and query, or task queue, are the same. */
export function questionBuilder(
  settings: TemporalSettings,
): (apps: readonly string[]) => readonly Question[] {
  const queue = settings['task-queue'];
  const ask = queue === undefined ? askForWorkflows : askForTasks(typesOf(settings));
  const subjects = appTemplate(queue ?? runningQuery(settings.query));
  const namespaces = appTemplate(settings.namespace);
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const [namespace, subject] = [namespaces.fill(app), subjects.fill(app)];
      const id = JSON.stringify([namespace, subject]);
      const question = questions.get(id) ?? {
        ...ask(namespace, subject),
        namespace,
        subject,
        apps: [],
      };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

/** As the original does: only running workflows count, whatever the query says. */
function runningQuery(query: string): string {
  const running = 'ExecutionStatus="Running"';
  return query === '' ? running : `${running} AND (${query})`;
}

const askForWorkflows: Ask = (namespace, query) => ({
  method: COUNT_METHOD,
  requests: [encodeCountRequest(namespace, query)],
  read: decodeCountResponse,
  isKnown: (answer) => decodeCountResponse(answer) > 0,
});

function askForTasks(types: readonly QueueType[]): Ask {
  return (namespace, queue) => ({
    method: DESCRIBE_QUEUE_METHOD,
    requests: types.map((type) => encodeDescribeQueueRequest(namespace, queue, type)),
    read: decodeBacklog,
    isKnown: (answer) => decodeBacklog(answer) > 0 || hasPollers(answer),
  });
}

function typesOf(settings: TemporalSettings): readonly QueueType[] {
  const type = settings['task-queue-type'] ?? 'both';
  return type === 'both' ? ['workflow', 'activity'] : [type];
}
