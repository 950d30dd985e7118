import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { WorkflowService } from '../../src/testing/temporal-proto.js';
import { startServer, type RunningServer } from './start-server.js';

export interface TemporalServer extends RunningServer {
  /** host:port */
  readonly address: string;
  readonly port: number;
}

/** Where scripts/install-test-servers puts the program that it builds: named by its sources. */
export function temporalServerFile(): string {
  const cache = process.env['FAS_TEST_CACHE'] ?? join(homedir(), '.cache/fly-autoscaler-tests');
  const hash = createHash('sha256');
  for (const name of ['main.go', 'go.mod', 'go.sum']) {
    hash.update(readFileSync(new URL(`temporal-server/${name}`, import.meta.url)));
  }
  return join(cache, `temporal-server-${hash.digest('hex').slice(0, 16)}`);
}

/** A server with these namespaces and nothing else, in memory. Ready to take workflows. */
export async function startTemporal(namespaces: readonly string[]): Promise<TemporalServer> {
  const isReady = /^ready (\S+:(\d+))$/m;
  const server = await startServer({
    command: temporalServerFile(),
    args: () => namespaces,
    isReady: (output) => isReady.test(output),
  });
  const [, address = '', port = ''] = isReady.exec(server.output()) ?? [];
  return { ...server, address, port: Number(port) };
}

/** What clients and workers do in one namespace. */
export interface TemporalUser {
  /** Starts so many workflows of the type `job`, whose first tasks wait in the queue. Gives their ids. */
  start(queue: string, count: number): Promise<readonly string[]>;
  terminate(ids: readonly string[]): Promise<void>;
  /** Takes one workflow task, and answers it with so many activities for the queue, or none: its workflow runs on. */
  answerTask(queue: string, activities: number): Promise<void>;
  /** Takes so many activity tasks out of the queue, and never answers them. */
  takeActivities(queue: string, count: number): Promise<void>;
  close(): void;
}

/** Of a poll. */
interface Answer {
  readonly task_token?: Buffer;
}

/** The enum CommandType. */
const SCHEDULE_ACTIVITY_TASK = 1;

const CALL_LIMIT_MS = 60_000;

export function temporalUser(address: string, namespace: string): TemporalUser {
  const client = new WorkflowService(address, credentials.createInsecure());
  const call = (method: string, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: Answer): void =>
        error === null ? resolve(answer ?? {}) : reject(error);
      // The server wants polls to say when they end.
      const options = { deadline: Date.now() + CALL_LIMIT_MS };
      client[method]!({ namespace, ...request }, options, done);
    });
  const poll = async (kind: 'Workflow' | 'Activity', queue: string): Promise<Buffer> => {
    // A poll that ends without a task has an empty token.
    for (;;) {
      const { task_token: token } = await call(`Poll${kind}TaskQueue`, {
        task_queue: { name: queue },
        // It keeps none without one among its pollers.
        identity: 'worker-1',
      });
      if (token !== undefined && token.length > 0) return token;
    }
  };
  return {
    async start(queue, count) {
      const ids = Array.from({ length: count }, () => `${queue}-${randomUUID()}`);
      const startOne = (id: string): Promise<unknown> =>
        call('StartWorkflowExecution', {
          workflow_id: id,
          workflow_type: { name: 'job' },
          task_queue: { name: queue },
          request_id: randomUUID(),
        });
      await Promise.all(ids.map(startOne));
      return ids;
    },
    async terminate(ids) {
      const terminateOne = (id: string): Promise<unknown> =>
        call('TerminateWorkflowExecution', { workflow_execution: { workflow_id: id } });
      await Promise.all(ids.map(terminateOne));
    },
    async answerTask(queue, activities) {
      const token = await poll('Workflow', queue);
      const commands = Array.from({ length: activities }, (_, index) => ({
        command_type: SCHEDULE_ACTIVITY_TASK,
        schedule_activity_task_command_attributes: {
          activity_id: `activity-${index}`,
          activity_type: { name: 'step' },
          task_queue: { name: queue },
          start_to_close_timeout: { seconds: 3600 },
        },
      }));
      await call('RespondWorkflowTaskCompleted', { task_token: token, commands });
    },
    async takeActivities(queue, count) {
      for (let taken = 0; taken < count; taken += 1) await poll('Activity', queue);
    },
    close: () => client.close(),
  };
}
