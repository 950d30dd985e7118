import { instant } from '../../seams/clock.js';
import type { DecisionInput, Look, Proposal } from '../../core/model/decision.js';
import { observe } from '../../core/memory/memory.js';
import { NO_ORDERS, type Orders } from '../../core/model/orders.js';
import type { Policy } from '../../core/model/policy.js';
import { propose } from '../../core/decide/propose.js';
import { afterProposal, withoutHistory } from '../../core/memory/remember.js';
import type { PassContext } from './pass-context.js';

/**
 * Takes in what was just read, and puts together all that a decision depends on. A look that is older than what was
 * done since (`isOld`) teaches nothing: machines that it does not show may have been made since.
 */
export function inputOf(
  context: PassContext,
  app: string,
  policy: Policy,
  read: Look,
  { isOld }: { readonly isOld: boolean } = { isOld: false },
): DecisionInput {
  const { options, board, memories, seen } = context;
  const now = instant(options.clock);
  const absent = seen.absentFrom(app, read.machines);
  const look = absent.length === 0 ? read : { ...read, absent };
  const memory = isOld
    ? memories.get(app)
    : memories.update(app, (earlier) =>
        // One whose id cannot be read is there under its own too, or what is remembered of it would end.
        observe(
          earlier,
          [...look.machines, ...seen.notNamedBy(app, look.machines)],
          now,
          look.release,
        ),
      );
  const samples = board.samples(app, board.metricsOf([policy]));
  const orders = ordersOf(context, app, policy);
  return { app, policy, samples, look, memory, orders, now, zone: options.zone };
}

/** What operators and the fleet brake say of the app and policy now. */
export function ordersOf({ brake, pauses }: PassContext, app: string, policy: Policy): Orders {
  const forApp = pauses.of(app, policy.name);
  const braked = brake?.braked(app, policy) ?? NO_ORDERS.braked;
  const isQuiet = forApp.length === 0 && braked === NO_ORDERS.braked;
  return isQuiet ? NO_ORDERS : { pauses: forApp, braked };
}

/** Decides, and keeps what later decisions need of it. */
export function proposeAndNote(context: PassContext, input: DecisionInput): Proposal {
  const { memories, histories, isDryRun } = context;
  const proposal = propose(input);
  const { app, policy } = input;
  const before = memories.get(app).histories[policy.name];
  const after = memories.update(app, (memory) => afterProposal(memory, input, proposal));
  const history = after.histories[policy.name];
  if (history !== before && !isDryRun) histories.note(app, policy.name, history ?? null);
  return proposal;
}

/**
 * Histories go of policies that are not for the app any more: what others do to it meanwhile would be missing from them
 * when those policies come back. A dry run does nothing to it.
 */
export function dropEndedHistories(
  { memories, histories, isDryRun }: PassContext,
  app: string,
  policies: readonly Policy[],
): void {
  if (isDryRun) return;
  const names = new Set(policies.map(({ name }) => name));
  const known = Object.keys(memories.get(app).histories);
  for (const policy of known.filter((name) => !names.has(name))) {
    memories.update(app, (memory) => withoutHistory(memory, policy));
    histories.note(app, policy, null);
  }
}

/** True when an operator or the brake says something of the app now. */
export function hasOrders(context: PassContext, app: string): boolean {
  const { brake, pauses, apps } = context;
  // Asked for each app at each tick.
  if (pauses.isEmpty && brake?.isAnyOn !== true) return false;
  return apps.policiesOf(app).some((policy) => ordersOf(context, app, policy) !== NO_ORDERS);
}
