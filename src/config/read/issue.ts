/** What a schema says against a value, in words for the person who wrote it. */
import type { z } from 'zod';
import { kindWord, wantedText } from '../yaml/coerce.js';
import { defaultText, type Field, type JsonNode } from '../base/field.js';
import { childOf, keyPlaceAt, placeAt, type MapNode, type Node } from '../yaml/node.js';
import type { Place, Problem } from '../base/problem.js';
import { didYouMean, nearest } from '../base/suggest.js';

type Issue = z.core.$ZodIssue;

/** A group of settings that one schema checks. */
export interface Written {
  readonly fields: readonly Field[];
  readonly node: MapNode;
  /** Stands before each key in problems: "" or "metric-collectors[0]." */
  readonly keyPrefix: string;
  /** Where a missing key belongs. */
  readonly missingPlace: (key: string) => Place;
  /** How to give a missing one. */
  readonly missingHint: (key: string) => string;
}

export function problemsOf(issues: readonly Issue[], written: Written): Problem[] {
  return issues.flatMap((issue) => problemOf(issue, written));
}

function problemOf(issue: Issue, written: Written): Problem | Problem[] {
  const { path } = issue;
  const closest = closestOf(issue);
  if (closest !== null) return problemsOf(closest, written);
  const field = written.fields.find((candidate) => candidate.key === String(path[0] ?? ''));
  const key = `${written.keyPrefix}${pathText(path)}`;
  if (issue.code === 'unrecognized_keys')
    return withoutRepeats(
      issue.keys.map((unknown) =>
        unknownKey(unknown, path, written, path.length === 0 ? undefined : knownKeys(field, path)),
      ),
    );
  const node = path.reduce<Node | undefined>(
    (parent, step) => parent && childOf(parent, step),
    written.node,
  );
  if (node === undefined && path.length === 1) {
    const missing = String(path[0]);
    return {
      key,
      message: issue.code === 'custom' ? issue.message : 'is required',
      place: written.missingPlace(missing),
      hint: written.missingHint(missing),
    };
  }
  if (node === undefined && issue.code === 'invalid_type') {
    const hint = hintOf(issue, field, undefined, undefined);
    const place = placeAt(written.node, path);
    return { key, message: 'is required', place, ...(hint === undefined ? {} : { hint }) };
  }
  const isSecret = field?.meta.isSecret === true;
  const text = node?.kind === 'scalar' ? node.text : undefined;
  const got = isSecret || node === undefined ? '' : `, got ${shown(node)}`;
  const hint = hintOf(issue, field, text, node?.place);
  return {
    key,
    message: isSecret
      ? withoutText(messageOf(issue, field, ''), text)
      : messageOf(issue, field, got),
    place: placeAt(written.node, path),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The same list of keys after each of several would hide them. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  return problems.map((problem, index) => {
    const { hint, ...rest } = problem;
    const isSaid = problems.slice(0, index).some((earlier) => earlier.hint === hint);
    return hint !== undefined && isSaid ? rest : problem;
  });
}

/** What is wrong by the one form of several that the value seems to have; null: it has none of them. */
function closestOf(issue: Issue): Issue[] | null {
  if (issue.code !== 'invalid_union') return null;
  const isOfForm = (issues: readonly Issue[]): boolean =>
    issues.every(
      ({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
    );
  const found = issue.errors.find(isOfForm);
  return found?.map((each) => ({ ...each, path: [...issue.path, ...each.path] })) ?? null;
}

/** The keys of the map at the path. */
function knownKeys(field: Field | undefined, path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly JsonNode[] = field === undefined ? [] : [field.json];
  const options = (node: JsonNode): readonly JsonNode[] =>
    (node.anyOf ?? node.oneOf)?.flatMap(options) ?? [node];
  for (const step of path.slice(1)) {
    nodes = nodes.flatMap(options).flatMap(({ properties, additionalProperties, items }) => {
      const inner = typeof step === 'number' ? items : properties?.[String(step)];
      if (inner !== undefined) return [inner];
      return typeof additionalProperties === 'object' ? [additionalProperties] : [];
    });
  }
  return nodes.flatMap(options).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** `key` at the path is none that we know. */
export function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  written: Pick<Written, 'fields' | 'node' | 'keyPrefix'>,
  known: readonly string[] = path.length === 0 ? written.fields.map((field) => field.key) : [],
): Problem {
  const hint =
    didYouMean(key, known) ?? (known.length > 0 ? `known keys: ${known.join(', ')}` : undefined);
  return {
    key: `${written.keyPrefix}${pathText([...path, key])}`,
    message: 'unknown key',
    place: keyPlaceAt(written.node, path, key),
    ...(hint === undefined ? {} : { hint }),
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

function shown(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  const { text } = node;
  return text.length > 80 ? `"${text.slice(0, 77)}..."` : `"${text}"`;
}

function withoutText(message: string, text: string | undefined): string {
  return text === undefined || text === '' ? message : message.replaceAll(text, '***');
}

const ZOD_WORDS = /^(Invalid |Too |Unrecognized )/;

function messageOf(issue: Issue, field: Field | undefined, got: string): string {
  // A message that a schema gives itself says more than its kind.
  if (!ZOD_WORDS.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kindWord(issue.expected)}${got}`;
    case 'too_small':
      return `${bound(issue.origin, issue.inclusive === false ? 'above' : 'at least', issue.minimum)}${got}`;
    case 'too_big':
      return `${bound(issue.origin, issue.inclusive === false ? 'below' : 'at most', issue.maximum)}${got}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}${got}`;
    case 'invalid_union':
      return `must be ${(field && wantedText(field.json)) || 'of another form'}${got}`;
    case 'invalid_format':
      return `must be a valid ${issue.format}${got}`;
    default:
      return issue.message;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string' && relation === 'at least' && limit === 1) return 'must not be empty';
  if (origin === 'string') return `must have ${relation} ${limit} characters`;
  if (origin === 'array') return `must have ${relation} ${limit} entries`;
  return `must be ${relation} ${limit}`;
}

function hintOf(
  issue: Issue,
  field: Field | undefined,
  text: string | undefined,
  place: Place | undefined,
): string | undefined {
  if (issue.code === 'invalid_value' && text !== undefined) {
    const candidate = nearest(text, issue.values.map(String));
    if (candidate !== undefined) return `did you mean ${candidate}?`;
  }
  if (field === undefined) return undefined;
  // A default that has a text of its own may be prose.
  const initial = field.meta.defaultText === undefined ? defaultText(field) : undefined;
  const sample = field.meta.example ?? initial;
  // What a schema itself says of the form has its example already.
  if (sample === undefined || / such as /.test(issue.message)) return undefined;
  if (place !== undefined && 'env' in place) return `for example ${place.env}=${sample}`;
  // The whole value, again for each of its parts, would hide what is wrong with one of them.
  return issue.path.length > 1 ? undefined : `for example ${field.key}: ${sample}`;
}
