/** Settings that are written in several places: what stands in a later layer takes the place of what earlier ones say. */
import type { Field } from '../base/field.js';
import { isSet, type MapNode, type Node } from '../yaml/node.js';

export interface Layer {
  /** Undefined: it does not say. */
  written(field: Field): Node | undefined;
  /** The key as it stands in this layer. */
  keyOf(key: string): string;
}

/** Forms of one wish. A layer that uses one form takes none of the other from the layers below. */
const FORMS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['created-machine-count'], ['min-created-machine-count', 'max-created-machine-count']],
  [['started-machine-count'], ['min-started-machine-count', 'max-started-machine-count']],
  [['spare'], ['created-machine-count', 'min-created-machine-count', 'max-created-machine-count']],
  [['busy-metric'], ['stop-metric-prometheus-query']],
];

/** `names`: keys that are called otherwise there. */
export function mapLayer(
  node: MapNode,
  keyPrefix: string,
  names: ReadonlyMap<string, string> = new Map(),
): Layer {
  const nameOf = (key: string): string => names.get(key) ?? key;
  return {
    written(field) {
      const value = node.entries.get(nameOf(field.key))?.value;
      return isSet(value) ? value : undefined;
    },
    keyOf: (key) => `${keyPrefix}${nameOf(key)}`,
  };
}

export interface Found {
  readonly node: Node;
  readonly layer: Layer;
}

/** The first layer is the lowest. */
export function topmost(
  layers: readonly Layer[],
  field: Field,
  fieldOf: (key: string) => Field | undefined,
): Found | undefined {
  const hiding = FORMS.flatMap(([one, other]) => {
    if (one.includes(field.key)) return other;
    return other.includes(field.key) ? one : [];
  }).flatMap((key) => fieldOf(key) ?? []);
  for (const layer of layers.toReversed()) {
    const node = layer.written(field);
    if (node !== undefined) return { node, layer };
    if (hiding.some((other) => layer.written(other) !== undefined)) return undefined;
  }
  return undefined;
}
