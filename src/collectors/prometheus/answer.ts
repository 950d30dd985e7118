import type { ErrorCode } from '../../core/model/errors.js';
import { parseJson } from '../../seams/large-json.js';
import { inSlices, type Breathe } from '../../seams/slices.js';
import { parseNumber } from '../shared/samples/number-text.js';
import { remarksIn, type Remarks } from './remarks.js';

/** No answer that could be used. */
export interface Failure {
  readonly kind: 'failure';
  readonly code: ErrorCode;
  /** Without secrets. */
  readonly message: string;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and infinities too. */
  readonly value: number;
  /** When the server evaluated it, milliseconds since the epoch. */
  readonly atMs: number;
}

export interface SeriesAnswer extends Remarks {
  readonly kind: 'series';
  /** In the server's order. A scalar is one series without labels. */
  readonly series: readonly Series[];
  /** The first few of them by their labels, where there are so many that this is found out in slices. */
  readonly first?: readonly Series[];
}

export type Answer = SeriesAnswer | Failure;

export function failure(code: ErrorCode, message: string): Failure {
  return { kind: 'failure', code, message };
}

/** A good answer whose series are not read yet. */
export interface Envelope {
  readonly kind: 'envelope';
  readonly data: Readonly<Record<string, unknown>>;
  readonly remarks: Remarks;
}

/** The body of a good answer of `/api/v1/query`. */
export async function parseAnswer(body: string, breathe: Breathe): Promise<Answer> {
  const envelope = await openAnswer(body, breathe);
  if (envelope.kind === 'failure') return envelope;
  const answer = await parseData(envelope.data, breathe);
  return answer.kind === 'failure' ? answer : { ...answer, ...envelope.remarks };
}

/**
 * What a body says before its series, by Prometheus' HTTP API and what VictoriaMetrics adds (`isPartial`).
 * Whatever is not fully understood is a failure: half an answer must not pass for a smaller number.
 */
export async function openAnswer(body: string, breathe: Breathe): Promise<Envelope | Failure> {
  let json: unknown;
  try {
    json = await parseJson(body, breathe);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failure('source-bad-answer', 'the answer is no JSON, or was cut off');
  }
  if (!isRecord(json)) return failure('source-bad-answer', 'the answer is no JSON object');
  if (json['status'] === 'error') {
    return failure(codeOfErrorType(json['errorType']), errorText(json));
  }
  if (json['status'] !== 'success' || !isRecord(json['data'])) {
    return failure('source-bad-answer', 'the answer has no "status": "success" with data');
  }
  if (json['isPartial'] === true || json['data']['isPartial'] === true) {
    return failure('source-partial', 'the server says that the answer is partial');
  }
  const remarks = remarksIn(json);
  if ('missing' in remarks)
    return failure('source-partial', `the server warns: ${remarks.missing}`);
  return { kind: 'envelope', data: json['data'], remarks };
}

/** The server's own words in an error body; empty when there are none. */
export function errorText(json: Readonly<Record<string, unknown>>): string {
  return typeof json['error'] === 'string' ? json['error'] : '';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Prometheus names the error; VictoriaMetrics puts the HTTP status there. */
export function codeOfErrorType(type: unknown): ErrorCode {
  switch (type) {
    case 'bad_data':
    case 'execution':
    case '400':
    case '422':
      return 'source-query-invalid';
    case 'timeout':
    case 'canceled':
      return 'source-timeout';
    case '429':
      return 'source-rate-limited';
    default:
      return 'source-unavailable';
  }
}

async function parseData(
  data: Readonly<Record<string, unknown>>,
  breathe: Breathe,
): Promise<Answer> {
  if (data['resultType'] === 'scalar') {
    const point = parsePoint(data['result']);
    if (point === null) return failure('source-bad-answer', 'the scalar has no readable value');
    return { kind: 'series', series: [{ labels: {}, ...point }] };
  }
  const elements = elementsOf(data);
  if ('kind' in elements) return elements;
  const series: Series[] = [];
  let unreadable: Failure | null = null;
  await inSlices(elements, breathe, (element) => {
    const one = parseSeries(element);
    if (!('kind' in one)) series.push(one);
    else unreadable ??= one;
  });
  return unreadable ?? { kind: 'series', series };
}

/** The list of series, unread. */
export function elementsOf(data: Readonly<Record<string, unknown>>): readonly unknown[] | Failure {
  const { resultType, result } = data;
  if (resultType === 'matrix' || resultType === 'string') {
    const what = resultType === 'matrix' ? 'a range of values' : 'a text';
    return failure(
      'source-query-invalid',
      `the query gives ${what}, not a number: reduce it, for example with last_over_time(...)`,
    );
  }
  if (resultType !== 'vector' || !Array.isArray(result)) {
    return failure('source-bad-answer', `the result type ${JSON.stringify(resultType)} is unknown`);
  }
  return result as readonly unknown[];
}

export function parseSeries(element: unknown): Series | Failure {
  if (!isRecord(element)) return failure('source-bad-answer', 'a series is no JSON object');
  if ('histogram' in element) {
    return failure(
      'source-query-invalid',
      'the query gives a histogram, not a number: use histogram_quantile, histogram_count or histogram_sum',
    );
  }
  const point = parsePoint(element['value']);
  if (point === null || !isRecord(element['metric'] ?? {})) {
    return failure('source-bad-answer', 'a series has no readable value');
  }
  const labels = labelsOf(element);
  if (labels === null) return failure('source-bad-answer', 'a label is no text');
  return { labels, ...point };
}

/** Null when they cannot be read. */
export function labelsOf(element: unknown): Series['labels'] | null {
  const labels = isRecord(element) ? (element['metric'] ?? {}) : null;
  return isRecord(labels) && hasOnlyTexts(labels) ? labels : null;
}

/** As far from 1970 as a date can be. */
const MAX_TIME_MS = 8.64e15;

/** `[seconds, "value"]`; null when it is anything else. */
function parsePoint(point: unknown): { readonly value: number; readonly atMs: number } | null {
  if (!Array.isArray(point) || point.length !== 2) return null;
  const [seconds, text] = point as readonly unknown[];
  if (typeof seconds !== 'number' || typeof text !== 'string') return null;
  const value = parseNumber(text);
  const atMs = Math.round(seconds * 1000);
  return value === null || Math.abs(atMs) > MAX_TIME_MS ? null : { value, atMs };
}

function hasOnlyTexts(
  labels: Readonly<Record<string, unknown>>,
): labels is Readonly<Record<string, string>> {
  return Object.values(labels).every((value) => typeof value === 'string');
}
