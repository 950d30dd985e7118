/** One app may be in several policies: what is kept of passes is kept for each. */
import { appended } from '../../core/model/appended.js';
import { DEFAULT_POLICY, type Policy } from '../../core/model/policy.js';

interface Entry<T> {
  readonly policy: string;
  value: T;
}

export class PerPolicy<T> {
  /** A map for each app would take more than most of the values: an app has few policies. */
  readonly #byApp = new Map<string, readonly Entry<T>[]>();

  get(app: string, policy: string): T | undefined {
    return this.#entry(app, policy)?.value;
  }

  set(app: string, policy: string, value: T): void {
    const known = this.#entry(app, policy);
    if (known !== undefined) known.value = value;
    else this.#byApp.set(app, appended(this.#entries(app), { policy, value }));
  }

  delete(app: string, policy: string): void {
    const others = this.#entries(app).filter((entry) => entry.policy !== policy);
    if (others.length === 0) this.#byApp.delete(app);
    else this.#byApp.set(app, others);
  }

  /** All policies of the app. */
  drop(app: string): void {
    this.#byApp.delete(app);
  }

  apps(): readonly string[] {
    return [...this.#byApp.keys()];
  }

  /** How many apps have a value. */
  get appCount(): number {
    return this.#byApp.size;
  }

  ofApp(app: string): readonly T[] {
    return this.#entries(app).map(({ value }) => value);
  }

  values(): readonly T[] {
    return [...this.#byApp.values()].flatMap((ofApp) => ofApp.map(({ value }) => value));
  }

  #entries(app: string): readonly Entry<T>[] {
    return this.#byApp.get(app) ?? NO_ENTRIES;
  }

  #entry(app: string, policy: string): Entry<T> | undefined {
    return this.#entries(app).find((entry) => entry.policy === policy);
  }
}

const NO_ENTRIES: readonly never[] = [];

/** As it is shown; undefined for the policy that flat settings make. */
export function shownPolicy({ name }: Pick<Policy, 'name'>): string | undefined {
  return name === DEFAULT_POLICY ? undefined : name;
}
