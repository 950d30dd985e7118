/** One app may be in several policies: what is kept of passes is kept for each. */
import { DEFAULT_POLICY, type Policy } from '../core/policy.js';

export class PerPolicy<T> {
  readonly #byApp = new Map<string, Map<string, T>>();

  get(app: string, policy: string): T | undefined {
    return this.#byApp.get(app)?.get(policy);
  }

  set(app: string, policy: string, value: T): void {
    const ofApp = this.#byApp.get(app) ?? new Map<string, T>();
    ofApp.set(policy, value);
    this.#byApp.set(app, ofApp);
  }

  delete(app: string, policy: string): void {
    const ofApp = this.#byApp.get(app);
    ofApp?.delete(policy);
    if (ofApp?.size === 0) this.#byApp.delete(app);
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
    return [...(this.#byApp.get(app)?.values() ?? [])];
  }

  values(): readonly T[] {
    return [...this.#byApp.values()].flatMap((ofApp) => [...ofApp.values()]);
  }
}

/** As it is shown; undefined for the policy that flat settings make. */
export function shownPolicy({ name }: Pick<Policy, 'name'>): string | undefined {
  return name === DEFAULT_POLICY ? undefined : name;
}
