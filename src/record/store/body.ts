/** A pass as bytes and back. What many decisions share is kept apart, once: policies, machines, their configurations. */
import { hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Action, ActionOutcome, DecisionInput, Plan } from '../../core/model/decision.js';
import { AppError, type ErrorCode } from '../../core/model/errors.js';
import type { Machine, MachineConfig } from '../../core/model/machine.js';
import { decode, encode } from './codec.js';
import { DICTIONARY } from './dictionary.js';
import { withSubjects } from './earlier-reasons.js';
import { hideSecrets } from './hidden.js';
import type { PassReport } from '../../seams/events.js';

/** Puts a text where equal texts are one; gives its number. */
export type PutPart = (text: string) => number;
/** Throws when there is no such part. */
export type GetPart = (id: number) => string;

/** What is stored of a pass beside its report. */
export interface Origin {
  /** The version that decided. */
  readonly engine: string;
  readonly configHash: string;
}

type StoredInput = Omit<DecisionInput, 'app' | 'policy' | 'samples' | 'look'> & {
  readonly look: Omit<DecisionInput['look'], 'machines'>;
  /** Their numbers, in the order of the list. */
  readonly machines: readonly number[];
  /** Absent: those of the report. */
  readonly samples?: DecisionInput['samples'];
};

interface StoredError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly owner: AppError['owner'];
  readonly hint?: string;
  readonly requestId?: string;
}

/** An outcome whose action is in the plan has its place there: list and index. */
type StoredOutcome = Omit<ActionOutcome, 'action'> & {
  readonly action: Action | readonly [PlanList, number];
};

type PlanList = 'undos' | 'starts' | 'creates' | 'removals';
const PLAN_LISTS: readonly PlanList[] = ['undos', 'starts', 'creates', 'removals'];

type StoredPass = Omit<PassReport, 'app' | 'policy' | 'input' | 'outcomes' | 'error'> & {
  readonly origin: Origin;
  readonly policy: number;
  readonly input: StoredInput | null;
  readonly outcomes: readonly StoredOutcome[];
  readonly error: StoredError | null;
};

/** Throws a `TypeError` when a report holds what is no data. */
export function encodePass(report: PassReport, origin: Origin, put: PutPart): Uint8Array {
  const { app: _app, policy, input, outcomes, error, ...rest } = report;
  const plan = report.plan && hiddenPlan(report.plan);
  const stored: StoredPass = {
    ...rest,
    origin,
    policy: put(encode(policy)),
    input: input && storedInput(input, report, put),
    plan,
    outcomes: outcomes.map((outcome) => storedOutcome(outcome, report.plan)),
    error: error && storedError(error),
  };
  return packText(encode(stored));
}

function storedInput(input: DecisionInput, report: PassReport, put: PutPart): StoredInput {
  const { app: _app, policy: _policy, samples, look, ...rest } = input;
  const { machines, ...seen } = look;
  return {
    ...rest,
    look: seen,
    machines: machines.map((machine) => putMachine(machine, put)),
    ...(samples === report.samples ? {} : { samples }),
  };
}

type StoredMachine = Omit<Machine, 'config' | 'metadata'> & {
  /** The number of the metadata. */
  readonly metadata: number;
  /** The number of the configuration; without its metadata where those are the machine's. */
  readonly config: number | null;
  readonly isMetadataIn?: true;
};

function putMachine({ config, metadata, ...machine }: Machine, put: PutPart): number {
  const said = encode(metadata);
  const shared = put(said);
  if (config === null) return put(encode({ ...machine, metadata: shared, config }));
  const { metadata: own, ...others } = hideSecrets(config);
  const isSame = own !== undefined && encode(own) === said;
  const stored: StoredMachine = {
    ...machine,
    metadata: shared,
    config: put(encode(isSame || own === undefined ? others : { ...others, metadata: own })),
    ...(isSame ? { isMetadataIn: true as const } : {}),
  };
  return put(encode(stored));
}

function hiddenAction<A extends Action>(action: A): A {
  return action.kind === 'create' ? { ...action, config: hideSecrets(action.config) } : action;
}

/** A plan as it is stored; a plan that was computed again is compared in this form. */
export function hiddenPlan(plan: Plan): Plan {
  return { ...plan, creates: plan.creates.map(hiddenAction) };
}

function storedOutcome(outcome: ActionOutcome, plan: Plan | null): StoredOutcome {
  if (plan !== null) {
    for (const list of PLAN_LISTS) {
      const planned: readonly Action[] = plan[list];
      const index = planned.indexOf(outcome.action);
      if (index >= 0) return { ...outcome, action: [list, index] };
    }
  }
  return { ...outcome, action: hiddenAction(outcome.action) };
}

