/** How a policy chooses the machines that go, and how it lets them go. */
export interface RemovalRules {
  /** Metric with one value per instance: what each machine is busy with. Null: nobody can tell. */
  readonly busyMetric: string | null;
  /**
   * The longest that a machine is waited for, cordoned, until it is busy with nothing. 0: it is not waited for, and the
   * metric only says who goes first.
   */
  readonly drainTimeoutMs: number;
  /** What becomes of running machines that are too many for a started count. */
  readonly scaleIn: 'stop' | 'suspend';
}

/** Nobody is waited for, and machines are stopped. */
export const PLAIN_REMOVAL: RemovalRules = { busyMetric: null, drainTimeoutMs: 0, scaleIn: 'stop' };

/** Whether machines are waited for before they stop. */
export function isDraining({ busyMetric, drainTimeoutMs }: RemovalRules): boolean {
  return busyMetric !== null && drainTimeoutMs > 0;
}
