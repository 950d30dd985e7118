import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startBeanstalkd } from '../../../test/services/beanstalkd.js';
import { needs } from '../../../test/services/needs.js';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { aRealCollector, collectOnce } from '../../testing/collect-once.js';
import {
  collectAll,
  CONTRACT_SECRET,
  describeCollectorContract,
} from '../../testing/collector-contract.js';
import { fakePrometheus, type FakePrometheus } from '../../testing/fake-prometheus.js';
import { module } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'module-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function moduleFile(code: string): string {
  files += 1;
  const path = join(folder, `${files}.mjs`);
  writeFileSync(path, code);
  return path;
}

const collecting = (body: string): string =>
  moduleFile(
    `export const createCollector = (options) => ({ async collect(apps, emit) { ${body} } });`,
  );

it('judges the age of what a module says', async () => {
  const kindAt = async (time: string): Promise<unknown> => {
    const path = collecting(`emit(apps[0], { kind: 'value', value: 3, atMs: ${time} })`);
    return (await collectOnce(module, { path, 'max-age': '2m' }))?.kind;
  };
  expect(await kindAt('Date.now() - 60000')).toBe('value');
  expect(await kindAt('Date.now() - 180000')).toBe('stale');
});

describe('a module', () => {
  it.each([
    ['emit("a", 2.5)', { kind: 'value', value: 2.5 }],
    ['emit("a", NaN)', { kind: 'not-a-number' }],
    ['emit("a", null)', { kind: 'value', value: 9, isDefault: true }],
    ['emit("a", { kind: "empty", atMs: 1 })', { kind: 'value', value: 9, atMs: 1 }],
    ['emit("a", { kind: "value", value: 3, atMs: 1 })', { kind: 'value', value: 3, atMs: 1 }],
    ['emit("a", 1); emit("a", 2); emit("b", 3)', { kind: 'value', value: 1 }],
    ['emit("a", new Error("no jobs"))', { code: 'source-unavailable' }],
    [
      'emit("a", { kind: "error", code: "source-timeout", message: "m", atMs: 1 })',
      { code: 'source-timeout' },
    ],
    ['emit("a", "5")', { code: 'source-bad-answer' }],
    ['emit("a", undefined)', { code: 'source-bad-answer' }],
    ['emit("a", { kind: "value", value: Infinity, atMs: 1 })', { code: 'source-bad-answer' }],
    ['throw new Error("down")', { code: 'source-unavailable' }],
    ['emit("a", 1); throw new Error("down")', { value: 1 }],
    ['', { code: 'source-partial' }],
  ])('that says %s', async (body, expected) => {
    const sample = await collectOnce(module, { path: collecting(body), default: 9 }, 'a');
    expect(sample).toMatchObject(expected);
  });

  it.each([
    ['export const createCollector = 1;', /does not export a function createCollector/],
    ['export const createCollector = () => ({});', /no object with a function collect/],
    ['export const createCollector = () => { throw new Error("bad"); };', /bad/],
    ['this is no JavaScript', /./],
  ])('that cannot be used: %s', async (code, message) => {
    const sample = await collectOnce(module, { path: moduleFile(code) });
    expect(sample).toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('that is not there is an error until it is', async () => {
    const path = join(folder, 'later.mjs');
    const collector = aRealCollector(module, { path });
    expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ code: 'config-invalid' });
    writeFileSync(
      path,
      'export const createCollector = () => ({ collect: (apps, emit) => emit("a", 1) });',
    );
    expect((await collectAll(collector, ['a'])).get('a')).toMatchObject({ value: 1 });
    await collector.close();
  });

  it('gets its options, and keeps what is in them to itself', async () => {
    const path = collecting('throw new Error("not with " + options.token)');
    const sample = await collectOnce(module, { path, options: { token: 'secret-123' } });
    expect(sample).toMatchObject({ message: expect.stringContaining('not with ***') });
    const text = await collectOnce(module, { path, options: ' token : secret-123\n\n' });
    expect(text).toMatchObject({ message: expect.stringContaining('not with ***') });
    const refused = module.schema.safeParse({ 'metric-name': 'm', path, options: 'secret-123' });
    expect(refused.error?.message).not.toContain('secret-123');
  });
});

const fleetModule = moduleFile(`
  export function createCollector({ address, token }, { connect }) {
    const connection = connect();
    return {
      async collect(apps, emit, signal) {
        const headers = { authorization: 'Bearer ' + token };
        const fail = (code, message) => {
          for (const app of apps) emit(app, { kind: 'error', code, message, atMs: 0 });
        };
        const ask = { method: 'GET', url: address, headers };
        const answer = await connection.request(ask, signal).catch((error) => error);
        if (answer instanceof Error) return fail('source-unreachable', answer.message);
        if (answer.status === 401) return fail('source-unauthorized', answer.body);
        const values = JSON.parse(answer.body);
        for (const app of apps) emit(app, values[app] ?? null);
      },
      close: () => connection.close(),
    };
  }`);

describeCollectorContract('module', {
  async server() {
    const fake = await fakePrometheus();
    fake.respond = (_, response) =>
      void response.end(JSON.stringify(Object.fromEntries(fake.values)));
    return fake;
  },
  roundTripsFor500Apps: 1,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    module.create(
      module.schema.parse({
        'metric-name': 'jobs',
        path: fleetModule,
        options: { address: (server as FakePrometheus).address, token: CONTRACT_SECRET },
        default: defaultValue,
      }),
      {
        connect: connectHttp,
        clock,
        timeoutMs,
        random: seededRandom(1),
        userAgent: 'test',
        warn: () => undefined,
      },
    ),
});

describe.skipIf(needs('beanstalkd'))('the example', () => {
  const shown = (sample: Sample | undefined): unknown =>
    sample?.kind === 'error' ? sample.message : sample?.kind === 'value' ? sample.value : sample;

  it('reads a real beanstalkd', async () => {
    const path = join(import.meta.dirname, '../../../examples/custom-collector/beanstalkd.js');
    const server = await startBeanstalkd();
    const options = { port: String(server.port) };
    const collector = aRealCollector(module, { path, options, default: 0 });
    const apps = Array.from({ length: 50 }, (_, index) => `app-${index}`);
    await server.put('app-1', 7);
    await server.put('app-7', 3);
    await server.take('app-7', 2);
    const samples = await collectAll(collector, apps);
    expect([...samples.values()].map(shown)).toEqual(
      apps.map((_, index) => ({ 1: 7, 7: 1 })[index] ?? 0),
    );
    await server.stop();
    const after = await collectAll(collector, ['app-1']);
    expect(shown(after.get('app-1'))).toContain('ECONNREFUSED');
    await collector.close();
  });
});
