import type { SteeredServer } from './collector-contract.js';

const LOOK_EVERY_MS = 5;

/** Gives the answer as soon as the server is not slow any more: at once, if it is not. In the order of the calls. */
export function onceNotSlow(server: Pick<SteeredServer, 'mood'>, answer: () => void): void {
  if (server.mood !== 'slow') {
    answer();
    return;
  }
  setTimeout(() => onceNotSlow(server, answer), LOOK_EVERY_MS);
}
