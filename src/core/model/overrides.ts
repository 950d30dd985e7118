import type { AppSelector, Policy } from './policy.js';
import type { Reason } from './reason.js';

/** Settings for some apps that take the place of those in their policies. */
export interface Override {
  /** Names it for people: "overrides[1] (my-app-big-*)". */
  readonly label: string;
  readonly apps: AppSelector;
  /** The settings that it gives, for people. */
  readonly keys: readonly string[];
}

export interface OverriddenPolicy {
  readonly policy: Policy;
  /** What the decisions of it have to say beside. */
  readonly reasons: readonly Reason[];
}

/** What is different for some apps. */
export interface Overrides {
  /** In order; where two give the same setting, the later wins. */
  readonly list: readonly Override[];
  /**
   * The policy with the settings of the overrides at these positions, in ascending order. The same positions give the
   * same object, so that thousands of apps share a few policies.
   */
  apply(policy: Policy, positions: readonly number[]): OverriddenPolicy;
}

export const NO_OVERRIDES: Overrides = {
  list: [],
  apply: (policy) => ({ policy, reasons: [] }),
};
