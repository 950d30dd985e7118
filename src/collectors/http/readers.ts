import { RE2JS } from 're2js';
import { parseExposition, parseSelector } from './exposition.js';
import { timeMsOf } from '../max-age.js';
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
  return (body) => {
    let document: unknown;
    try {
      document = JSON.parse(body);
    } catch {
      return () => refusal('the answer is no JSON, or was cut off');
    }
    const nodesFor = select(document);
    const timesFor = selectTimes?.(document);
    return (app) => {
      const times = timesFor?.(app).map(timeMsOf) ?? [];
      return readNodes(nodesFor(app), oldest(times));
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
      found.push(...reading.numbers);
    } else {
      const kind = Array.isArray(node)
        ? 'a list'
        : `a${typeof node === 'object' ? 'n' : ''} ${typeof node}`;
      return refusal(`the path leads to ${kind}, not to a number`);
    }
  }
  return numbers(found, atMs);
}

function textReader(pattern: string | undefined): Reader {
  const compiled = pattern === undefined ? null : RE2JS.compile(pattern, RE2JS.MULTILINE);
  return (body) => {
    const reading = compiled === null ? wholeText(body) : matchedText(compiled, body);
    return () => reading;
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
  return (body) => {
    try {
      const seriesFor = select(parseExposition(body));
      return (app) => {
        const series = seriesFor(app);
        const values = series.map(({ value }) => value);
        return numbers(values, oldest(series.map(({ atMs }) => atMs)));
      };
    } catch (error) {
      const message = `the answer is no exposition: ${error instanceof Error ? error.message : ''}`;
      return () => refusal(message);
    }
  };
}
