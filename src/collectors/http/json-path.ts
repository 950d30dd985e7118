/**
 * The part of JSONPath (RFC 9535) that finds a number: names, indexes, `*`, and filters that compare a member with a
 * literal (`[?@.name == 'x']`). Slices, `..`, functions and `&&` are refused. Beyond the RFC, names after a dot may
 * have hyphens, and `$APP_NAME` stands for the app in names and literals.
 */
import { inSlices, type Breathe } from '../../seams/slices.js';
import { appTemplate, type AppTemplate } from '../shared/settings/app-template.js';

/**
 * All nodes that the path selects, in document order; none is an ordinary outcome. What does not depend on the app is
 * done once for a document. A long list is gone through in slices.
 */
export type JsonPath = (
  document: unknown,
  breathe: Breathe,
) => Promise<(app: string) => Promise<readonly unknown[]>>;

/** The path cannot be read; the message says where. */
class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

interface Step {
  readonly isPerApp: boolean;
  apply(nodes: readonly unknown[], app: string): readonly unknown[];
  /** The same, for any number of nodes; absent: what it selects of several nodes is what it selects of each. */
  applyInSlices?(
    nodes: readonly unknown[],
    app: string,
    breathe: Breathe,
  ): Promise<readonly unknown[]>;
}

interface Literal {
  readonly isPerApp: boolean;
  fill(app: string): unknown;
}

const NAME = /(?:[A-Za-z0-9_\u0080-\uffff-]|\$\{APP_NAME\}|\$APP_NAME(?![A-Za-z0-9_]))+/y;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const INTEGER = /-?\d+/y;
const SPACE = /\s*/y;
const LITERAL = /(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w])/y;
const OPERATOR = /==|!=/y;

export function jsonPath(text: string): JsonPath {
  const steps = new PathReader(text).path();
  const firstPerApp = steps.findIndex((step) => step.isPerApp);
  const shared = firstPerApp < 0 ? steps : steps.slice(0, firstPerApp);
  const own = steps.slice(shared.length);
  return async (document, breathe) => {
    const nodes = await runInSlices(shared, [document], '', breathe);
    return (app) => runInSlices(own, nodes, app, breathe);
  };
}

class PathReader {
  #at = 0;

  constructor(readonly text: string) {}

  path(): readonly Step[] {
    this.#want('$');
    const steps = this.#segments();
    if (this.#at < this.text.length) this.#fail('a name, an index or the end');
    return steps;
  }

  #segments(): readonly Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#skip('.')) steps.push(this.#afterDot());
      else if (this.#skip('[')) steps.push(this.#inBrackets());
      else return steps;
    }
  }

  #afterDot(): Step {
    if (this.text[this.#at] === '.') this.#fail('a name: ".." is not supported');
    if (this.#skip('*')) return childrenOfAll;
    const name = this.#match(NAME)?.[0];
    return name === undefined ? this.#fail('a name or *') : memberStep(appTemplate(name));
  }

  #inBrackets(): Step {
    this.#match(SPACE);
    const step = this.#selector();
    this.#match(SPACE);
    this.#want(']');
    return step;
  }

  #selector(): Step {
    if (this.#skip('*')) return childrenOfAll;
    if (this.#skip('?')) return this.#filter();
    const name = this.#string();
    if (name !== null) return memberStep(appTemplate(name));
    const index = this.#match(INTEGER)?.[0];
    if (index === undefined) return this.#fail("an index, a name such as 'x', * or ?");
    return sharedStep((node) => elementOf(node, Number(index)));
  }

  #filter(): Step {
    this.#match(SPACE);
    this.#want('@');
    const inner = this.#segments();
    this.#match(SPACE);
    const operator = this.#match(OPERATOR)?.[0];
    if (operator === undefined) return this.#fail('== or != and a literal');
    this.#match(SPACE);
    const literal = this.#literal();
    return operator === '==' ? equalStep(inner, literal) : filterStep(inner, literal, false);
  }

  #literal(): Literal {
    const text = this.#string();
    if (text !== null) return appTemplate(text);
    const word = this.#match(LITERAL)?.[0];
    if (word === undefined) return this.#fail('a text in quotes, a number, true, false or null');
    const value: unknown = JSON.parse(word);
    return { isPerApp: false, fill: () => value };
  }

