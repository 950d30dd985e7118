/** From a written value to the plain one that a schema takes: `$NAME` expanded, kinds fitted, findings noted. */
import { coerce } from '../yaml/coerce.js';
import { expandText, type ExpansionRule } from '../yaml/expand.js';
import type { Field } from '../base/field.js';
import { isSet, mapScalars, type Node, scalarsOf } from '../yaml/node.js';
import type { Findings } from '../base/problem.js';
import type { Secrets } from './secrets.js';

export interface LoadContext {
  readonly findings: Findings;
  readonly secrets: Secrets;
  /** The general settings, which collectors inherit some of. */
  readonly general?: Readonly<Record<string, unknown>>;
}

/** The node with its references resolved, or undefined when that failed; why is noted. */
export function expandNode(
  node: Node,
  field: Field,
  key: string,
  context: LoadContext,
): Node | undefined {
  const { findings, secrets } = context;
  let isUsable = true;
  const expanded = mapScalars(node, (scalar) => {
    const isInFile = 'file' in scalar.place;
    const rule = ruleOf(field, isInFile);
    const result = expandText(scalar.text, rule, isInFile, secrets);
    for (const name of result.names) secrets.references.add(name);
    for (const complaint of result.complaints) {
      isUsable = false;
      findings.add({ key, place: scalar.place, ...complaint });
    }
    return result.text;
  });
  if (field.meta.isSecret === true)
    for (const scalar of scalarsOf(expanded)) secrets.addValue(scalar.text);
  return isUsable ? expanded : undefined;
}

/** Undefined when it was written as nothing. */
export function plainValue(node: Node, field: Field): unknown {
  if (!isSet(node) || (node.kind === 'scalar' && node.text.trim() === '' && !field.isRequired))
    return undefined;
  return coerce(node, field.json) ?? undefined;
}

/**
 * The original expands its file and its queries. So the environment's own values stand as written,
 * but for queries and expressions, where both forms mean the same.
 */
function ruleOf(field: Field, isInFile: boolean): ExpansionRule {
  if (field.meta.isPerApp === true) return field.meta.isSecret === true ? 'secret-query' : 'query';
  if (field.meta.isExpression === true) return 'expression';
  return isInFile ? 'plain' : 'as-written';
}
