import { RE2JS } from 're2js';
import { parseJson } from '../../seams/large-json.js';
import { ExpositionError, parseExposition, parseSelector } from './exposition.js';
import { timeMsOf } from '../shared/pacing/max-age.js';
import { jsonPath } from './json-path.js';
import { numberIn, numbers, oldest, refusal, type Reader, type Reading } from './reading.js';
import type { HttpSettings } from './settings.js';

/** How to read the bodies that these settings ask for. */
export function readerFor(settings: HttpSettings): Reader {
  switch (settings.format) {
    case 'json':
      return jsonReader(settings.path ?? '$', settings['time-path']);
    case 'text':
      return textReader(settings.pattern);
    case 'prometheus':
      return expositionReader(settings.selector ?? '');
  }
}

function jsonReader(path: string, timePath: string | undefined): Reader {
  const select = jsonPath(path);
  const selectTimes = timePath === undefined ? null : jsonPath(timePath);
  return async (body, breathe) => {
    let document: unknown;
    try {
      document = await parseJson(body, breathe);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return () => refusal('the answer is no JSON, or was cut off');
    }
    const nodesFor = await select(document, breathe);
    const timesFor = await selectTimes?.(document, breathe);
    return async (app) => {
      const times = (await timesFor?.(app))?.map(timeMsOf) ?? [];
      return readNodes(await nodesFor(app), oldest(times));
    };
  };
}

/** Null is nothing; a number may also stand in a text, as big ones do. */
function readNodes(nodes: readonly unknown[], atMs: number | null): Reading {
  const found: number[] = [];
  for (const node of nodes) {
    if (node === null) continue;
    if (typeof node === 'number') found.push(node);
    else if (typeof node === 'string') {
      const reading = numberIn(node);
      if (reading.kind === 'refusal') return reading;
      for (const number of reading.numbers) found.push(number);
    } else {
      const kind = Array.isArray(node)
        ? 'a list'
        : `a${typeof node === 'object' ? 'n' : ''} ${typeof node}`;
      return refusal(`the path leads to ${kind}, not to a number`);
    }
  }
  return numbers(found, atMs);
}

/** An expression goes through a text in one go, and that may take a tenth of a second and more for each megabyte. */
const MAX_TEXT = 1_000_000;
const TOO_LONG = refusal(
  'the text is longer than 1 MB, the most that is searched with format: text',
);

function textReader(pattern: string | undefined): Reader {
  const compiled = pattern === undefined ? null : RE2JS.compile(pattern, RE2JS.MULTILINE);
  return (body) => {
    const isLong = body.length > MAX_TEXT;
    const reading = isLong
      ? TOO_LONG
      : compiled === null
        ? wholeText(body)
        : matchedText(compiled, body);
    return Promise.resolve(() => reading);
  };
}

function wholeText(body: string): Reading {
  return body.trim() === '' ? numbers([]) : numberIn(body);
}

function matchedText(pattern: RE2JS, body: string): Reading {
  const matcher = pattern.matcher(body);
  if (!matcher.find()) return numbers([]);
  const text = matcher.group(matcher.groupCount() > 0 ? 1 : 0);
  return text === null || text === undefined ? numbers([]) : numberIn(text);
}

function expositionReader(selector: string): Reader {
  const select = parseSelector(selector);
  return async (body, breathe) => {
    try {
      const seriesFor = await select(await parseExposition(body, breathe), breathe);
      return (app) => {
        const series = seriesFor(app);
        const values = series.map(({ value }) => value);
        return numbers(values, oldest(series.map(({ atMs }) => atMs)));
      };
    } catch (error) {
      if (!(error instanceof ExpositionError)) throw error;
      const message = `the answer is no exposition: ${error.message}`;
      return () => refusal(message);
    }
  };
}
