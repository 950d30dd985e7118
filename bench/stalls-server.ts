/** Bodies of 60 MB, made in a process of its own; tells its parent the port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const BYTES = 60_000_000;

function many(element: (index: number) => string, separator = ','): string {
  const parts: string[] = [];
  for (let index = 0, length = 0; length < BYTES; index += 1) {
    const part = element(index);
    parts.push(part);
    length += part.length + 1;
  }
  return parts.join(separator);
}

const series = (labels: (index: number) => object): string =>
  many((index) =>
    JSON.stringify({ metric: labels(index), value: [1_767_225_600.123, String(index % 100)] }),
  );
const vector = (elements: string): string =>
  `{"status":"success","data":{"resultType":"vector","result":[${elements}]}}`;
const machine = (index: number): string =>
  JSON.stringify({
    id: `m${index}`,
    name: `machine-${index}`,
    state: 'started',
    region: 'ord',
    instance_id: '01JX3ZQ1M9V5A6T7C8E9F0G1H2',
    created_at: '2026-06-01T02:30:10Z',
    updated_at: '2026-06-01T02:30:10Z',
    config: {
      env: { PRIMARY_REGION: 'ord', PADDING: 'x'.repeat(1500) },
      guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 256 },
      metadata: { fly_process_group: 'app', fly_release_version: '63' },
      image: 'registry.fly.io/queue-worker:deployment-01JX3',
    },
  });

const BODIES: Readonly<Record<string, () => string>> = {
  fleet: () =>
    vector(
      series((index) => ({ app: `a${index % 10_000}`, instance: `m${index}`, region: 'iad' })),
    ),
  app: () => vector(series((index) => ({ app: 'a1', instance: `m${index}`, region: 'iad' }))),
  json: () => `{"apps":[${series((index) => ({ app: `a${index % 10_000}` }))}]}`,
  lines: () =>
    many((index) => `jobs{app="a${index % 10_000}",instance="m${index}"} ${index % 100}`, '\n'),
  machines: () => `[${many(machine)}]`,
};

const made = new Map<string, Buffer>();
const server = createServer((request, response) => {
  const [, name = ''] = (request.url ?? '').split('/');
  const body = made.get(name) ?? Buffer.from(BODIES[name]?.() ?? '');
  made.set(name, body);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
