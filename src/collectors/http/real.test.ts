import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../test/services/needs.js';
import { startPrometheus, type PrometheusServer } from '../../../test/services/prometheus.js';
import { selfSignedCertificate } from '../../testing/certificate.js';
import { collectOnce } from '../../testing/collect-once.js';
import { http } from './index.js';

describe.skipIf(needs('prometheus'))('pages of a real Prometheus', () => {
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await startPrometheus();
  });
  afterAll(() => prometheus.stop());

  it.each([
    ['/metrics', { format: 'prometheus', selector: 'prometheus_config_last_reload_successful' }, 1],
    ['/metrics', { format: 'prometheus', selector: 'prometheus_build_info{goos="linux"}' }, 1],
    ['/metrics', { format: 'prometheus', selector: 'prometheus_build_info{goos="no"}' }, 'empty'],
    ['/api/v1/query?query=7', { path: '$.data.result[1]' }, 7],
    ['/-/ready', { format: 'text', pattern: 'is (Ready)' }, 'source-bad-answer'],
    ['/no-such-page', {}, 'source-query-invalid'],
    ['/api/v1/query?query=(', {}, 'source-query-invalid'],
  ])('%s with %j gives %j', async (page, settings, expected) => {
    const sample = await collectOnce(http, { url: `${prometheus.address}${page}`, ...settings });
    if (typeof expected === 'number') expect(sample).toMatchObject({ value: expected });
    else expect(sample?.kind === 'error' ? sample.code : sample?.kind).toBe(expected);
  });
});

it('checks the certificate of a server, and shows its own', async () => {
  const { cert, key } = selfSignedCertificate();
  const server = createServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    (_, response) => response.end('5'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const own = { 'cert-data': cert, 'key-data': key };
  try {
    expect(await collectOnce(http, { url, ...own, 'ca-data': cert })).toMatchObject({ value: 5 });
    expect(await collectOnce(http, { url, ...own })).toMatchObject({ code: 'source-unreachable' });
    expect(await collectOnce(http, { url, 'ca-data': cert })).toMatchObject({
      code: 'source-unreachable',
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
