import { expect, it } from 'vitest';
import { AppError } from '../core/model/errors.js';
import { reason } from '../core/model/reason.js';
import { anOutcome, aReport } from '../testing/reports.js';
import { createEventLines } from './event-lines.js';

function setUp() {
  const lines: string[] = [];
  const recorder = createEventLines({ write: (line) => lines.push(line), elapsedMs: () => 75_000 });
  return { recorder, take: () => lines.splice(0).join('') };
}

it('tells what a pass did and why, and nothing of quiet passes', () => {
  const { recorder, take } = setUp();
  recorder.pass(
    aReport({
      samples: new Map([['queue', { kind: 'value', value: 42, atMs: 0 }]]),
      outcomes: [anOutcome('create'), anOutcome('create')],
      reasons: [reason('scale-up', 'created 3 to 5', 'created')],
    }),
  );
  expect(take()).toBe('00:01:15  my-app-1  created 2 (queue=42; created 3 to 5)\n');
  recorder.pass(aReport());
  expect(take()).toBe('');
});

it('tells what holds an app back when that changes', () => {
  const { recorder, take } = setUp();
  const running = (age: string) =>
    recorder.pass(aReport({ reasons: [reason('release-running', `release v2 runs for ${age}`)] }));
  running('5s');
  running('20s');
  expect(take()).toBe('00:01:15  my-app-1  release running: release v2 runs for 5s\n');
  recorder.pass(aReport());
  running('5s');
  expect(take()).toContain('release v2');
  const error = new AppError('fly-unavailable', 'HTTP 502', { owner: 'remote' });
  recorder.pass(aReport({ error, reasons: [] }));
  expect(take()).toBe('00:01:15  my-app-1  HTTP 502\n');
});

it('tells which apps come and go', () => {
  const { recorder, take } = setUp();
  recorder.fleet({ kind: 'app-list', apps: ['a', 'b'], added: ['a', 'b'], removed: [] });
  recorder.fleet({ kind: 'app-list', apps: ['b', 'c'], added: ['c'], removed: ['a'] });
  expect(take()).toBe('00:01:15  2 apps: a, b\n00:01:15  c  appeared\n00:01:15  a  left\n');
});
