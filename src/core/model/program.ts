/** Expressions as text and back, for whoever keeps a policy. */
import { compile, type Program } from '../../expr/index.js';

export type { Program };

export interface WrittenProgram {
  readonly source: string;
  /** The names that it was compiled with. */
  readonly names: readonly string[];
}

export function isProgram(value: object): value is Program {
  const { source, run } = value as Partial<Program>;
  return typeof source === 'string' && typeof run === 'function';
}

export function writtenProgram({ source, names }: Program): WrittenProgram {
  return { source, names };
}

/** Throws an `ExprError` when another version of the language wrote it. */
export function compileWritten({ source, names }: WrittenProgram): Program {
  return compile(source, { variables: names, asFloat64: true });
}
