import { seededRandom } from '../seams/clock.js';
import { createFlyClient } from '../fly/index.js';
import type { HttpRequest } from '../seams/http.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import { createHttpResponder, type Reply } from './http-responder.js';
import type { FlyActor, FlyReader } from '../seams/fly.js';

export const TEST_TOKEN = 'FlyV1 fm2_permission,fm2_discharge';

export interface TestFly {
  readonly fly: FlyReader & FlyActor;
  readonly clock: FakeClock;
  readonly requests: readonly HttpRequest[];
}

/** The real Fly client under a fake clock, before a server that answers as told. */
export function createTestFly(reply: (request: HttpRequest, index: number) => Reply): TestFly {
  const clock = createFakeClock();
  const { http, requests } = createHttpResponder(reply);
  const fly = createFlyClient({
    token: TEST_TOKEN,
    http,
    clock,
    random: seededRandom(1),
    userAgent: 'fly-autoscaler/1.0.0',
  });
  return { fly, clock, requests };
}
