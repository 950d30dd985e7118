/** What runs beside the loop: health, metrics and API over HTTP, fed by one recorder. */
import type { Config } from '../config/index.js';
import { toAppError, type AppError } from '../core/model/errors.js';
import { literalApps } from '../core/model/policy.js';
import { CONTENT_TYPE } from '../record/metrics/exposition.js';
import { fanOut } from '../record/report/fan-out.js';
import { createHealth } from '../record/view/health.js';
import { createLive } from '../record/view/live.js';
import { createMetrics, processUsage } from '../record/metrics/metrics.js';
import { createView } from '../record/view/view.js';
import { createApi } from '../server/api/router.js';
import { takeAddress, type HttpOptions, type TakenAddress } from '../server/server.js';
import { openControlSocket, type ControlSocket } from '../server/socket.js';
import type { CliContext } from './context.js';
import { socketPlace } from './control-place.js';
import type { Data } from './data.js';
import type { Operator } from '../seams/operator.js';
import type { Recorder } from '../seams/events.js';

export interface Service {
  readonly recorder: Recorder;
  /** Takes up what may change while running. */
  adopt(config: ServiceConfig): void;
  /**
   * At `address`, or without it at that of the configuration: then it rejects with `bind-failed` when that cannot be had. The
   * socket may fail, which is told.
   */
  open(operator: Operator, address?: TakenAddress): Promise<OpenService>;
}

export interface OpenService {
  readonly url: string;
  /** Null: there is none. */
  readonly socketPath: string | null;
  /** Lets answers under way end for up to `limitMs`. */
  close(limitMs: number): Promise<void>;
}

export type ServiceConfig = Pick<
  Config,
  | 'listen'
  | 'metricsPerApp'
  | 'intervalMs'
  | 'policies'
  | 'readToken'
  | 'adminToken'
  | 'socket'
  | 'dataDir'
>;

export interface ServiceOptions {
  readonly recorders: readonly Recorder[];
  readonly record: Pick<Data, 'recorder' | 'reader' | 'stats'>;
  readonly isStateDurable: boolean;
  readonly onFailure: (error: unknown, what: string) => void;
  readonly onSocketFailure: (error: AppError) => void;
}

/** Opens nothing yet. */
export function createService(
  context: Pick<CliContext, 'clock' | 'version' | 'user'>,
  config: ServiceConfig,
  options: ServiceOptions,
): Service {
  const { clock, version } = context;
  const { onFailure, isStateDurable, record, recorders } = options;
  const usage = processUsage(clock);
  const interval = { ms: 0 };
  const how = {
    clock,
    version,
    perApp: config.metricsPerApp,
    isAppListRead: false,
    usage,
    record: record.stats,
  };
  let current = config;
  const adopt: Service['adopt'] = (next) => {
    current = next;
    how.isAppListRead = next.policies.some(({ apps }) => literalApps(apps) === null);
    interval.ms = next.intervalMs;
  };
  adopt(config);
  const metrics = createMetrics(how);
  const health = createHealth(clock, interval);
  const view = createView(clock);
  const live = createLive();
  const recorder = fanOut(
    [
      metrics.recorder,
      health.recorder,
      view.recorder,
      live.recorder,
      record.recorder,
      ...recorders,
    ],
    (error) => onFailure(error, 'a recorder failed'),
  );
  return {
    recorder,
    adopt,
    open(operator, address) {
      const api = createApi(
        {
          clock,
          version,
          view,
          live,
          record: record.reader,
          operator,
          policies: () => current.policies.map(({ name }) => name),
          isStateDurable,
          onOrder: (event) => recorder.fleet(event),
          onFailure: (error) => onFailure(error, 'the API failed'),
        },
        () => current,
      );
      const http = { clock, metrics: { contentType: CONTENT_TYPE, text: () => metrics.text() } };
      const all = { ...http, health, api };
      return openAll(context, config, all, options.onSocketFailure, address);
    },
  };
}

async function openAll(
  context: Pick<CliContext, 'user'>,
  config: ServiceConfig,
  http: HttpOptions,
  onSocketFailure: ServiceOptions['onSocketFailure'],
  address: TakenAddress | undefined,
): Promise<OpenService> {
  const server = (address ?? (await takeAddress(config.listen))).serve(http);
  const socket = await openSocket(context, config, http).catch((error: unknown) => {
    onSocketFailure(toAppError(error));
    return null;
  });
  return {
    url: server.url,
    socketPath: socket?.path ?? null,
    async close(limitMs) {
      await Promise.allSettled([server.close(limitMs), socket?.close(limitMs)]);
    },
  };
}

async function openSocket(
  context: Pick<CliContext, 'user'>,
  config: ServiceConfig,
  http: HttpOptions,
): Promise<ControlSocket | null> {
  const place = socketPlace(config, context);
  return place === null ? null : openControlSocket({ ...http, ...place });
}
