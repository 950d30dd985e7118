/** What one policy's acting uses of its limits and budgets: written before it is used, and put right afterwards. */
import { instant } from '../../seams/clock.js';
import type { ActionOutcome, DecisionInput, Plan, Proposal } from '../../core/model/decision.js';
import type { AppError } from '../../core/model/errors.js';
import type { Grant } from '../../core/fleet-wide/grant.js';
import { horizonsOf } from '../../core/memory/history.js';
import { plan as makePlan } from '../../core/plan/plan.js';
import { reason } from '../../core/model/reason.js';
import { withHistory, withOutcomes, withReserved } from '../../core/memory/remember.js';
import { settle } from '../../core/fleet-wide/settle.js';
import type { PassContext } from './pass-context.js';
import type { PolicyHistory } from '../../core/model/app-memory.js';

export interface Allowed {
  readonly grant: Grant;
  readonly proposal: Proposal;
  readonly plan: Plan;
}

export class Ledger {
  readonly #context: PassContext;
  readonly #input: DecisionInput;
  /** As it was before anything was reserved; null: the policy has nothing that is used up. */
  readonly #before: PolicyHistory | null;

  constructor(context: PassContext, input: DecisionInput) {
    const { app, policy } = input;
    this.#context = context;
    this.#input = input;
    const isSpending = horizonsOf(policy)?.reach.isSpending === true;
    this.#before = isSpending ? (context.memories.get(app).histories[policy.name] ?? null) : null;
  }

  /**
   * What may be done of the proposal. All of it, once what it uses is kept; where that cannot be, the count may grow and not
   * shrink. `untilMs`: no call of this pass is sent later.
   */
  async reserve(proposal: Proposal, grant: Grant, untilMs: number): Promise<Allowed> {
    const all = this.#allowed(proposal, grant);
    if (this.#before === null) return all;
    const failure = await this.#keep(this.#reserved(all, untilMs));
    if (failure === null) return all;
    const why = reason('state-unwritable', failure.message);
    const reasons = [...grant.reasons, why];
    const growing = this.#allowed(proposal, { ...grant, removals: 0, stops: 0, reasons });
    this.#note(this.#reserved(growing, untilMs));
    return growing;
  }

  /** Gives back what was not used. */
  settle(outcomes: readonly ActionOutcome[]): void {
    if (this.#before === null) return;
    const now = instant(this.#context.options.clock);
    this.#note(withOutcomes(this.#before, this.#input, outcomes, now));
  }

  #allowed(proposal: Proposal, grant: Grant): Allowed {
    const settled = settle(proposal, grant);
    const plan = makePlan(this.#input, settled, this.#context.launchIds);
    return { grant, proposal: settled, plan };
  }

  #reserved({ plan }: Allowed, untilMs: number): PolicyHistory | null {
    return this.#before && withReserved(this.#before, this.#input, plan, untilMs);
  }

  /** Null once it is kept; otherwise why not. */
  async #keep(history: PolicyHistory | null): Promise<AppError | null> {
    if (history === null || history === this.#before) return null;
    this.#note(history);
    return this.#context.histories.secure();
  }

  #note(history: PolicyHistory | null): void {
    if (history === null) return;
    const { app, policy } = this.#input;
    const { memories, histories } = this.#context;
    if (memories.get(app).histories[policy.name] === history) return;
    memories.update(app, (memory) => withHistory(memory, policy.name, history));
    histories.note(app, policy.name, history);
  }
}
