/** How fast and how readily a count may follow its expressions, in the words of the Kubernetes HPA. */

/** At most so much change in one direction within any `periodMs`. */
export interface StepLimit {
  /** `percent`: of the count at the beginning of the period. */
  readonly kind: 'machines' | 'percent';
  readonly amount: number;
  readonly periodMs: number;
}

/** What holds for one direction. */
export interface DirectionRules {
  /** The most cautious recommendation of so long counts: the highest for shrinking, the lowest for growing. Default 0. */
  readonly stabilizationWindowMs: number;
  /** Nothing is done while the change is at most this share of the current count. Default 0. */
  readonly tolerance: number;
  /** The least time since the last action in either direction; ours, not the HPA's. Default 0. */
  readonly cooldownMs: number;
  /** Empty: no limit. */
  readonly limits: readonly StepLimit[];
  /** Which of several limits holds; `disabled` forbids the direction altogether. Default `max`. */
  readonly select: 'max' | 'min' | 'disabled';
}

export interface Behavior {
  readonly scaleUp: DirectionRules;
  readonly scaleDown: DirectionRules;
}

const AT_ONCE: DirectionRules = {
  stabilizationWindowMs: 0,
  tolerance: 0,
  cooldownMs: 0,
  limits: [],
  select: 'max',
};

/** The counts follow their expressions at once. */
export const PLAIN_BEHAVIOR: Behavior = { scaleUp: AT_ONCE, scaleDown: AT_ONCE };
