/** Puts questions to the server: all commands of all of them at once, and then what some of them still have to ask. */
import type { Command } from './connection.js';
import { UnreadableAnswer, type Outcome, type Read } from './outcome.js';
import type { Question } from './questions.js';

/** One write; the answers in the order of the commands, an `Error` for one that failed. */
type Run = (commands: readonly Command[]) => Promise<readonly unknown[]>;

/** A question and what it asks in this round. */
interface Open {
  readonly question: Question;
  readonly commands: readonly Command[];
  readonly read: Read;
}

/** Of older servers, strict access lists, and clusters where the keys of a queue lie apart. */
const REFUSAL = /^(NOPERM|CROSSSLOT|ERR (?!no such key$))/;

/** Tells each question's outcome once; no outcome is `ask`. Rejects as `run` does. */
export async function putAll(
  questions: readonly Question[],
  run: Run,
  tell: (question: Question, outcome: Outcome | Error) => void,
): Promise<void> {
  const answers = await run(
    questions.flatMap(({ commands, witness }) =>
      witness === null ? commands : [...commands, witness],
    ),
  );
  let at = 0;
  let open: Open[] = [];
  const settle = (question: Question, outcome: Outcome | Error): void => {
    if (outcome instanceof Error || outcome.kind !== 'ask') tell(question, outcome);
    else open.push({ question, ...outcome });
  };
  for (const question of questions) {
    const own = answers.slice(at, (at += question.commands.length));
    const witness = question.witness === null ? undefined : answers[at++];
    const isRefused = witness instanceof Error && REFUSAL.test(witness.message);
    const all = isRefused ? own : [...own, witness];
    settle(
      question,
      outcomeOf(all, () => question.read(own, isRefused ? undefined : witness)),
    );
  }
  while (open.length > 0) {
    const round = open;
    open = [];
    const more = await run(round.flatMap(({ commands }) => commands));
    let next = 0;
    for (const { question, commands, read } of round) {
      const own = more.slice(next, (next += commands.length));
      settle(
        question,
        outcomeOf(own, () => read(own)),
      );
    }
  }
}

function outcomeOf(answers: readonly unknown[], read: () => Outcome): Outcome | Error {
  const error = answers.find((answer) => answer instanceof Error);
  // The server's own word about that key, of commands that are for keys that exist.
  if (error?.message === 'ERR no such key') return { kind: 'missing' };
  if (error !== undefined) return error;
  try {
    return read();
  } catch (problem) {
    if (problem instanceof UnreadableAnswer) return problem;
    throw problem;
  }
}
