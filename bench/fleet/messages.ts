/** What the bench and the process of the simulated Fly say to each other. */

export type Order =
  /** `changes` apps a second get another value, each at a moment of its own, for so long. */
  | { readonly kind: 'churn'; readonly changesPerSecond: number; readonly forMs: number }
  /** Null: every app. */
  | { readonly kind: 'set'; readonly app: string | null; readonly value: number }
  /** Forgets what was counted. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'report' };

export type Answer =
  | { readonly kind: 'ready'; readonly flyUrl: string; readonly sourceUrl: string }
  | {
      readonly kind: 'report';
      /** Requests by what they ask for; `source` are those of metrics. */
      readonly requests: Readonly<Record<string, number>>;
      /** From when the source has another value to the first action on its app, in milliseconds. */
      readonly reactionsMs: readonly number[];
      /** Apps whose value changed without any action since. */
      readonly unanswered: number;
    };

/** Machines of each app, and how much load one of them takes. */
export const MACHINES = 3;
export const LOAD_PER_MACHINE = 5;
export const LATENCY_MS = 50;

export function appName(index: number): string {
  return `my-app-${index}`;
}
