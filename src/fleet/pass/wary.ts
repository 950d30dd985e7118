/** Policies of apps whose last second look led to nothing: the release is read before the lease is taken again. */
export class Wary {
  readonly #byApp = new Map<string, Set<string>>();

  has(app: string, policy: string): boolean {
    return this.#byApp.get(app)?.has(policy) === true;
  }

  note(app: string, policy: string, ledToNothing: boolean): void {
    const policies = this.#byApp.get(app) ?? new Set<string>();
    if (ledToNothing) policies.add(policy);
    else policies.delete(policy);
    if (policies.size > 0) this.#byApp.set(app, policies);
    else this.#byApp.delete(app);
  }

  drop(app: string): void {
    this.#byApp.delete(app);
  }
}
