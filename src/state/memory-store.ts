import type { Json, StateStore } from '../ports.js';

/** Keeps values until the process ends. `isDurable`: what it calls itself; several loops one after another may share it. */
export function createMemoryStateStore(options: { readonly isDurable?: boolean } = {}): StateStore {
  const values = new Map<string, Json>();
  return {
    isDurable: options.isDurable ?? false,
    load: async () => new Map(values),
    commit: async (changes) => {
      for (const [key, value] of changes) {
        if (value === null) values.delete(key);
        else values.set(key, value);
      }
    },
    close: async () => undefined,
  };
}
