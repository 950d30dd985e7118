import { z } from 'zod';
import { eventsEndpoint, type Endpoint } from './endpoint.js';
import { appPattern, liveDecision, nothing } from './schemas.js';

export const eventQuery = z.strictObject({
  app: appPattern.optional().describe('Only of this app, or of apps that match the pattern.'),
  all: z
    .boolean()
    .default(false)
    .describe(
      'True: also decisions like the one before. A quiet app is not decided on in each interval.',
    ),
});

export const eventEndpoints: readonly Endpoint[] = [
  eventsEndpoint({
    path: '/events',
    summary: 'Decisions as they are made, as server-sent events named `decision`.',
    details:
      'Nothing is kept for a client: who connects again has missed what was in between. A client that reads too slowly is cut off.',
    params: nothing,
    query: eventQuery,
    body: nothing,
    answer: liveDecision,
  }),
];
