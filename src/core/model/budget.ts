import type { Recurrence } from '../time/recurrence.js';

/** At most so many machines of an app are removed within any `periodMs`; 0 machines: none while it applies. */
export interface RemovalBudget {
  /** `percent`: of the count at the beginning of the period, rounded up. */
  readonly kind: 'machines' | 'percent';
  readonly amount: number;
  readonly periodMs: number;
  /** When it applies; null: always. */
  readonly when: Recurrence | null;
}
