import type { Json, StateStore } from '../seams/store.js';

/**
 * Keeps state until the process ends. Values are copied as JSON, so that nobody changes what is kept.
 * `isDurable`: what it calls itself; several loops one after another may share it.
 */
export function createMemoryStateStore(options: { readonly isDurable?: boolean } = {}): StateStore {
  const texts = new Map<string, string>();
  return {
    isDurable: options.isDurable ?? false,
    generation: 0,
    load: async () =>
      new Map([...texts].map(([key, text]): [string, Json] => [key, JSON.parse(text) as Json])),
    async commit(changes) {
      for (const [key, value] of changes) {
        if (value === null) texts.delete(key);
        else texts.set(key, JSON.stringify(value));
      }
    },
    close: async () => undefined,
  };
}
