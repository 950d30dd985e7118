import { expect, it } from 'vitest';
import { AppError } from '../../core/model/errors.js';
import { reason } from '../../core/model/reason.js';
import { messageWhileDown, type Sample } from '../../core/model/sample.js';
import { aReport } from '../../testing/reports.js';
import { gistOf } from './gist.js';

const failed = (message: string): string => {
  const queue: Sample = { kind: 'error', code: 'source-unreachable', message, atMs: 0 };
  return gistOf(aReport({ samples: new Map([['queue', queue]]) }));
};

it('is the same while only numbers, names and ages change', () => {
  const one = aReport({ reasons: [reason('scale-up', 'created 3 to 4', 'created')] });
  const other = aReport({ reasons: [reason('scale-up', 'created 8 to 9', 'created')] });
  expect(gistOf(one)).toBe(gistOf(other));
  const sentences = ['no answer within 5s', messageWhileDown('no answer within 10s', 42, 3)];
  expect(new Set(sentences.map(failed)).size).toBe(1);
});

it('is another when a metric, or the pass, fails in another way', () => {
  expect(failed('connection refused')).not.toBe(failed('connection reset'));
  const passes = ['HTTP 502', 'reset by the server'].map((message) =>
    gistOf(aReport({ error: new AppError('fly-unavailable', message, { owner: 'remote' }) })),
  );
  expect(passes[0]).not.toBe(passes[1]);
});
