/** A value as it was written, with its place: from a file, the environment or a flag. */
import type { Place } from '../base/problem.js';

export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** As written, without quotes. */
  readonly text: string;
  readonly isNull: boolean;
  /** Quoted scalars are texts, even those that look like numbers. */
  readonly isQuoted: boolean;
  readonly place: Place;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly place: Place;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly place: Place;
}

export interface MapEntry {
  readonly keyPlace: Place;
  readonly value: Node;
}

export function scalar(text: string, place: Place): ScalarNode {
  return { kind: 'scalar', text, isNull: false, isQuoted: false, place };
}

/** YAML's null and an empty environment value both mean "not set". */
export function isSet(node: Node | undefined): node is Node {
  return node !== undefined && !(node.kind === 'scalar' && node.isNull);
}

/** The place of the value at the path, or of the nearest parent that exists. */
export function placeAt(node: Node, path: readonly PropertyKey[]): Place {
  const [step, ...rest] = path;
  const child = step === undefined ? undefined : childOf(node, step);
  return child === undefined ? node.place : placeAt(child, rest);
}

/** The place of a key of the map at the path. */
export function keyPlaceAt(node: Node, path: readonly PropertyKey[], key: string): Place {
  const [step, ...rest] = path;
  if (step !== undefined) {
    const child = childOf(node, step);
    return child === undefined ? node.place : keyPlaceAt(child, rest, key);
  }
  return (node.kind === 'map' ? node.entries.get(key)?.keyPlace : undefined) ?? node.place;
}

export function childOf(node: Node, step: PropertyKey): Node | undefined {
  if (node.kind === 'list') return node.items[Number(step)];
  if (node.kind === 'map') return node.entries.get(String(step))?.value;
  return undefined;
}

/** The same tree with every scalar's text replaced. Keys stay as they are. */
export function mapScalars(node: Node, replace: (scalar: ScalarNode) => string): Node {
  switch (node.kind) {
    case 'scalar':
      return { ...node, text: replace(node) };
    case 'list':
      return { ...node, items: node.items.map((item) => mapScalars(item, replace)) };
    case 'map': {
      const entries = [...node.entries].map(
        ([key, entry]) => [key, { ...entry, value: mapScalars(entry.value, replace) }] as const,
      );
      return { ...node, entries: new Map(entries) };
    }
  }
}

export function* scalarsOf(node: Node): Generator<ScalarNode> {
  if (node.kind === 'scalar') yield node;
  else if (node.kind === 'list') for (const item of node.items) yield* scalarsOf(item);
  else for (const entry of node.entries.values()) yield* scalarsOf(entry.value);
}