function storedError({ code, message, owner, hint, requestId }: AppError): StoredError {
  return {
    code,
    message,
    owner,
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** One read of a body: the outline costs no look at the parts. */
export interface Body {
  readonly origin: Origin;
  readonly outline: Pick<
    PassReport,
    'samples' | 'proposal' | 'outcomes' | 'reasons' | 'error' | 'startedAtMs'
  >;
  readonly report: (app: string, get: GetPart) => PassReport;
}

/** Throws when the text is not what `encodePass` packed. */
export function decodePass(text: string): Body {
  const stored = decode(text) as StoredPass;
  const { origin, policy: policyId, input, outcomes: written, error: failed, ...others } = stored;
  const error = failed && new AppError(failed.code, failed.message, failed);
  // A flipped bit may leave JSON with another key.
  const needed: readonly unknown[] = [
    origin,
    others.samples,
    others.proposal,
    others.reasons,
    others.startedAtMs,
  ];
  if (needed.includes(undefined)) throw new Error('something of it is missing');
  const rest = withSubjects(others);
  const outcomes = written.map((outcome) => outcomeOf(outcome, rest.plan));
  const { samples, proposal, reasons, startedAtMs } = rest;
  return {
    origin,
    outline: { samples, proposal, outcomes, reasons, error, startedAtMs },
    report(app, get) {
      const policy = decode(get(policyId)) as PassReport['policy'];
      return {
        ...rest,
        app,
        policy,
        outcomes,
        error,
        input: input && inputOf(input, { app, policy, samples }, get),
      };
    },
  };
}

/** The parts that a report is put together from, by number. Cheaper than to put it together. */
export function partsOf(text: string, get: GetPart): ReadonlyMap<number, string> {
  const { policy, input } = decode(text) as StoredPass;
  const parts = new Map<number, string>();
  const take = (id: number): string => {
    const part = get(id);
    parts.set(id, part);
    return part;
  };
  take(policy);
  for (const machine of input?.machines ?? []) {
    const { metadata, config } = decode(take(machine)) as StoredMachine;
    take(metadata);
    if (config !== null) take(config);
  }
  return parts;
}

/** The parts that a body refers to; those of machines refer to others. Throws when the bytes are not from `encodePass`. */
export function partIdsOf(bytes: Uint8Array): {
  readonly policy: number;
  readonly machines: readonly number[];
} {
  // Decoding would compile every expression, and numbers are the same in both forms.
  const { policy, input } = JSON.parse(unpackText(bytes)) as Pick<StoredPass, 'policy' | 'input'>;
  return { policy, machines: input?.machines ?? [] };
}

/** The parts that the part of a machine refers to. */
export function partIdsOfMachine(bytes: Uint8Array): readonly number[] {
  const { metadata, config } = JSON.parse(unpackText(bytes)) as StoredMachine;
  return config === null ? [metadata] : [metadata, config];
}

function inputOf(
  { machines, look, ...rest }: StoredInput,
  known: Pick<DecisionInput, 'app' | 'policy' | 'samples'>,
  get: GetPart,
): DecisionInput {
  const shared = new Map<number, unknown>();
  const sharedPart = (id: number): unknown => {
    const part = shared.get(id) ?? decode(get(id));
    shared.set(id, part);
    return part;
  };
  const machineOf = (id: number): Machine => {
    const {
      config: configId,
      metadata: metadataId,
      isMetadataIn,
      ...machine
    } = decode(get(id)) as StoredMachine;
    const metadata = sharedPart(metadataId) as Machine['metadata'];
    const config = configId === null ? null : (sharedPart(configId) as MachineConfig);
    return {
      ...machine,
      metadata,
      config: config !== null && isMetadataIn === true ? { ...config, metadata } : config,
    };
  };
  return { ...known, ...rest, look: { ...look, machines: machines.map(machineOf) } };
}

function outcomeOf({ action, ...outcome }: StoredOutcome, plan: Plan | null): ActionOutcome {
  if (!isPlace(action)) return { ...outcome, action };
  const [list, index] = action;
  const planned = plan?.[list][index];
  if (planned === undefined) throw new Error(`the plan has no ${list}[${index}]`);
  return { ...outcome, action: planned };
}

function isPlace(action: StoredOutcome['action']): action is readonly [PlanList, number] {
  return Array.isArray(action);
}

/** Equal for equal texts, and for no others that anybody will meet: the first half of SHA-256. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 16);
}

/** Most texts become a few hundred bytes. */
const CHUNK_BYTES = 2048;
const PACKING = {
  level: 6,
  memLevel: 5,
  windowBits: 13,
  chunkSize: CHUNK_BYTES,
  dictionary: DICTIONARY,
};
const UNPACKING = { dictionary: DICTIONARY };

export function packText(text: string): Uint8Array {
  // What zlib gives is a piece of a chunk, which would be held as a whole.
  return new Uint8Array(deflateRawSync(text, PACKING));
}

export function unpackText(bytes: Uint8Array): string {
  return inflateRawSync(bytes, UNPACKING).toString();
}
