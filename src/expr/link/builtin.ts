import type { Builtin } from '../builtins/builtin.js';
import { claim } from '../error.js';
import { dereferenceValue } from '../go/of.js';
import type { Closure, Run } from '../run.js';
import { type ExprValue } from '../values.js';

/** A builtin over values, with its arguments linked. */
export function linkBuiltin(
  builtin: Exclude<Builtin, { readonly kind: 'loop' }>,
  args: readonly Closure[],
  literals: readonly (number | undefined)[],
  at: number,
): Closure {
  const slow = (values: readonly ExprValue[], run: Run): ExprValue => {
    try {
      return builtin.run(
        builtin.keepsPointers === true ? values : values.map(dereferenceValue),
        run,
      );
    } catch (error) {
      throw claim(error, at);
    }
  };
  return (
    builtin.link?.(args, slow, literals) ??
    ((run) =>
      slow(
        args.map((arg) => arg(run)),
        run,
      ))
  );
}
