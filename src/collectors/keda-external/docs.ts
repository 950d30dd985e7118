import type { CollectorDocs } from '../../seams/schema.js';

export const kedaExternalDocs: CollectorDocs = {
  title: 'External scalers of KEDA',
  introduction:
    'A metric of any [external scaler](https://keda.sh/docs/latest/concepts/external-scalers/) that was written for KEDA, over gRPC.',
  expression: 'queue_depth / 10',
  env: {
    settings: {
      'metric-name': 'queue_depth',
      address: 'my-scaler.internal:6000',
      metadata: { queue: 'jobs-$APP_NAME' },
    },
  },
  yaml: {
    about: 'with TLS',
    settings: {
      'metric-name': 'queue_depth',
      address: 'my-scaler.internal:6000',
      metric: 'queueLength',
      metadata: { queue: 'jobs-$APP_NAME', token: '$SCALER_TOKEN' },
      tls: true,
      'server-name': 'scaler.example.com',
      default: 0,
    },
  },
  notes: [
    '**Calls.** `IsActive` and `GetMetrics` for each app, at most 16 apps at once, over one connection for all collectors of a scaler; without `metric`, `GetMetricSpec` too. What does not differ by app is asked once: with a `name` and `metadata` without `$APP_NAME`, that is everything.',
    "**The value** is the metric's (`metricValueFloat`, or the older `metricValue`), whatever target the scaler names. No value is empty.",
    '**`IsActive: false`** counts as 0 when `GetMetrics` answers too; otherwise it is an error.',
    '**`metadata`** is `scalerMetadata`; `name` and `namespace` are told to the scaler as those of the scaled object.',
  ],
};
