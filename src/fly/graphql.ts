/** The queries of Fly's GraphQL API that we send. */
import { z } from 'zod';
import { AppError } from '../core/model/errors.js';
import type { AppSummary, Release } from '../core/model/machine.js';
import { appNodesSchema, organizationSchema, readApp } from './answers/app.js';
import { currentReleaseSchema } from './answers/release.js';
import { badAnswer, flyError, type CallInfo } from './error-table.js';
import { decode, type Transport } from './transport.js';

/** `Unprocessed` spares Fly the work on the app's configuration, which nobody asked for. */
export const RELEASE_FIELDS =
  'currentRelease: currentReleaseUnprocessed { id version status createdAt }';

const CURRENT_RELEASE = `query($appName: String!) { app(name: $appName) { ${RELEASE_FIELDS} } }`;

const ORGANIZATION = 'query($slug: String!) { organization(slug: $slug) { id } }';

/** 200 is the page size that Fly's own client uses; a larger one is not known to work. */
const APPS = `query($org: ID, $after: String) {
  apps(first: 200, after: $after, organizationId: $org) {
    pageInfo { hasNextPage endCursor } nodes { name status } } }`;

/** The newest release; null when the app has none. */
export async function readCurrentRelease(
  transport: Transport,
  app: string,
  signal: AbortSignal,
): Promise<Release | null> {
  const call = { what: `read release of ${app}`, isRead: true };
  const answer = await transport.graphql(call, CURRENT_RELEASE, { appName: app }, signal);
  const { data } = decode(z.object({ data: currentReleaseSchema }), call, answer);
  if (data.app === null) throw flyError('fly-not-found', `${call.what}: Fly knows no such app`);
  return data.app.currentRelease;
}

/** All apps of the organization, page by page. */
export async function listAppsByGraphql(
  transport: Transport,
  org: string,
  signal: AbortSignal,
): Promise<readonly AppSummary[]> {
  const call = { what: `list apps of ${org}`, isRead: true };
  const organizationId = await findOrganization(transport, call, org, signal);
  const apps: AppSummary[] = [];
  const seen = new Set<string>();
  for (let after = ''; ;) {
    const answer = await transport.graphql(call, APPS, { org: organizationId, after }, signal);
    const page = decode(z.object({ data: appNodesSchema }), call, answer).data.apps;
    for (const node of page.nodes ?? []) apps.push(readApp(node));
    if (!page.pageInfo.hasNextPage) return apps;
    after = page.pageInfo.endCursor ?? '';
    if (after === '' || seen.has(after)) {
      throw badAnswer(call, answer.response, 'the pages of the list do not end');
    }
    seen.add(after);
  }
}

async function findOrganization(
  transport: Transport,
  call: CallInfo,
  slug: string,
  signal: AbortSignal,
): Promise<string> {
  const unknown = (cause?: unknown): AppError =>
    flyError('fly-not-found', `${call.what}: Fly knows no such organization`, {
      owner: 'user',
      hint: 'Check FAS_ORG, and that the token belongs to this organization.',
      cause,
    });
  try {
    const answer = await transport.graphql(call, ORGANIZATION, { slug }, signal);
    const { organization } = decode(z.object({ data: organizationSchema }), call, answer).data;
    if (organization !== null) return organization.id;
  } catch (error) {
    if (error instanceof AppError && error.code === 'fly-not-found') throw unknown(error);
    throw error;
  }
  throw unknown();
}
