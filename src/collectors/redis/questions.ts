/** Which commands give the number of an app, and what their answers mean. */
import { appTemplate } from '../shared/settings/app-template.js';
import { parseNumber } from '../shared/samples/number-text.js';
import type { Command } from './connection.js';
import { UnreadableAnswer, type Outcome } from './outcome.js';
import { BULLMQ_STATES, type RedisSettings } from './settings.js';
import { countOf, groupIn, LagReader } from './stream-lag.js';

export interface Question {
  readonly commands: readonly Command[];
  /** Says more of the same thing. Where the server refuses it, the others have to do. */
  readonly witness: Command | null;
  /** The answers that the commands gave, and that of the witness; undefined when it was not asked, or refused. */
  readonly read: (answers: readonly unknown[], witness: unknown) => Outcome;
  /** For messages. */
  readonly key: string;
  readonly apps: string[];
}

/** One question for all apps whose keys are the same. */
export function questionBuilder(
  settings: RedisSettings,
): (apps: readonly string[]) => readonly Question[] {
  const keys = appTemplate(settings.key);
  const groups = appTemplate(settings.group ?? '');
  const prefixes = appTemplate(settings.prefix);
  const lags = new LagReader();
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const [key, group, prefix] = [keys.fill(app), groups.fill(app), prefixes.fill(app)];
      const id = JSON.stringify([key, group, prefix]);
      const question = questions.get(id) ?? {
        ...ask(settings, { key, group, prefix }, lags),
        key,
        apps: [],
      };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

type Asked = Pick<Question, 'commands' | 'read' | 'witness'>;

function ask(
  { value, states }: RedisSettings,
  names: { readonly key: string; readonly group: string; readonly prefix: string },
  lags: LagReader,
): Asked {
  const { key, group, prefix } = names;
  switch (value) {
    case 'list':
      return lengthOf(key, 'LLEN');
    case 'set':
      return lengthOf(key, 'SCARD');
    case 'sorted-set':
      return lengthOf(key, 'ZCARD');
    case 'stream':
      // Unlike the others, a stream may be there and empty.
      return { commands: [['XLEN', key]], witness: ['EXISTS', key], read: sumIfThere };
    case 'stream-lag':
      return {
        commands: [['XINFO', 'GROUPS', key]],
        witness: ['XINFO', 'STREAM', key],
        read: ([groups], stream) => lags.read(names, groups, stream),
      };
    case 'stream-pending':
      return {
        commands: [['XINFO', 'GROUPS', key]],
        witness: null,
        read: ([answer]) => numberOrMissing(groupIn(answer, group)?.pending),
      };
    case 'number':
      return {
        commands: [['GET', key]],
        witness: null,
        read: ([answer]) => numberOrMissing(numberOf(answer)),
      };
    case 'bullmq': {
      const queue = `${prefix}:${key}`;
      return {
        commands: states.map((state) => {
          const { command, suffix } = BULLMQ_STATES[state];
          return [command, `${queue}:${suffix}`];
        }),
        // BullMQ writes the first with every queue; Bull only the other one, with the first job.
        witness: ['EXISTS', `${queue}:meta`, `${queue}:id`],
        read: sumIfThere,
      };
    }
  }
}

/** Redis keeps no key of what is empty. */
function lengthOf(key: string, command: string): Asked {
  return {
    commands: [[command, key]],
    witness: null,
    read(answers) {
      const value = sum(answers);
      const warning = value === 0 ? hueyProblem(key) : null;
      return { kind: 'number', value, isNothing: value === 0, ...(warning && { warning }) };
    },
  };
}

/** Null when huey may have written such a key. */
function hueyProblem(key: string): string | null {
  const [, kind, name = ''] = /^huey\.(redis|schedule|results|errors)\.(.*)$/s.exec(key) ?? [];
  const kept = name.replaceAll(/[^A-Za-z0-9]/g, '');
  if (kind === undefined || kept === name) return null;
  return `there is no key ${key}: huey leaves out of names all but letters and digits, and would write huey.${kind}.${kept}`;
}

function sumIfThere(answers: readonly unknown[], witness: unknown): Outcome {
  const value = sum(answers);
  if (value > 0) return { kind: 'number', value };
  if (witness === undefined) return { kind: 'number', value, isNothing: true };
  return countOf(witness, 'what EXISTS answers') > 0
    ? { kind: 'number', value }
    : { kind: 'missing' };
}

function numberOrMissing(value: number | null | undefined): Outcome {
  return value === null || value === undefined ? { kind: 'missing' } : { kind: 'number', value };
}

function sum(answers: readonly unknown[]): number {
  const counts = answers.map((answer) => countOf(answer, 'the length'));
  return counts.reduce((total, count) => total + count, 0);
}

function numberOf(answer: unknown): number | null {
  if (answer === null) return null;
  const value = typeof answer === 'string' ? parseNumber(answer) : null;
  if (value === null) throw new UnreadableAnswer('what is stored there is no number');
  return value;
}
