/** What the collectors of one server have in common, such as a connection. */
export interface Share<T> {
  readonly value: T;
  /** True once, for the last who leaves: that one ends the value. */
  leave(): boolean;
}

/** Made for the first who joins, kept until the last has left. */
export class Shares<T> {
  readonly #shared = new Map<string, { readonly value: T; users: number }>();

  /** The same `id` shares a value; it names the server with everything that matters. */
  join(id: string, make: () => T): Share<T> {
    const shared = this.#shared.get(id) ?? { value: make(), users: 0 };
    this.#shared.set(id, shared);
    shared.users += 1;
    let hasLeft = false;
    return {
      value: shared.value,
      leave: () => {
        if (hasLeft) return false;
        hasLeft = true;
        shared.users -= 1;
        if (shared.users > 0) return false;
        this.#shared.delete(id);
        return true;
      },
    };
  }
}
