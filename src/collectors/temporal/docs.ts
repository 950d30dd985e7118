import type { CollectorDocs } from '../../seams/schema.js';

export const temporalDocs: CollectorDocs = {
  title: 'Temporal',
  introduction:
    'The number of running workflows in a namespace: `ExecutionStatus="Running" AND (query)`, or all running ones without a query. Or, with `task-queue`, the number of tasks that wait in a task queue for a worker.',
  expression: 'running_workflow_count / 10',
  env: {
    about: 'for Temporal Cloud with an API key',
    settings: {
      'metric-name': 'running_workflow_count',
      address: 'us-east-1.aws.api.temporal.io:7233',
      namespace: 'my-namespace.abc12',
      query: "TaskQueue='$APP_NAME'",
      'api-key': '...',
    },
  },
  yaml: {
    about: 'with a server of your own and a namespace for each app',
    settings: {
      'metric-name': 'running_workflow_count',
      address: 'temporal.internal:7233',
      namespace: '$APP_NAME',
      tls: false,
      timeout: '5s',
      default: 0,
    },
  },
  notes: [
    '`TEMPORAL_TLS_CERT_DATA` and `TEMPORAL_TLS_KEY_DATA` win over their `FAS_` names.',
    'TLS is on with an API key or certificates, on port 443 and to Temporal Cloud; `tls: true` or `false` says otherwise.',
    'A server that cannot be reached is an error for that pass and is tried again at the next one, also at the start.',
    'With `$APP_NAME` in `namespace`, an app whose namespace does not exist has no value (empty). A fixed namespace that does not exist is an error.',
    '**Workflows or tasks.** Running workflows count from their start to their end, also while they only wait for a timer or a signal; the backlog of a task queue is work that no worker has taken yet, and falls to 0 while workers are busy with the last of it. Workers that run long activities want both, such as `max(waiting_tasks / 10, running_workflow_count / 50)`.',
    "**The backlog** (`approximate_backlog_count` of DescribeTaskQueue, from Temporal 1.28 on) is that of all versions of the workers, of workflow and activity tasks unless `task-queue-type` says otherwise. The server renews it every 5 seconds. Tasks that a worker's sticky queue holds are not in it.",
    '**Any name** is an empty one to Temporal: it answers 0 for a task queue or a type of workflow that never was. Where all are 0 at the start and no worker polls, the log asks once to look.',
    'All collectors of one server share a connection; a collector asks for at most 16 apps at once.',
    '**Limits of the server.** By default Temporal counts workflows ten times a second in a namespace (`frontend.namespaceRPS.visibility`); backlogs are not limited so. What it refuses for its limits is asked again until `timeout`, so a fleet that counts for each app needs a `timeout` of a second for every ten apps, or the namespace a higher limit; a large fleet does better with `task-queue`. Apps that got no answer hear an error, and are first the next time.',
  ],
};
