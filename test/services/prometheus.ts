import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

export interface PrometheusServer extends RunningServer {
  /** Without a slash at its end. */
  readonly address: string;
}

export interface PrometheusOptions {
  /** `host:port` of things to scrape every second, each with the labels its series get. */
  readonly targets?: readonly {
    readonly address: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  /** Default 1s. */
  readonly scrapeInterval?: string;
}

/** Debian package `prometheus`. Ready to answer queries. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: 'prometheus',
    prepare: (folder) => writeFile(join(folder, 'prometheus.yml'), configText(options)),
    args: (folder) => [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    isReady: async () => (await fetch(`${address}/-/ready`)).ok,
  });
  return { ...server, address };
}

/** JSON is YAML too. */
function configText(options: PrometheusOptions): string {
  const static_configs = (options.targets ?? []).map(({ address, labels }) => ({
    targets: [address],
    labels: labels ?? {},
  }));
  return JSON.stringify({
    global: { scrape_interval: options.scrapeInterval ?? '1s' },
    scrape_configs: [{ job_name: 'test', honor_timestamps: true, static_configs }],
  });
}
