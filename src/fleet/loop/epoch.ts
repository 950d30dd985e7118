/** What a fleet works by until it is given another configuration: what acts by then ends by it, nothing else begins to. */
import { readsSource } from '../../core/fleet-wide/brake-readings.js';
import type { UnitName } from '../../core/fleet-wide/brake-unit.js';
import { sharedController } from '../base/abort.js';
import { Apps } from '../view/apps.js';
import { aborted } from '../base/failure.js';
import type { Inventory } from '../inventory/index.js';
import type { FleetOptions } from '../base/options.js';
import type { PassContext } from '../pass/pass-context.js';
import { QuietApps } from '../view/quiet.js';
import { SampleBoard } from '../view/samples.js';

export type EpochParts = Pick<PassContext, 'options' | 'apps' | 'board' | 'quiet' | 'over'>;

export class Epoch implements EpochParts {
  readonly options: FleetOptions;
  readonly apps: Apps;
  readonly board: SampleBoard;
  readonly quiet: QuietApps;
  readonly #over = sharedController();
  #listing: Promise<void> = Promise.resolve();

  constructor(options: FleetOptions, inventory: Inventory, onLeave: (app: string) => void) {
    this.options = options;
    this.apps = new Apps(options, (app) => {
      // Which apps there are is the business of the configuration in use.
      if (!this.over.aborted) onLeave(app);
    });
    this.board = new SampleBoard(options);
    this.quiet = new QuietApps(inventory, this.board, options.clock);
  }

  /** Aborts when another takes its place. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Lists the apps again and again until the epoch is over, which it is when the signal aborts too. */
  begin(stopping: AbortSignal): void {
    stopping.addEventListener('abort', () => this.end(), { once: true, signal: this.over });
    if (stopping.aborted) this.end();
    this.#listing = this.apps.keepListing(this.over);
  }

  end(): void {
    this.#over.abort(aborted('the configuration is another, or the process stops'));
  }

  /** Resolves when nothing of it is under way but passes. */
  async idle(): Promise<void> {
    await Promise.all([this.#listing, this.board.idle()]);
  }
}

/** Whether what the app asks for depends on the source. While it is not known which apps there are, that of others may. */
export function stillReads(
  { apps, board }: EpochParts,
  source: string,
  { app, policy: name, count }: UnitName,
): boolean {
  if (!apps.has(app)) return !apps.areKnown;
  const policy = apps.policiesOf(app).find((each) => each.name === name);
  if (policy === undefined) return false;
  return board.metricsOf([policy]).has(source) && readsSource(policy, count, source);
}

/** Policies that were for an app that is still there, and are not any more. */
export function endedPolicies(
  earlier: Apps,
  now: Apps,
): readonly { readonly app: string; readonly policy: string }[] {
  return now.current().flatMap((app) => {
    if (!earlier.has(app)) return [];
    const names = new Set(now.policiesOf(app).map(({ name }) => name));
    return earlier
      .policiesOf(app)
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => ({ app, policy: name }));
  });
}
