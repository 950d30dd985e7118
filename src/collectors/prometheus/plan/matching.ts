/** How the series of two sides find each other: `on (...)`, `ignoring (...)`, `group_left (...)`. */
import type { SyntaxNode } from '@lezer/common';
import { labelList, labelsIn } from './nodes.js';
import type { Analysis, Matching } from './value.js';

export interface Clause {
  /** Null: by all labels. */
  readonly matching: Matching | null;
  /** The side of which several series may meet one of the other: `group_left` names the left. */
  readonly many: 'left' | 'right' | null;
  /** Labels that `group_left` brings from the other side. */
  readonly included: readonly string[];
  /** Where it stands in the query, or would. */
  readonly from: number;
  readonly to: number;
  /** Whether series that find each other agree in this label. */
  matches(label: string): boolean;
  /** Whether one-to-one matching takes the label away. */
  drops(label: string): boolean;
}

export function readClause(node: SyntaxNode, operator: SyntaxNode, { query }: Analysis): Clause {
  const clause = node.getChild('MatchingModifierClause');
  const lists = clause?.getChildren('GroupingLabels') ?? [];
  const isLeft = clause?.getChild('GroupLeft') != null;
  const isGrouped = isLeft || clause?.getChild('GroupRight') != null;
  const matching =
    clause === null
      ? null
      : { isOn: clause.getChild('On') !== null, labels: labelsIn(lists[0], query) };
  const matches = (label: string): boolean =>
    matching === null || matching.labels.includes(label) === matching.isOn;
  const end = node.getChild('BoolModifier')?.to ?? operator.to;
  return {
    matching,
    many: isGrouped ? (isLeft ? 'left' : 'right') : null,
    included: labelsIn(lists[1], query),
    from: clause?.from ?? end,
    to: clause?.to ?? end,
    matches,
    drops: (label) => !matches(label),
  };
}

/** With the app label among what must agree, so that no two apps meet; null: nothing has to change. */
export function rewritten(clause: Clause, label: string): string | null {
  const { matching } = clause;
  if (matching === null || clause.matches(label)) return null;
  const labels = matching.isOn
    ? [...matching.labels, label]
    : matching.labels.filter((name) => name !== label);
  return written({ ...matching, labels }, clause.many, clause.included);
}

/** Without the app label among what must agree, so that the series of all apps meet the same ones, which is many to one. */
export function toMany(clause: Clause, label: string, many: 'left' | 'right'): string {
  return written(withoutLabel(clause, label), many, clause.included);
}

/** The matching with the app label left out. */
export function withoutLabel({ matching }: Clause, label: string): Matching {
  if (matching?.isOn === true) return matching;
  return { isOn: false, labels: [...new Set([...(matching?.labels ?? []), label])] };
}

export function written(
  { isOn, labels }: Matching,
  many: 'left' | 'right' | null,
  included: readonly string[],
): string {
  const group = many === null ? '' : ` group_${many} ${labelList(included)}`;
  return ` ${isOn ? 'on' : 'ignoring'} ${labelList(labels)}${group} `;
}
