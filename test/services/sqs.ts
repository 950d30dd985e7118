import { homedir } from 'node:os';
import { join } from 'node:path';
import { signedHeaders, type Credentials } from '../../src/collectors/sqs/signature.js';
import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

export interface SqsServer extends RunningServer {
  readonly port: number;
  readonly endpoint: string;
  readonly region: string;
  /** May do everything. */
  readonly admin: Credentials;
  /** May do these actions and nothing else. */
  addUser(name: string, actions: readonly string[]): Promise<Credentials>;
  /** The same for a while, with a session token: a role that is assumed. */
  assumeRole(name: string, actions: readonly string[]): Promise<Credentials>;
  /** Calls an action of SQS as the admin; resolves to its answer. */
  sqs(action: string, question: object): Promise<Readonly<Record<string, unknown>>>;
  /** Makes a queue; resolves to its URL. */
  createQueue(name: string): Promise<string>;
  send(url: string, count: number, delaySeconds?: number): Promise<void>;
  /** Receives messages, which are in flight then; deletes them unless told otherwise. */
  receive(url: string, count: number, isDeleting?: boolean): Promise<void>;
}

/** Where scripts/install-test-servers puts Moto. */
export function motoFolder(): string {
  const cache = process.env['FAS_TEST_CACHE'] ?? join(homedir(), '.cache/fly-autoscaler-tests');
  return join(cache, 'moto');
}

const REGION = 'eu-west-1';

/** Moto, a local AWS from Python's packages. It checks signatures and rights with the code of Amazon's own client. */
export async function startSqs(): Promise<SqsServer> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: 'python3',
    args: () => ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { PYTHONPATH: motoFolder(), PYTHONDONTWRITEBYTECODE: '1' },
    isReady: async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok,
  });
  const iam = queryCaller(endpoint, 'iam', '2010-05-08');
  const sts = queryCaller(endpoint, 'sts', '2011-06-15');
  const addUser = async (name: string, actions: readonly string[]): Promise<Credentials> => {
    await isChecking(endpoint, false);
    await iam({ Action: 'CreateUser', UserName: name });
    const PolicyDocument = policyOf(actions);
    await iam({ Action: 'PutUserPolicy', UserName: name, PolicyName: 'all', PolicyDocument });
    const answer = await iam({ Action: 'CreateAccessKey', UserName: name });
    await isChecking(endpoint, true);
    return credentialsIn(answer);
  };
  const assumeRole: SqsServer['assumeRole'] = async (name, actions) => {
    await isChecking(endpoint, false);
    const AssumeRolePolicyDocument = policyOf(['sts:AssumeRole']);
    const role = await iam({ Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument });
    const PolicyDocument = policyOf(actions);
    await iam({ Action: 'PutRolePolicy', RoleName: name, PolicyName: 'all', PolicyDocument });
    const RoleArn = textIn(role, 'Arn');
    const answer = await sts({ Action: 'AssumeRole', RoleArn, RoleSessionName: name });
    await isChecking(endpoint, true);
    return { ...credentialsIn(answer), sessionToken: textIn(answer, 'SessionToken') };
  };
  const admin = await addUser('admin', ['sqs:*']);
  const sqs: SqsServer['sqs'] = async (action, question) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
    };
    const request = {
      method: 'POST',
      url: `${endpoint}/`,
      headers,
      body: JSON.stringify(question),
    } as const;
    const scope = { region: REGION, service: 'sqs' };
    const answer = await fetch(request.url, {
      ...request,
      headers: signedHeaders(request, admin, scope, Date.now()),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: HTTP ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  };
  return {
    ...server,
    port,
    endpoint,
    region: REGION,
    admin,
    addUser,
    assumeRole,
    sqs,
    createQueue: async (QueueName) => String((await sqs('CreateQueue', { QueueName }))['QueueUrl']),
    async send(QueueUrl, count, DelaySeconds = 0) {
      for (let sent = 0; sent < count; sent += 1)
        await sqs('SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds });
    },
    async receive(QueueUrl, count, isDeleting = true) {
      for (let done = 0; done < count; done += 1) {
        const { Messages } = await sqs('ReceiveMessage', { QueueUrl, VisibilityTimeout: 3600 });
        const [message] = (Messages ?? []) as { readonly ReceiptHandle: string }[];
        if (message === undefined) throw new Error('no message to receive');
        const { ReceiptHandle } = message;
        if (isDeleting) await sqs('DeleteMessage', { QueueUrl, ReceiptHandle });
      }
    },
  };
}

async function isChecking(endpoint: string, isOn: boolean): Promise<void> {
  // How many requests are let through unseen.
  await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: isOn ? '0' : 'inf' });
}

function policyOf(actions: readonly string[]): string {
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function credentialsIn(answer: string): Credentials {
  return {
    accessKeyId: textIn(answer, 'AccessKeyId'),
    secretAccessKey: textIn(answer, 'SecretAccessKey'),
  };
}

function textIn(answer: string, tag: string): string {
  return RegExp(`<${tag}>(.*?)<`).exec(answer)?.[1] ?? '';
}

/** By the older protocol, which is all that IAM and STS have; unsigned, but the scope says which service is meant. */
function queryCaller(
  endpoint: string,
  service: string,
  version: string,
): (question: Readonly<Record<string, string>>) => Promise<string> {
  return async (question) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request, Signature=x`,
      },
      body: new URLSearchParams({ ...question, Version: version }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${question['Action']}: HTTP ${answer.status} ${text}`);
    return text;
  };
}
