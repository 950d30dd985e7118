/** Which policies are for an app, with what overrides make of them. */
import { appended } from './appended.js';
import type { Overrides } from './overrides.js';
import { appMatcher, sharesMachines, type Policy } from './policy.js';
import { reason, type Reason } from './reason.js';

type Matches = (app: string) => boolean;

export interface PolicyMatch {
  /** In the order of the configuration. Empty: none is for the app. */
  readonly policies: readonly Policy[];
  /** What the reports of a policy have to say beside; most have nothing. */
  readonly notes: ReadonlyMap<Policy, readonly Reason[]>;
}

const NO_NOTES: ReadonlyMap<Policy, readonly Reason[]> = new Map();

export class PolicyMatcher {
  readonly #ownApp: string | null;
  readonly #policies: readonly { readonly policy: Policy; readonly matches: Matches }[];
  readonly #overrides: Overrides;
  readonly #overriding: readonly Matches[];
  /** Positions of overrides that no app has matched yet. */
  readonly #unused: Set<number>;

  constructor(policies: readonly Policy[], overrides: Overrides, ownApp: string | null) {
    this.#ownApp = ownApp;
    this.#policies = policies.map((policy) => ({ policy, matches: appMatcher(policy.apps) }));
    this.#overrides = overrides;
    this.#overriding = overrides.list.map(({ apps }) => appMatcher(apps));
    this.#unused = new Set(overrides.list.keys());
  }

  /** Labels of the overrides that nothing asked for so far has matched. */
  get unused(): readonly string[] {
    return [...this.#unused].map((position) => this.#overrides.list[position]?.label ?? '');
  }

  /** Of two policies for the same machines only the first. */
  match(app: string): PolicyMatch {
    const forApp = this.#policies.filter(({ policy, matches }) =>
      this.#isFor(app, policy, matches),
    );
    if (forApp.length === 0) return { policies: [], notes: NO_NOTES };
    const positions = [...this.#overriding.keys()].filter((i) => this.#overriding[i]?.(app));
    for (const position of positions) this.#unused.delete(position);
    let chosen: readonly Policy[] = [];
    const notes = new Map<Policy, readonly Reason[]>();
    const note = (policy: Policy, reasons: readonly Reason[]): void => {
      if (reasons.length > 0) notes.set(policy, [...(notes.get(policy) ?? []), ...reasons]);
    };
    for (const { policy: base } of forApp) {
      const { policy, reasons } = this.#overrides.apply(base, positions);
      const first = chosen.find((earlier) => sharesMachines(earlier.group, policy.group));
      if (first === undefined) {
        chosen = appended(chosen, policy);
        note(policy, reasons);
      } else {
        const detail = `policy "${policy.name}" is for the same machines and is not used here`;
        note(first, [reason('policy-overlap', detail)]);
      }
    }
    return { policies: chosen, notes: notes.size === 0 ? NO_NOTES : notes };
  }

  /** Its own machines are not the autoscaler's to scale, unless somebody says just that. */
  #isFor(app: string, policy: Policy, matches: Matches): boolean {
    return (app !== this.#ownApp || policy.apps.include.includes(app)) && matches(app);
  }
}
