import type { Answer, Call } from '../exchange.js';
import { json, orgOf } from '../exchange.js';
import { compileQuery, compileSelector } from './promql.js';
import { selectSeries } from './series.js';
import { QueryError } from './values.js';
import type { Expression, Sample, Value } from './values.js';

const MAX_QUERY_BYTES = 16 * 1024;
/** Ten thousand apps may ask one query each. */
const MAX_KEPT = 20_000;

/** Compiled queries by text; wrong ones are compiled anew each time, which is rare. */
const compiled = new Map<string, Expression>();

export function query(call: Call): Answer {
  const form = formOf(call);
  const { flavor } = call.engine.config.prometheus;
  try {
    const requestedMs = requestedTimeMs(call, form);
    const evaluatedMs = flavor === 'victoria' ? delayed(call, form, requestedMs) : requestedMs;
    const value = evaluate(call, form.get('query') ?? '', evaluatedMs);
    return json(rendered(call, value, requestedMs));
  } catch (error) {
    if (error instanceof QueryError) return failure(call, error);
    throw error;
  }
}

/** Label sets of the series that the selectors find. */
export function series(call: Call): Answer {
  const orgSlug = orgSlugOf(call);
  try {
    const selectors = formOf(call).getAll('match[]').map(compileSelector);
    const found = selectors.flatMap((matchers) => selectSeries(call.world, orgSlug, matchers));
    const data = found.map(({ name, labels }) => ({ __name__: name, ...labels }));
    return json({ status: 'success', isPartial: false, data });
  } catch (error) {
    if (error instanceof QueryError) return failure(call, error);
    throw error;
  }
}

export function labels(call: Call): Answer {
  orgSlugOf(call);
  return json({
    status: 'success',
    isPartial: false,
    data: ['__name__', 'app', 'host', 'instance', 'region'],
  });
}

function orgSlugOf(call: Call): string | null {
  return call.route.org === null ? null : orgOf(call, call.route.org).slug;
}

/** Parameters of the address and of a form in the body together. */
function formOf(call: Call): URLSearchParams {
  const { request, query: parameters } = call;
  const isForm = request.method === 'POST' && request.body !== undefined;
  if (!isForm) return parameters;
  const form = new URLSearchParams(request.body);
  for (const [key, value] of parameters) form.append(key, value);
  return form;
}

function requestedTimeMs(call: Call, form: URLSearchParams): number {
  const text = form.get('time');
  if (text === null || text === '') return call.engine.nowMs;
  const timeMs = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(timeMs)) throw new QueryError(`cannot parse the time ${JSON.stringify(text)}`);
  return timeMs;
}

/** VictoriaMetrics hides the newest seconds, because not everything has arrived yet, unless asked not to. */
function delayed(call: Call, form: URLSearchParams, requestedMs: number): number {
  const { latencyOffsetMs } = call.engine.config.prometheus;
  const isNear = Math.abs(call.engine.nowMs - requestedMs) < latencyOffsetMs;
  return isNear && form.get('nocache') !== '1' ? call.engine.nowMs - latencyOffsetMs : requestedMs;
}

function evaluate(call: Call, text: string, timeMs: number): Value {
  const { engine, world } = call;
  if (Buffer.byteLength(text) > MAX_QUERY_BYTES) {
    throw new QueryError(`too long query; it mustn't exceed ${MAX_QUERY_BYTES} bytes`);
  }
  const orgSlug = orgSlugOf(call);
  let expression = compiled.get(text);
  if (expression === undefined) {
    expression = compileQuery(text);
    if (compiled.size < MAX_KEPT) compiled.set(text, expression);
  }
  return expression({
    tMs: timeMs - engine.startMs,
    epochMs: engine.startMs,
    select: (matchers) => selectSeries(world, orgSlug, matchers),
  });
}

function rendered(call: Call, value: Value, requestedMs: number): unknown {
  const isVictoria = call.engine.config.prometheus.flavor === 'victoria';
  const seconds = requestedMs / 1000;
  if (value.kind === 'range') {
    const result = value.series.map(({ name, labels: own, points }) => ({
      metric: metricOf({ name, labels: own }),
      values: points.map((point) => [
        (call.engine.startMs + point.tMs) / 1000,
        numberText(point.value),
      ]),
    }));
    return success(call, { resultType: 'matrix', result });
  }
  if (value.kind === 'scalar' && !isVictoria) {
    const result = [seconds, numberText(value.value)];
    return success(call, { resultType: 'scalar', result });
  }
  const samples: readonly Pick<Sample, 'name' | 'labels' | 'value'>[] =
    value.kind === 'scalar' ? [{ name: '', labels: {}, value: value.value }] : value.samples;
  const shown = samples.filter((sample) => !isVictoria || !Number.isNaN(sample.value));
  const result = faulty(call, shown).map((sample) => ({
    metric: metricOf(sample),
    value: [seconds, numberText(sample.value)],
  }));
  return success(call, { resultType: 'vector', result });
}

type Shown = Pick<Sample, 'name' | 'labels' | 'value'>;

function faulty(call: Call, samples: readonly Shown[]): readonly Shown[] {
  switch (call.fault) {
    case 'empty-result':
      return [];
    case 'nan-result':
      return samples.map((sample) => ({ ...sample, value: Number.NaN }));
    case 'partial-list':
      return samples.filter(() => call.lot() < 0.5);
    default:
      return samples;
  }
}

function success(call: Call, data: unknown): unknown {
  return {
    status: 'success',
    isPartial: call.fault === 'partial-list',
    data,
    stats: { seriesFetched: '1', executionTimeMsec: 0 },
  };
}

function metricOf({ name, labels: own }: Pick<Sample, 'name' | 'labels'>): Record<string, string> {
  return name === '' ? own : { __name__: name, ...own };
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function failure(call: Call, error: QueryError): Answer {
  const isVictoria = call.engine.config.prometheus.flavor === 'victoria';
  const [status, errorType] = isVictoria ? [422, '422'] : [400, 'bad_data'];
  return json({ status: 'error', errorType, error: error.message }, status);
}
