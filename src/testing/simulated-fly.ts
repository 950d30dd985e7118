import { setMaxListeners } from 'node:events';
import { seededRandom } from '../seams/clock.js';
import { createFlyClient } from '../fly/index.js';
import { createSimulator, type Simulator, type SimulatorSettings } from '../simulator/index.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';
import type { CreateRequest, FlyActor, FlyReader } from '../seams/fly.js';

/** A signal that never aborts, for any number of calls. */
export const never = new AbortController().signal;
setMaxListeners(0, never);

export interface SimulatedFly {
  readonly fly: FlyReader & FlyActor;
  /** As somebody else in the organization would call. */
  readonly other: FlyReader & FlyActor;
  /** A client with a token of its own. */
  readonly connect: (token: string) => FlyReader & FlyActor;
  readonly clock: FakeClock;
  readonly simulator: Simulator;
  /** Settles like the promise, letting time pass. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
}

/** The real Fly client before the simulator, in process and in virtual time. */
export function createSimulatedFly(config: SimulatorSettings = {}): SimulatedFly {
  const clock = createFakeClock();
  const tokens = [
    { value: 'fm2_ours', name: 'ours' },
    { value: 'fm2_other', name: 'other' },
  ];
  const simulator = createSimulator({
    clock,
    seed: 1,
    orgs: ['my-org', 'other-org'],
    config: { tokens, ...config },
  });
  const connect = (token: string): FlyReader & FlyActor =>
    createFlyClient({
      token,
      http: simulator.handle,
      clock,
      random: seededRandom(2),
      userAgent: 'fly-autoscaler/1.0.0',
    });
  return {
    fly: connect('FlyV1 fm2_ours'),
    other: connect('FlyV1 fm2_other'),
    connect,
    clock,
    simulator,
    run: (promise) => clock.runUntil(promise),
  };
}

export function createRequest(name: string, more: Partial<CreateRequest> = {}): CreateRequest {
  const config = { image: 'registry.fly.io/web:1', metadata: { fly_process_group: 'app' } };
  return { name, region: 'ord', config, skipLaunch: false, leaseTtlMs: 0, ...more };
}
