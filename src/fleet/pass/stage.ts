/** Where an app is acted on: a place among the apps in work, the app's lease, a fresh look, and what follows from it. */
import { abortable, instant } from '../../seams/clock.js';
import {
  type ActionOutcome,
  changeOf,
  type DecisionInput,
  type Plan,
  type Proposal,
} from '../../core/model/decision.js';
import { AppError } from '../../core/model/errors.js';
import type { Grant } from '../../core/fleet-wide/grant.js';
import { leaseMachine } from '../../core/machines/lease.js';
import type { Machine, Release } from '../../core/model/machine.js';
import { afterReplacement } from '../../core/memory/memory.js';
import { ordersSince } from '../../core/model/orders.js';
import { needsVolumes, plan as makePlan } from '../../core/plan/plan.js';
import type { Policy } from '../../core/model/policy.js';
import { reason, type Reason } from '../../core/model/reason.js';
import { settle } from '../../core/fleet-wide/settle.js';
import { applyPlan } from '../act/apply.js';
import type { Effects } from '../act/effects.js';
import { flyError } from '../base/failure.js';
import { inputOf, ordersOf, proposeAndNote } from './input.js';
import { PassLease } from '../act/lease.js';
import { Ledger } from './ledger.js';
import { lookFresh, secondListAtMs, type FreshLook } from './look.js';
import type { PassContext } from './pass-context.js';
import { beginReading, type Reading } from '../base/reading.js';
import type { Findings } from './report.js';
import { Turn } from '../act/turn.js';

const LEASE_LIMIT_MS = 5000;

interface Seen {
  readonly input: DecisionInput;
  readonly release: Release | null;
  readonly proposal: Proposal;
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly findings: Findings };

const stop = (why: Reason, rest: Findings = {}): { ok: false; findings: Findings } => ({
  ok: false,
  findings: { ...rest, after: [why] },
});

/** Entered by the first policy of a pass that acts, shared by those after it, left at the end of the pass. */
export class Stage {
  readonly #context: PassContext;
  readonly #app: string;
  #leavePlace: (() => void) | null = null;
  #reading: Reading | null = null;
  #lease: PassLease | null = null;
  /** True when a plan with something in it was carried out. */
  #hasActed = false;
  /** Why nothing more is done in this pass. */
  #over: Reason | null = null;

  constructor(context: PassContext, app: string) {
    this.#context = context;
    this.#app = app;
  }

  /** Something was done to the app, so that what was read before is not news any more. */
  get hasActed(): boolean {
    return this.#hasActed;
  }

  /** Rejects when what it needs could not be read. `machines` are those of the screen. */
  async act(policy: Policy, machines: readonly Machine[], grant: Grant): Promise<Findings> {
    const reading = await this.#enter();
    try {
      return await this.#actWithin(reading, policy, machines, grant);
    } finally {
      // Until the next policy acts the app waits for samples, grants and the brake, not for Fly.
      reading.pause();
    }
  }

