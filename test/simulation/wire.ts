/** The connection between one autoscaler and the simulated Fly, with a switch that a kill -9 throws. */
import type { Clock } from '../../src/seams/clock.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/seams/http.js';
import type { StateStore } from '../../src/seams/store.js';

/** What goes over one autoscaler's wire, as it sees it. */
export interface Tap {
  sent(request: HttpRequest): void;
  received(request: HttpRequest, response: HttpResponse): void;
  /** No whole answer came. */
  failed(request: HttpRequest): void;
}

export interface Process {
  isKilled: boolean;
}

const never = (): Promise<never> => new Promise(() => undefined);

/** Nothing is sent and no answer arrives once the process is killed; what was under way reaches the server or not, as it happens. */
export function tappedHttp(process: Process, handle: HttpClient, tap: Tap): HttpClient {
  return async (request, signal) => {
    if (process.isKilled) return never();
    tap.sent(request);
    // A tap may have thrown the switch.
    if (process.isKilled) return never();
    let response: HttpResponse;
    try {
      response = await handle(request, signal);
    } catch (error) {
      if (process.isKilled) return never();
      tap.failed(request);
      throw error;
    }
    if (!process.isKilled) tap.received(request, response);
    return process.isKilled ? never() : response;
  };
}

/** A clock whose sleepers never wake once the process is killed. */
export function mortalClock(process: Process, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    elapsedMs: () => clock.elapsedMs(),
    async sleep(ms, signal) {
      try {
        await clock.sleep(ms, signal);
      } catch (error) {
        if (!process.isKilled) throw error;
      }
      if (process.isKilled) await never();
    },
  };
}

/** A store that takes nothing more once the process is killed, and answers nothing. */
export function mortalStore(process: Process, store: StateStore): StateStore {
  return {
    isDurable: store.isDurable,
    generation: store.generation,
    load: () => store.load(),
    commit: async (changes) => {
      if (process.isKilled) return never();
      await store.commit(changes);
    },
    close: () => store.close(),
  };
}