  #string(): string | null {
    const match = this.#match(STRING);
    const inner = match?.[1] ?? match?.[2];
    return inner?.replaceAll(/\\(.)/g, '$1') ?? null;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #skip(char: string): boolean {
    if (this.text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #want(char: string): void {
    if (!this.#skip(char)) this.#fail(char);
  }

  #fail(wanted: string): never {
    const found = this.text[this.#at];
    const what = found === undefined ? 'the end' : JSON.stringify(found);
    throw new JsonPathError(`position ${this.#at + 1}: expected ${wanted}, found ${what}`);
  }
}

function run(steps: readonly Step[], start: readonly unknown[], app: string): readonly unknown[] {
  return steps.reduce((nodes, step) => step.apply(nodes, app), start);
}

async function runInSlices(
  steps: readonly Step[],
  start: readonly unknown[],
  app: string,
  breathe: Breathe,
): Promise<readonly unknown[]> {
  let nodes = start;
  for (const step of steps) {
    if (step.applyInSlices !== undefined) nodes = await step.applyInSlices(nodes, app, breathe);
    else if (nodes.length === 1) nodes = step.apply(nodes, app);
    else nodes = await flatMapInSlices(nodes, (node) => step.apply([node], app), breathe);
  }
  return nodes;
}

async function flatMapInSlices(
  nodes: readonly unknown[],
  select: (node: unknown) => readonly unknown[],
  breathe: Breathe,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  await inSlices(nodes, breathe, (node) => {
    for (const one of select(node)) found.push(one);
  });
  return found;
}

function sharedStep(select: (node: unknown) => readonly unknown[]): Step {
  return { isPerApp: false, apply: (nodes) => nodes.flatMap(select) };
}

function memberStep(name: AppTemplate): Step {
  return {
    isPerApp: name.isPerApp,
    apply(nodes, app) {
      const key = name.fill(app);
      return nodes.flatMap((node) => memberOf(node, key));
    },
  };
}

/** Children by the value that they are looked up by: else each app of a large fleet would search them all. */
function equalStep(inner: readonly Step[], literal: Literal): Step {
  if (inner.some((step) => step.isPerApp)) return filterStep(inner, literal, true);
  const indexes = new WeakMap<readonly unknown[], ReadonlyMap<unknown, readonly unknown[]>>();
  const filter = filterStep(inner, literal, true);
  return {
    isPerApp: literal.isPerApp,
    apply: (nodes, app) => filter.apply(nodes, app),
    async applyInSlices(nodes, app, breathe) {
      const index = indexes.get(nodes) ?? (await childrenByValue(nodes, inner, breathe));
      indexes.set(nodes, index);
      return index.get(literal.fill(app)) ?? [];
    },
  };
}

function filterStep(inner: readonly Step[], literal: Literal, isEqual: boolean): Step {
  const isWanted = (child: unknown, app: string, wanted: unknown): boolean =>
    run(inner, [child], app).includes(wanted) === isEqual;
  return {
    isPerApp: literal.isPerApp || inner.some((step) => step.isPerApp),
    apply(nodes, app) {
      const wanted = literal.fill(app);
      return nodes.flatMap(childrenOf).filter((child) => isWanted(child, app, wanted));
    },
    applyInSlices(nodes, app, breathe) {
      const wanted = literal.fill(app);
      const wantedOf = (child: unknown): readonly unknown[] =>
        isWanted(child, app, wanted) ? [child] : [];
      return flatMapInSlices(nodes.flatMap(childrenOf), wantedOf, breathe);
    },
  };
}

async function childrenByValue(
  nodes: readonly unknown[],
  inner: readonly Step[],
  breathe: Breathe,
): Promise<ReadonlyMap<unknown, readonly unknown[]>> {
  const index = new Map<unknown, unknown[]>();
  await inSlices(nodes.flatMap(childrenOf), breathe, (child) => {
    for (const value of new Set(run(inner, [child], ''))) {
      const known = index.get(value);
      if (known === undefined) index.set(value, [child]);
      else known.push(child);
    }
  });
  return index;
}

function memberOf(node: unknown, key: string): readonly unknown[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [];
  return Object.hasOwn(node, key) ? [(node as Readonly<Record<string, unknown>>)[key]] : [];
}

function elementOf(node: unknown, index: number): readonly unknown[] {
  if (!Array.isArray(node)) return [];
  const at = index < 0 ? node.length + index : index;
  return at >= 0 && at < node.length ? [(node as readonly unknown[])[at]] : [];
}

function childrenOf(node: unknown): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Array.isArray(node) ? (node as readonly unknown[]) : Object.values(node);
}

const childrenOfAll: Step = sharedStep(childrenOf);
