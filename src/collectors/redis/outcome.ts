import type { Command } from './connection.js';

/** What answers give. */
export type Outcome =
  | {
      readonly kind: 'number';
      readonly value: number;
      /** True where the server cannot tell what is empty from what never was, and nothing was there. */
      readonly isNothing?: boolean;
      /** Something that a person should know. */
      readonly warning?: string;
    }
  /** The server says that there is no such thing. */
  | { readonly kind: 'missing' }
  /** More has to be asked. */
  | { readonly kind: 'ask'; readonly commands: readonly Command[]; readonly read: Read };

/** Answers that are not errors, in the order of the commands. Throws `UnreadableAnswer`. */
export type Read = (answers: readonly unknown[]) => Outcome;

/** The server answered what gives no number. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}
