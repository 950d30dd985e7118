import { setMaxListeners } from 'node:events';

/** A controller whose signal thousands of waits may listen to: Node takes more than ten for a leak. */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
