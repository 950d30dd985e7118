import { instant } from '../clock.js';
import type { DecisionInput, Look } from '../core/decision.js';
import { observe } from '../core/memory.js';
import { NO_ORDERS } from '../core/orders.js';
import type { Policy } from '../core/policy.js';
import type { PassContext } from './pass-context.js';

/** Takes in what was just read, and puts together all that a decision depends on. */
export function inputOf(
  context: PassContext,
  app: string,
  policy: Policy,
  look: Look,
): DecisionInput {
  const { options, board, memories } = context;
  const now = instant(options.clock);
  const memory = memories.update(app, (earlier) => observe(earlier, look.machines, now));
  const samples = board.samples(app, board.metricsOf([policy]));
  return { app, policy, samples, look, memory, orders: NO_ORDERS, now, zone: options.zone };
}
