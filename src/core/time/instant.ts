/** A moment as both clocks show it. */
export interface Instant {
  /** Milliseconds since the Unix epoch; may jump when the machine's clock is set. */
  readonly wallMs: number;
  /** Milliseconds since an arbitrary origin; never jumps, never goes back. */
  readonly elapsedMs: number;
}
