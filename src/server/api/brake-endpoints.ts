import { z } from 'zod';
import { jsonEndpoint, type Endpoint } from './endpoint.js';
import { Refusal } from './refusal.js';
import { brakeJson } from './render.js';
import { brake, named, nothing } from './schemas.js';

const brakes = z.strictObject({
  isOn: z.boolean().describe('Whether that of any metric is.'),
  brakes: z.array(brake).describe('One for each metric that a decision has read since the start.'),
});
const released = z.strictObject({
  isReleased: z.boolean().describe('False: it was not on.'),
  brake,
});
export type Brakes = z.output<typeof brakes>;
export type Released = z.output<typeof released>;
named.add(brakes, { id: 'Brakes' });
named.add(released, { id: 'Released' });

export const brakeEndpoints: readonly Endpoint[] = [
  jsonEndpoint({
    method: 'GET',
    path: '/brake',
    access: 'read',
    summary: 'The fleet brake of each metric.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: brakes,
    handle: ({ operator }) => {
      const found = operator.brakes().map(brakeJson);
      return { isOn: found.some(({ isOn }) => isOn), brakes: found };
    },
  }),
  jsonEndpoint({
    method: 'POST',
    path: '/brake/{metric}/release',
    access: 'change',
    summary: 'Releases the fleet brake of a metric: its apps may shrink again.',
    details: 'It comes on again when as much of the fleet falls once more.',
    params: z.strictObject({ metric: z.string() }),
    query: nothing,
    body: nothing,
    answer: released,
    handle: async ({ operator, onOrder }, { params: { metric }, caller }) => {
      const isReleased = await operator.releaseBrake(metric);
      const status = operator.brakes().find(({ source }) => source === metric);
      if (status === undefined) {
        const known = operator.brakes().map(({ source }) => source);
        return new Refusal(404, `the metric "${metric}" has no fleet brake`, {
          hint:
            known.length === 0
              ? 'no decision has read a metric yet'
              : `these have: ${known.join(', ')}`,
        });
      }
      const by = caller === 'socket' ? 'socket' : 'admin-token';
      if (isReleased) {
        onOrder({ kind: 'operator', by, order: { kind: 'release-brake', source: metric } });
      }
      return { isReleased, brake: brakeJson(status) };
    },
  }),
];
