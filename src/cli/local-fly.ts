/** The simulated organization that `demo` and `simulator` run. */
import type { Clock } from '../seams/clock.js';
import { AppError } from '../core/model/errors.js';

export const LOCAL_ORG = 'my-org';
const LOCAL_PATTERN = 'my-app-*';
export const LOCAL_METRIC = 'connection_count';

export interface LocalFly {
  /** Without a slash at the end. */
  readonly url: string;
  readonly prometheusUrl: string;
  close(): Promise<void>;
}

/** Rejects with `bind-failed` when the port is taken. */
export async function startLocalFly(options: {
  readonly clock: Clock;
  readonly seed: number;
  readonly apps: number;
  /** Process groups of each app. */
  readonly groups: readonly string[];
  readonly org: string;
  /** 0: any free one. */
  readonly port: number;
  readonly latencyMs: number;
}): Promise<LocalFly> {
  const { clock, seed, apps, groups, org, port, latencyMs } = options;
  // Only those who want it pay for loading it.
  const { createSimulator, demoWorld, startServer } = await import('../simulator/index.js');
  const simulator = createSimulator({ clock, seed, orgs: [org] });
  demoWorld(simulator, { apps, groups, metric: LOCAL_METRIC });
  try {
    const server = await startServer(simulator, { host: '127.0.0.1', port, latencyMs });
    return {
      url: server.url,
      prometheusUrl: `${server.url}/prometheus/${org}`,
      close: () => server.close(),
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new AppError('bind-failed', `cannot listen on 127.0.0.1:${port}: ${code}`, {
      owner: 'user',
      hint: 'give another port with --port; 0 takes a free one',
      cause: error,
    });
  }
}

/** What makes an autoscaler, this one or the original, talk to the local Fly. */
export function localEnv(fly: LocalFly, org: string): Record<string, string> {
  return {
    FLY_FLAPS_BASE_URL: fly.url,
    FLY_API_BASE_URL: fly.url,
    FAS_PROMETHEUS_ADDRESS: fly.prometheusUrl,
    FAS_API_TOKEN: 'FlyV1 fm2_local',
    FAS_PROMETHEUS_TOKEN: 'FlyV1 fm2_local',
    FAS_ORG: org,
    FAS_APP_NAME: LOCAL_PATTERN,
    FAS_PROMETHEUS_METRIC_NAME: LOCAL_METRIC,
    FAS_PROMETHEUS_QUERY: `sum(${LOCAL_METRIC}{app='$APP_NAME'})`,
    FAS_CREATED_MACHINE_COUNT: `${LOCAL_METRIC} / 5`,
  };
}
