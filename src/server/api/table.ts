/** All endpoints. */
import { appEndpoints } from './app-endpoints.js';
import { brakeEndpoints } from './brake-endpoints.js';
import { decisionEndpoints } from './decision-endpoints.js';
import type { Endpoint } from './endpoint.js';
import { eventEndpoints } from './event-endpoints.js';
import { pauseEndpoints } from './pause-endpoints.js';
import { recordEndpoints } from './record-endpoints.js';

export const API_PREFIX = '/api/v1';

export const endpoints: readonly Endpoint[] = [
  ...appEndpoints,
  ...decisionEndpoints,
  ...recordEndpoints,
  ...pauseEndpoints,
  ...brakeEndpoints,
  ...eventEndpoints,
];
