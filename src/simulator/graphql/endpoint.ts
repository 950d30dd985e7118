import { execute, GraphQLError, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult } from 'graphql';
import type { Answer, Call } from '../exchange.js';
import { bodyOf } from '../exchange.js';
import { ApiError } from '../model.js';
import { rootOf } from './resolvers.js';
import { schema } from './schema.js';

const MAX_KEPT = 500;

/** Parsed and validated, by text: clients send few different ones, thousands of times. */
const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();

/** Whole answers by world, token and request: true until an app or a release changes. */
const answers = new WeakMap<object, { revision: number; byRequest: Map<string, string> }>();

export function answerGraphql(call: Call): Answer {
  const isLossy = call.fault === 'partial-list' || call.fault === 'silent-partial-list';
  const kept = isLossy ? new Map<string, string>() : keptAnswers(call);
  const key = `${call.grant.name} ${call.request.body ?? ''}`;
  let body = kept.get(key);
  if (body === undefined) {
    body = JSON.stringify(run(call));
    if (kept.size < MAX_KEPT) kept.set(key, body);
  }
  return { status: 200, body };
}

function keptAnswers(call: Call): Map<string, string> {
  const { world } = call;
  let kept = answers.get(world);
  if (kept === undefined || kept.revision !== world.catalogRevision) {
    kept = { revision: world.catalogRevision, byRequest: new Map() };
    answers.set(world, kept);
  }
  return kept.byRequest;
}

function run(call: Call): ExecutionResult {
  const body = bodyOf(call);
  const { query, variables } = body;
  if (typeof query !== 'string') throw new ApiError(400, 'query is required');
  const document = documentOf(query);
  if (!('kind' in document)) return { errors: document };
  const result = execute({
    schema,
    document,
    rootValue: rootOf(call),
    variableValues: (variables ?? {}) as Record<string, unknown>,
  });
  if (result instanceof Promise) throw new Error('a resolver became asynchronous');
  return result;
}

function documentOf(query: string): DocumentNode | readonly GraphQLError[] {
  let document = documents.get(query);
  if (document === undefined) {
    document = parsed(query);
    if (documents.size < MAX_KEPT) documents.set(query, document);
  }
  return document;
}

function parsed(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query);
    const errors = validate(schema, document);
    return errors.length > 0 ? errors : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
