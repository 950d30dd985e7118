import type { CollectorDefinition } from '../../seams/schema.js';
import type { PrometheusSettings } from './settings.js';

type Doubts = ReturnType<NonNullable<CollectorDefinition['doubts']>>;

/** Fly's own Prometheus answers 401 to who sends no token. */
export function prometheusDoubts({ address, token, username }: PrometheusSettings): Doubts {
  const { host, pathname } = new URL(address);
  const isFly = host === 'api.fly.io' && pathname.startsWith('/prometheus');
  if (!isFly || token !== undefined || username !== undefined) return [];
  return [
    {
      key: 'address',
      message: "is Fly's Prometheus, which answers nobody without a token",
      hint: 'set the token of the collector; "fly tokens create readonly ORG" makes one',
    },
  ];
}
