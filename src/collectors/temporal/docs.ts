import type { CollectorDocs } from '../../schema.js';

export const temporalDocs: CollectorDocs = {
  title: 'Temporal',
  introduction:
    'The number of running workflows in a namespace: `ExecutionStatus="Running" AND (query)`, or all running ones without a query.',
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
    'All collectors of one server share a connection; at most 16 counts of a collector are under way at once.',
  ],
};
