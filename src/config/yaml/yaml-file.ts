import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { MapEntry, MapNode, Node } from './node.js';
import type { Findings, Place } from '../base/problem.js';
import { QUOTES_HINT, yamlProblem } from './yaml-problem.js';

/** A file of settings has a few hundred values; aliases of aliases could stand for millions. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 50;

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** The file's top level. Undefined when the file cannot be used at all; why not is noted. */
export function readYamlFile(file: ConfigFile, findings: Findings): MapNode | undefined {
  const lines = new LineCounter();
  // A pretty error would quote the line, and with it a secret.
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  // A tag that nobody knows is a warning for the parser, and a text without its first word for us.
  const broken = [...document.errors, ...document.warnings];
  // What follows the first is mostly its consequence.
  const [first] = broken.toSorted((one, other) => one.pos[0] - other.pos[0]);
  if (first !== undefined) {
    findings.add(yamlProblem(first, file, lines));
    return undefined;
  }
  try {
    return new Reader(document, lines, file.path).root();
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    findings.add({ key: '', message: error.message, hint: error.hint, place: error.place });
    return undefined;
  }
}

class UnusableFile extends Error {
  constructor(
    message: string,
    readonly place: Place,
    readonly hint: string,
  ) {
    super(message);
  }
}

class Reader {
  #count = 0;

  constructor(
    readonly document: Document.Parsed,
    readonly lines: LineCounter,
    readonly path: string,
  ) {}

  root(): MapNode {
    const place: Place = { file: this.path, line: 1, column: 1 };
    const { contents } = this.document;
    const root = contents === null ? undefined : this.#node(contents, 0);
    if (root === undefined || (root.kind === 'scalar' && root.isNull))
      return { kind: 'map', entries: new Map(), place };
    if (root.kind === 'map') return { ...root, place };
    throw new UnusableFile('must be a map of settings', root.place, 'write lines of "key: value"');
  }

  #node(source: unknown, depth: number): Node {
    const place = this.#place(source);
    if (++this.#count > MAX_NODES || depth > MAX_DEPTH)
      throw new UnusableFile('too large or too deep', place, 'look at the aliases in the file');
    if (isAlias(source)) {
      const target = source.resolve(this.document);
      if (target !== undefined) return this.#node(target, depth + 1);
      throw new UnusableFile(`not YAML: no anchor for *${source.source}`, place, QUOTES_HINT);
    }
    if (isMap(source)) return { kind: 'map', entries: this.#entries(source.items, depth), place };
    if (isSeq(source)) {
      const items = source.items.map((item) => this.#node(item, depth + 1));
      return { kind: 'list', items, place };
    }
    if (!isScalar(source))
      return { kind: 'scalar', text: '', isNull: true, isQuoted: false, place };
    const { value } = source;
    const isText = typeof value === 'string';
    return {
      kind: 'scalar',
      text: isText ? value : (source.source ?? String(value)),
      isNull: value === null,
      isQuoted: isText && source.type !== 'PLAIN',
      place,
    };
  }

  #entries(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): Map<string, MapEntry> {
    const own = new Map<string, MapEntry>();
    const merged = new Map<string, MapEntry>();
    for (const item of items) {
      const keyPlace = this.#place(item.key);
      const key = isScalar(item.key) ? String(item.key.source ?? item.key.value) : '';
      const value = this.#node(item.value, depth + 1);
      // An absent value has no place of its own.
      if (key === '<<') merge(value, merged);
      else
        own.set(key, {
          keyPlace,
          value: item.value === null ? { ...value, place: keyPlace } : value,
        });
    }
    return new Map([...merged, ...own]);
  }

  #place(source: unknown): Place {
    const range =
      isScalar(source) || isMap(source) || isSeq(source) || isAlias(source) ? source.range : null;
    const { line, col } = this.lines.linePos(range?.[0] ?? 0);
    return { file: this.path, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** A merge key gives the keys of a map, or of several of which the first wins. */
function merge(value: Node, into: Map<string, MapEntry>): void {
  if (value.kind === 'list') for (const item of value.items) merge(item, into);
  if (value.kind !== 'map') return;
  for (const [key, entry] of value.entries) if (!into.has(key)) into.set(key, entry);
}