  async #actWithin(
    reading: Reading,
    policy: Policy,
    machines: readonly Machine[],
    grant: Grant,
  ): Promise<Findings> {
    const held = this.#over ?? (await this.#takeLease(machines));
    if (held !== null) {
      this.#over = held;
      return { after: [held] };
    }
    const seen = await this.#look(policy, reading);
    return seen.ok ? this.#carryOut(policy, reading, seen.value, grant) : seen.findings;
  }

  /** Gives back the lease and the place. */
  async leave(): Promise<void> {
    if (this.#hasActed) this.#context.inventory.touch(this.#app);
    await this.#lease?.releaseAll();
    this.#reading?.end();
    this.#leavePlace?.();
  }

  async #enter(): Promise<Reading> {
    const { slots, life, over, options } = this.#context;
    // What was decided before the last wait is not acted on when its samples are collected no more.
    over.throwIfAborted();
    this.#leavePlace ??= await slots.acquire(over);
    // Time spent in the queue is not the app's: its deadline begins here.
    if (this.#reading === null) {
      this.#reading = beginReading(options.clock, options.timeoutMs, life.stopping);
    } else this.#reading.resume();
    return this.#reading;
  }

  /** Null when the lease is ours. */
  async #takeLease(machines: readonly Machine[]): Promise<Reason | null> {
    const { options, isDryRun, life, absences } = this.#context;
    if (isDryRun || this.#lease !== null) return null;
    const machine = await absences.leaseMachine(this.#app, machines, life.stopping);
    if (machine === null) return reason('unreachable', 'no machine whose lease could be taken');
    life.stopping.throwIfAborted();
    const limitMs = Math.min(LEASE_LIMIT_MS, options.timeoutMs);
    try {
      this.#lease = await PassLease.acquire(options, this.#app, machine.id, limitMs, life.cutOff);
      return null;
    } catch (error) {
      const { code, message, isAmbiguous } = flyError(error);
      if (code === 'fly-lease-held') return reason('lease-held', message);
      if (code === 'fly-not-found') return reason('lease-moved', `${machine.id} is gone`);
      // That nobody has it is not known either: the answer itself is what is wrong.
      if (code === 'fly-bad-answer') throw error;
      // Perhaps it is ours by a nonce that never arrived; then it ends by itself.
      if (isAmbiguous) return reason('lease-held', `it is not known whose it is: ${message}`);
      throw error;
    }
  }

  /**
   * Where the list lacks the machine whose lease we hold, an instance that never saw it takes that of the first machine that is
   * listed: we take that too. True when it was taken, so that what was listed before is no news.
   */
  async #takeListedLease(machines: readonly Machine[]): Promise<boolean> {
    const lease = this.#lease;
    if (lease === null || machines.some(({ id }) => id === lease.machineId)) return false;
    const first = leaseMachine(machines);
    if (first === null || lease.isHeldByUs(first.id)) return false;
    const { options, life } = this.#context;
    const limitMs = Math.min(LEASE_LIMIT_MS, options.timeoutMs);
    try {
      await lease.acquireToo(first.id, limitMs, life.cutOff);
      return true;
    } catch (error) {
      const { message } = flyError(error);
      this.#over = reason('lease-held', `${first.id}: ${message}`);
      return false;
    }
  }

  async #look(policy: Policy, reading: Reading): Promise<Outcome<Seen>> {
    const { options, isYoungProcess, startedAtMs } = this.#context;
    const { clock } = options;
    let look = await lookFresh(options, this.#app, reading.signal);
    if (await this.#takeListedLease(look.machines)) {
      look = await lookFresh(options, this.#app, reading.signal);
    }
    if (this.#over !== null) return stop(this.#over, { machines: look.machines });
    const first = this.#see(policy, look);
    if (!first.ok) return first;
    const { input, proposal } = first.value;
    if (changeOf(proposal.created) <= 0 || !isYoungProcess()) return first;
    const againAtMs = secondListAtMs(input, look.readAtMs, startedAtMs);
    if (againAtMs === null) return first;
    await reading.wait((signal) => clock.sleep(againAtMs - clock.elapsedMs(), signal));
    const again = await lookFresh(options, this.#app, reading.signal);
    return this.#see(policy, again, { isSecondList: true });
  }

  #see(
    policy: Policy,
    { readAtMs, machines, release }: FreshLook,
    more: { readonly isSecondList?: true } = {},
  ): Outcome<Seen> {
    this.#context.inventory.note(this.#app, machines, readAtMs);
    const all = this.#context.seen.withAbsent(this.#app, machines);
    this.#over = this.#lease === null ? null : whyNotAlone(this.#lease, all);
    if (this.#over !== null) return stop(this.#over, { machines });
    if (release instanceof AppError) {
      return stop(reason('release-unread', release.message), { machines, error: release });
    }
    const leasedByUs = this.#lease?.machineIds ?? [];
    const look = { machines, release, volumes: 'unread', leasedByUs, ...more } as const;
    const input = inputOf(this.#context, this.#app, policy, look);
    return { ok: true, value: { input, release, proposal: proposeAndNote(this.#context, input) } };
  }

  async #carryOut(policy: Policy, reading: Reading, seen: Seen, grant: Grant): Promise<Findings> {
    const settled = settle(seen.proposal, grant);
    const input = needsVolumes(seen.input, settled)
      ? await this.#withVolumes(seen.input, reading)
      : seen.input;
    const { launchIds } = this.#context;
    const found: Findings = { samples: input.samples, input, machines: input.look.machines };
    if (this.#lease === null) {
      const plan = makePlan(input, settled, launchIds);
      return { ...found, proposal: settled, plan, ...dryRun(plan) };
    }
    const ledger = new Ledger(this.#context, input);
    const allowed = await reading.wait(() =>
      ledger.reserve(seen.proposal, grant, reading.latestEndMs),
    );
    const { proposal, plan } = allowed;
    const turn = this.#turn(policy, reading, seen.release, input, this.#lease);
    this.#hasActed = true;
    try {
      const outcomes = await applyPlan(turn, plan, this.#effects());
      this.#rememberReplacements(proposal, outcomes);
      ledger.settle(outcomes);
      return { ...found, ...allowed, outcomes };
    } finally {
      turn.end();
    }
  }

  #turn(
    policy: Policy,
    reading: Reading,
    decidedRelease: Release | null,
    input: DecisionInput,
    lease: PassLease,
  ): Turn {
    const { options, life, board } = this.#context;
    return new Turn({
      app: this.#app,
      policy,
      fly: options.fly,
      clock: options.clock,
      life,
      lease,
      reading,
      timeoutMs: options.timeoutMs,
      decidedRelease,
      memory: input.memory,
      samples: () => board.samples(this.#app, board.metricsOf([policy])),
      ordersBegun: () => ordersSince(ordersOf(this.#context, this.#app, policy), input.orders),
    });
  }

  async #withVolumes(input: DecisionInput, { signal }: Reading): Promise<DecisionInput> {
    const { fly } = this.#context.options;
    const volumes = await abortable(signal, fly.listVolumes(this.#app, signal));
    return { ...input, look: { ...input.look, volumes } };
  }

  /** Creates beyond those due with the lost machines counted as present stand in for lost ones. */
  #rememberReplacements(proposal: Proposal, outcomes: readonly ActionOutcome[]): void {
    const { created, counts } = proposal;
    if (created === null || counts.lost === 0) return;
    const due = Math.max(0, created.recommended - created.current - counts.lost);
    const made = outcomes.filter((o) => o.action.kind === 'create' && o.result === 'done').length;
    if (made <= due) return;
    const now = instant(this.#context.options.clock);
    this.#context.memories.update(this.#app, (memory) => afterReplacement(memory, made - due, now));
  }

  #effects(): Effects {
    const { memories, inventory, desk, seen } = this.#context;
    return {
      made: (machine) => {
        seen.made(this.#app, machine);
        inventory.touch(this.#app);
      },
      started: (machineId) => seen.started(this.#app, machineId),
      gone: (machineId) => seen.forget(this.#app, machineId),
      remember: (change) => void memories.update(this.#app, change),
      countOneMore: () => inventory.addOne(this.#app),
      holdCreates: () => desk.holdCreates(),
      areCreatesHeld: () => desk.areCreatesHeld,
    };
  }
}

/** Null when the lease makes us the one actor on these machines, of which lists may lack some. */
function whyNotAlone(lease: PassLease, machines: readonly Machine[]): Reason | null {
  if (leaseMachine(machines)?.id !== lease.machineId) {
    return reason('lease-moved', `the lease was taken on ${lease.machineId}`);
  }
  const other = lease.otherActor(machines);
  return other && reason('lease-held', `${other.lease?.description} holds it on ${other.id}`);
}

function dryRun({ undos, starts, creates, removals }: Plan): Findings {
  const actions = [...undos, ...starts, ...creates, ...removals];
  const outcomes = actions.map((action): ActionOutcome => {
    const machineId = action.kind === 'create' ? null : action.machineId;
    return { action, result: 'dry', machineId, stepsDone: [] };
  });
  if (actions.length === 0) return { outcomes };
  return { outcomes, after: [reason('dry-run', `${actions.length} actions not taken`)] };
}
