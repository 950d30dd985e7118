import { afterEach, describe, expect, it } from 'vitest';
import { connectHttp } from '../../cli/adapters/http.js';
import { seededRandom } from '../../seams/clock.js';
import type { Sample } from '../../core/model/sample.js';
import { selfSignedCertificate, signedCertificate } from '../../testing/certificate.js';
import { aRealCollector, collectOnce } from '../../testing/collect-once.js';
import {
  collectAll,
  CONTRACT_SECRET,
  describeCollectorContract,
} from '../../testing/collector-contract.js';
import { fakeExternalScaler, type FakeExternalScaler } from '../../testing/fake-external-scaler.js';
import { kedaExternal } from './index.js';
import { decodeIsActive, decodeMetricValues } from './wire.js';

describeCollectorContract('keda-external', {
  server: fakeExternalScaler,
  // Each: IsActive, GetMetricSpec, GetMetrics.
  roundTripsFor500Apps: 1500,
  collector: ({ server, clock, timeoutMs, defaultValue }) =>
    kedaExternal.create(
      kedaExternal.schema.parse({
        'metric-name': 'jobs',
        address: (server as FakeExternalScaler).address,
        metadata: { token: CONTRACT_SECRET },
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

let scaler: FakeExternalScaler;

async function serve(options: Parameters<typeof fakeExternalScaler>[0] = {}): Promise<void> {
  scaler = await fakeExternalScaler(options);
  scaler.values = new Map([['a', 2.5]]);
  await scaler.start();
}

const ask = (settings: Readonly<Record<string, unknown>> = {}): Promise<Sample | undefined> =>
  collectOnce(kedaExternal, { address: scaler.address, ...settings }, 'a');

describe('an external scaler', () => {
  afterEach(() => scaler.stop());

  it('is told name, namespace and metadata of each app', async () => {
    await serve();
    const metadata = { queue: 'jobs-$APP_NAME', é: '', long: 'x'.repeat(300) };
    expect(await ask({ metadata, namespace: 'prod' })).toMatchObject({ value: 2.5 });
    expect(await ask({ metadata: 'queue: ${APP_NAME}:x\nb:', metric: 'm' })).toMatchObject({
      value: 2.5,
    });
    expect(scaler.seen).toEqual([
      {
        ref: {
          name: 'a',
          namespace: 'prod',
          scalerMetadata: { queue: 'jobs-a', é: '', long: 'x'.repeat(300) },
        },
        metric: 'jobs',
      },
      {
        ref: { name: 'a', namespace: 'default', scalerMetadata: { queue: 'a:x', b: '' } },
        metric: 'm',
      },
    ]);
  });

  it('is asked once when nothing differs by app', async () => {
    await serve();
    scaler.values = new Map([['fleet', 4]]);
    const settings = { address: scaler.address, name: 'fleet', metric: 'jobs' };
    const collector = aRealCollector(kedaExternal, settings);
    const samples = await collectAll(collector, ['a', 'b', 'c']);
    expect([...samples.values()].map((sample) => sample.kind === 'value' && sample.value)).toEqual([
      4, 4, 4,
    ]);
    expect(scaler.roundTrips).toBe(2);
    await collector.close();
  });

  it('that is inactive counts as 0, but only when it answers for its metric', async () => {
    await serve();
    scaler.inactive = new Set(['a']);
    expect(await ask()).toMatchObject({ kind: 'value', value: 0 });
    scaler.answer = null;
    expect(await ask({ default: 3 })).toMatchObject({ kind: 'error', code: 'source-unavailable' });
  });

  it.each([
    [[{ metricName: 'jobs', metricValue: 7 }], { value: 7 }],
    [[{ metricName: 'jobs', metricValue: -7 }], { value: -7 }],
    [[{ metricName: 'jobs', metricValue: 7, metricValueFloat: 7.5 }], { value: 7.5 }],
    [[{ metricName: 'jobs', metricValue: 0 }], { value: 0 }],
    [[{ metricName: 'other', metricValue: 3 }], { value: 3 }],
    [
      [
        { metricName: 'x', metricValue: 3 },
        { metricName: 'jobs', metricValue: 4 },
      ],
      { value: 4 },
    ],
    [
      [
        { metricName: 'x', metricValue: 3 },
        { metricName: 'y', metricValue: 4 },
      ],
      { code: 'source-bad-answer' },
    ],
    [[{ metricName: 'jobs', metricValueFloat: Number.NaN }], { kind: 'not-a-number' }],
    [[], { kind: 'empty' }],
  ])('that gives %j', async (answer, expected) => {
    await serve();
    scaler.answer = answer;
    expect(await ask()).toMatchObject(expected);
  });

  it.each([[[]], [['x', 'y']]])('that names the metrics %j must be told which', async (specs) => {
    await serve();
    scaler.specs = specs;
    expect(await ask()).toMatchObject({ code: 'source-bad-answer' });
    expect(await ask({ metric: 'x' })).toMatchObject({ value: 2.5 });
  });

  it('may want TLS with a client certificate', async () => {
    const authority = selfSignedCertificate();
    await serve({ tls: { ...authority, clientCa: authority.cert } });
    const { cert, key } = signedCertificate(authority, 'autoscaler');
    const client = { 'cert-data': cert, 'key-data': key, 'server-name': 'localhost' };
    expect(await ask({ 'ca-data': authority.cert, ...client })).toMatchObject({ value: 2.5 });
    expect(await ask({ ...client, 'insecure-skip-verify': true })).toMatchObject({ value: 2.5 });
    expect(await ask(client)).toMatchObject({ code: 'source-unreachable' });
    expect(await ask({ 'ca-data': authority.cert })).toMatchObject({ code: 'source-unreachable' });
    expect(await ask()).toMatchObject({ code: 'source-unreachable' });
  });
});

it.each([[[0x08]], [[0x0a, 5, 0]], [[0x0b]]])('broken bytes are no answer: %j', (bytes) => {
  expect(() => decodeIsActive(Uint8Array.from(bytes))).toThrow(RangeError);
  expect(() => decodeMetricValues(Uint8Array.from(bytes))).toThrow(RangeError);
});

describe('bytes that are no answer of a scaler', () => {
  it.each<[string, (bytes: Buffer) => unknown, readonly number[]]>([
    ['a result that is a text', decodeIsActive, [0x0a, 1, 0x31]],
    ['values that are a number', decodeMetricValues, [0x08, 5]],
    ['a value that is a text', decodeMetricValues, [0x0a, 3, 0x12, 1, 0x35]],
    ['a float of four bytes', decodeMetricValues, [0x0a, 5, 0x1d, 0, 0, 0x80, 0x3f]],
    ['a float that is a text', decodeMetricValues, [0x0a, 10, 0x1a, 8, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['a name that is a number', decodeMetricValues, [0x0a, 4, 0x08, 1, 0x10, 5]],
    [
      'a whole number beyond 2^53',
      decodeMetricValues,
      [0x0a, 9, 0x10, 129, 128, 128, 128, 128, 128, 128, 16],
    ],
    ['a field without a number', decodeMetricValues, [0x02, 0]],
  ])('are refused: %s', (_, decode, bytes) => {
    expect(() => decode(Buffer.from(bytes))).toThrow(RangeError);
  });
});
