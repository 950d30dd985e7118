import { describe, expect, it } from 'vitest';
import { parseAnswer as parseInSlices, type Answer } from './answer.js';

const parseAnswer = (body: string): Promise<Answer> => parseInSlices(body, () => Promise.resolve());

const vector = (result: unknown, more: object = {}): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result }, ...more });
const one = [{ metric: { app: 'a' }, value: [1_700_000_000.123, '42'] }];

describe('the answer of a query', () => {
  it('is a vector', async () => {
    expect(await parseAnswer(vector(one))).toEqual({
      kind: 'series',
      series: [{ labels: { app: 'a' }, value: 42, atMs: 1_700_000_000_123 }],
    });
    expect(await parseAnswer(vector([]))).toEqual({ kind: 'series', series: [] });
  });

  it('is a scalar', async () => {
    const body = { status: 'success', data: { resultType: 'scalar', result: [5, '7'] } };
    expect(await parseAnswer(JSON.stringify(body))).toEqual({
      kind: 'series',
      series: [{ labels: {}, value: 7, atMs: 5000 }],
    });
  });

  it.each([
    ['1e3', 1000],
    ['-0.5', -0.5],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', Number.NaN],
  ])('reads the value %s', async (text, value) => {
    const answer = await parseAnswer(vector([{ metric: {}, value: [1, text] }]));
    expect(answer.kind === 'series' && answer.series[0]!.value).toBe(value);
  });

  it.each([['""'], ['" "'], ['"0x10"'], ['"five"'], ['5'], ['null']])(
    'never takes %s for a value',
    async (value) => {
      const body = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,${value}]}]}}`;
      expect(await parseAnswer(body)).toMatchObject({ kind: 'failure', code: 'source-bad-answer' });
    },
  );

  it.each([
    ['cut off', vector(one).slice(0, -5), 'source-bad-answer'],
    ['a page', '<html></html>', 'source-bad-answer'],
    ['empty', '', 'source-bad-answer'],
    ['null', 'null', 'source-bad-answer'],
    ['without data', '{"status":"success"}', 'source-bad-answer'],
    ['without status', '{"data":{"resultType":"vector","result":[]}}', 'source-bad-answer'],
    [
      'a query error',
      '{"status":"error","errorType":"bad_data","error":"x"}',
      'source-query-invalid',
    ],
    [
      'VictoriaMetrics refusing',
      '{"status":"error","errorType":"422","error":"x"}',
      'source-query-invalid',
    ],
    [
      'another error',
      '{"status":"error","errorType":"internal","error":"x"}',
      'source-unavailable',
    ],
    ['an overrun', '{"status":"error","errorType":"timeout","error":"x"}', 'source-timeout'],
    ['partial', vector(one, { isPartial: true }), 'source-partial'],
    [
      'with a warning about data',
      vector(one, { warnings: ['no store matched'] }),
      'source-partial',
    ],
    [
      'a matrix',
      '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      'source-query-invalid',
    ],
    [
      'a text',
      '{"status":"success","data":{"resultType":"string","result":[1,"x"]}}',
      'source-query-invalid',
    ],
    [
      'an unknown type',
      '{"status":"success","data":{"resultType":"new","result":[]}}',
      'source-bad-answer',
    ],
    ['a histogram', vector([{ metric: {}, histogram: [1, {}] }]), 'source-query-invalid'],
    [
      'a label that is no text',
      vector([{ metric: { a: 1 }, value: [1, '1'] }]),
      'source-bad-answer',
    ],
    ['one good series and one bad', vector([...one, { metric: {} }]), 'source-bad-answer'],
  ])('is no value when it is %s', async (_, body, code) => {
    expect(await parseAnswer(body)).toMatchObject({ kind: 'failure', code });
  });

  it('keeps remarks about the query as a note', async () => {
    const warnings = ['PromQL warning: mixed', 'PromQL info: might not be a counter'];
    expect(await parseAnswer(vector(one, { warnings }))).toMatchObject({
      note: 'PromQL warning: mixed',
    });
    expect(await parseAnswer(vector(one, { infos: ['x'], isPartial: false }))).not.toHaveProperty(
      'note',
    );
  });
});
