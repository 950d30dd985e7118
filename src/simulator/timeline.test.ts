import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Timeline } from './timeline.js';

it('gives events in order of time, ties in order of planning', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const timeline = new Timeline();
      const taken: [number, number][] = [];
      times.forEach((atMs, index) => timeline.plan(atMs, () => taken.push([atMs, index])));
      for (let due = timeline.takeDue(100); due !== undefined; due = timeline.takeDue(100)) {
        due.run();
      }
      const expected = times
        .map((atMs, index): [number, number] => [atMs, index])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(taken).toEqual(expected);
    }),
  );
});

it('gives nothing before it is due', () => {
  const timeline = new Timeline();
  timeline.plan(10, () => undefined);
  expect(timeline.takeDue(9)).toBeUndefined();
  expect(timeline.takeDue(10)?.atMs).toBe(10);
  expect(timeline.takeDue(10)).toBeUndefined();
});
