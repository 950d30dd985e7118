/** Which commands give the number of an app, and what their answers mean. */
import { appTemplate } from '../app-template.js';
import { parseNumber } from '../number-text.js';
import type { Command } from './connection.js';
import { BULLMQ_STATES, type RedisSettings } from './settings.js';

/** Answers that are not errors, in the order of the commands. Throws `UnreadableAnswer`. Null: there is none. */
type Read = (answers: readonly unknown[]) => number | null;

export interface Question {
  readonly commands: readonly Command[];
  readonly read: Read;
  /** For messages. */
  readonly key: string;
  readonly apps: string[];
}

/** The server answered what gives no number. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/** One question for all apps whose keys are the same. */
export function questionBuilder(
  settings: RedisSettings,
): (apps: readonly string[]) => readonly Question[] {
  const keys = appTemplate(settings.key);
  const groups = appTemplate(settings.group ?? '');
  const prefixes = appTemplate(settings.prefix);
  return (apps) => {
    const questions = new Map<string, Question>();
    for (const app of apps) {
      const [key, group, prefix] = [keys.fill(app), groups.fill(app), prefixes.fill(app)];
      const id = JSON.stringify([key, group, prefix]);
      const question = questions.get(id) ?? {
        ...ask(settings, key, group, prefix),
        key,
        apps: [],
      };
      question.apps.push(app);
      questions.set(id, question);
    }
    return [...questions.values()];
  };
}

function ask(
  { value, states }: RedisSettings,
  key: string,
  group: string,
  prefix: string,
): Pick<Question, 'commands' | 'read'> {
  switch (value) {
    case 'list':
      return { commands: [['LLEN', key]], read: sum };
    case 'set':
      return { commands: [['SCARD', key]], read: sum };
    case 'sorted-set':
      return { commands: [['ZCARD', key]], read: sum };
    case 'stream':
      return { commands: [['XLEN', key]], read: sum };
    case 'stream-lag':
      return { commands: [['XINFO', 'GROUPS', key]], read: ([answer]) => lagOf(answer, group) };
    case 'stream-pending':
      return {
        commands: [['XINFO', 'GROUPS', key]],
        read: ([answer]) => groupNumber(answer, group, 'pending'),
      };
    case 'number':
      return { commands: [['GET', key]], read: ([answer]) => numberOf(answer) };
    case 'bullmq':
      return {
        commands: states.map((state) => {
          const { command, suffix } = BULLMQ_STATES[state];
          return [command, `${prefix}:${key}:${suffix}`];
        }),
        read: sum,
      };
  }
}

function sum(answers: readonly unknown[]): number {
  return answers.reduce<number>((total, answer) => {
    if (typeof answer !== 'number') throw new UnreadableAnswer('the answer is no length');
    return total + answer;
  }, 0);
}

function numberOf(answer: unknown): number | null {
  if (answer === null) return null;
  const value = typeof answer === 'string' ? parseNumber(answer) : null;
  if (value === null) throw new UnreadableAnswer('what is stored there is no number');
  return value;
}

function lagOf(answer: unknown, group: string): number | null {
  const lag = groupNumber(answer, group, 'lag');
  if (lag !== null) return lag;
  if (fieldsOf(answer, group) === null) return null;
  throw new UnreadableAnswer(
    'the server does not know the lag of the group: it needs Redis 7, and loses count when unread entries are deleted or the group was set to an entry in the middle',
  );
}

/** Null when the group does not exist, or the server does not know the number. */
function groupNumber(answer: unknown, group: string, field: 'lag' | 'pending'): number | null {
  const value = fieldsOf(answer, group)?.get(field) ?? null;
  if (value !== null && typeof value !== 'number') {
    throw new UnreadableAnswer(`the ${field} of the group is no number`);
  }
  return value;
}

/** XINFO GROUPS answers for each group a list of names and values in turn. */
function fieldsOf(answer: unknown, group: string): ReadonlyMap<unknown, unknown> | null {
  if (!Array.isArray(answer)) throw new UnreadableAnswer('the answer lists no groups');
  for (const entry of answer as readonly unknown[]) {
    if (!Array.isArray(entry)) throw new UnreadableAnswer('the answer lists no groups');
    const list: readonly unknown[] = entry;
    const fields = new Map(
      list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]] as const] : [])),
    );
    if (fields.get('name') === group) return fields;
  }
  return null;
}
