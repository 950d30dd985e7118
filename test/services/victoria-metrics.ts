import { freePort } from '../../src/testing/free-port.js';
import { startServer, type RunningServer } from './start-server.js';

export interface VictoriaMetricsServer extends RunningServer {
  /** Without a slash at its end. */
  readonly address: string;
  /** Stores lines of the exposition format (`name{label="x"} 5 [milliseconds]`); they can be read when it resolves. */
  push(lines: string): Promise<void>;
}

/** Debian package `victoria-metrics`: what Fly runs. Ready to answer queries. */
export async function startVictoriaMetrics(): Promise<VictoriaMetricsServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: 'victoria-metrics',
    args: (folder) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${folder}/data`,
      '-retentionPeriod=100y',
    ],
    isReady: async () => (await fetch(`${address}/health`)).ok,
  });
  const push = async (lines: string): Promise<void> => {
    const answer = await fetch(`${address}/api/v1/import/prometheus`, {
      method: 'POST',
      body: lines,
    });
    if (!answer.ok) throw new Error(`import: HTTP ${answer.status} ${await answer.text()}`);
    await fetch(`${address}/internal/force_flush`);
  };
  return { ...server, address, push };
}
