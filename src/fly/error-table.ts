/** What an answer of Fly that is not a success means for us. */
import { DeadlineExceeded } from '../seams/clock.js';
import { AppError, type AppErrorDetails, type ErrorCode } from '../core/model/errors.js';
import { HttpFailure, parseRetryAfterMs, type HttpResponse } from '../seams/http.js';
import type { Redact } from './redact.js';

/** What was asked, as far as an error needs to know. */
export interface CallInfo {
  /** For messages: "start machine 3d8d413b29d089 of my-app". */
  readonly what: string;
  /** False: the call changes something, so an answer that does not come leaves open whether it did. */
  readonly isRead: boolean;
}

/** Fly's text is cut here; the rest is rarely more than a stack of wrappers. */
const TEXT_LIMIT = 300;

interface Rule {
  readonly status: number;
  /** On the `status` field and the text, separated by a blank. Undefined matches all. */
  readonly text?: RegExp;
  readonly code: ErrorCode;
}

/** No room in the region, in the words that Fly has for it; the same words come with several statuses. */
const NO_ROOM =
  /insufficient[ _](?:resources|memory|cpus?|ips|capacity)|no capacity|could not reserve|candidate host|over the allowed quota|consider other regions/i;
/** With these statuses nothing else is insufficient; 403 may be said of a token's permissions too. */
const NO_ROOM_HERE = new RegExp(`insufficient|${NO_ROOM.source}`, 'i');
/** Of the organization, wherever it asks. */
const AT_ITS_LIMIT = /machine limit|billing@/i;
const VOLUME_TAKEN = /volume_placement_capacity|existing volume|volume already|vol_\w/i;

/** The first rule that fits decides. Texts hold names of apps, so the rules look for phrases that no name can be. */
const RULES: readonly Rule[] = [
  { status: 400, text: NO_ROOM, code: 'fly-no-capacity' },
  { status: 401, code: 'fly-unauthorized' },
  { status: 403, text: NO_ROOM, code: 'fly-no-capacity' },
  { status: 403, text: AT_ITS_LIMIT, code: 'fly-quota' },
  { status: 403, code: 'fly-forbidden' },
  // A create that names a volume which is not there; the app is.
  { status: 404, text: /not_found: volume|vol_\w/i, code: 'fly-volume-unavailable' },
  { status: 404, code: 'fly-not-found' },
  { status: 408, code: 'fly-timeout' },
  { status: 409, text: /already_exists|name violation/i, code: 'fly-name-taken' },
  { status: 409, text: /lease currently held/i, code: 'fly-lease-held' },
  { status: 409, text: NO_ROOM_HERE, code: 'fly-no-capacity' },
  { status: 409, code: 'fly-conflict' },
  { status: 412, text: VOLUME_TAKEN, code: 'fly-volume-unavailable' },
  { status: 412, text: NO_ROOM_HERE, code: 'fly-no-capacity' },
  { status: 412, code: 'fly-precondition' },
  { status: 422, text: NO_ROOM_HERE, code: 'fly-no-capacity' },
  { status: 422, text: /machine limit|billing@|quota/i, code: 'fly-quota' },
  { status: 422, text: /name_taken|already been taken/i, code: 'fly-name-taken' },
  { status: 429, code: 'fly-rate-limited' },
];

function codeOf(status: number, text: string): ErrorCode {
  const rule = RULES.find(
    (each) => each.status === status && (each.text === undefined || each.text.test(text)),
  );
  if (rule !== undefined) return rule.code;
  if (status >= 500) return 'fly-unavailable';
  return status >= 400 ? 'fly-bad-request' : 'fly-bad-answer';
}

type Advice = Pick<AppErrorDetails, 'owner' | 'isRetryable' | 'hint'>;

const ADVICE: Partial<Record<ErrorCode, Advice>> = {
  'fly-unauthorized': {
    owner: 'user',
    hint: 'Check FAS_API_TOKEN: it must be the whole token of `fly tokens create org` (a fleet) or `deploy` (one app), and not expired.',
  },
  'fly-forbidden': {
    owner: 'user',
    hint: 'The token is valid, but not for this app or organization: create one with `fly tokens create org`.',
  },
  'fly-not-found': { owner: 'remote' },
  'fly-bad-request': { owner: 'internal' },
  'fly-rate-limited': { owner: 'remote', isRetryable: true },
  'fly-lease-held': {
    owner: 'remote',
    isRetryable: true,
    hint: 'Somebody else is changing this machine: a deploy, flyctl, or another instance.',
  },
  'fly-conflict': { owner: 'remote', isRetryable: true },
  'fly-precondition': { owner: 'remote', isRetryable: true },
  'fly-name-taken': { owner: 'remote' },
  'fly-no-capacity': {
    owner: 'remote',
    isRetryable: true,
    hint: 'Fly has no room for this machine there now, or the organization no quota: more regions in FAS_REGIONS help.',
  },
  'fly-quota': {
    owner: 'user',
    hint: 'The organization has reached its machine limit: ask billing@fly.io to raise it, or lower the maximum.',
  },
  'fly-volume-unavailable': { owner: 'remote', isRetryable: true },
  'fly-unavailable': { owner: 'remote', isRetryable: true },
  'fly-timeout': { owner: 'remote', isRetryable: true },
  'fly-unreachable': { owner: 'remote', isRetryable: true },
  'fly-bad-answer': { owner: 'remote' },
};

/** An error of this code with its usual owner and hint; `details` overrule them. */
export function flyError(
  code: ErrorCode,
  message: string,
  details: Partial<AppErrorDetails> = {},
): AppError {
  return new AppError(code, message, { owner: 'remote', ...ADVICE[code], ...details });
}

/** The error of an answer whose status is not a success. `nowMs`: wall time, for a Retry-After that is a date. */
export function errorOfStatus(
  call: CallInfo,
  response: HttpResponse,
  nowMs: number,
  redact: Redact,
): AppError {
  const { text, status, isJson } = readErrorBody(response.body);
  const shown = text === '' ? '' : `: ${excerpt(text, redact)}`;
  if (response.status === 404 && !(isJson && isWordOfFly(text))) {
    const message = `${call.what}: ${SAID_404} by something that does not speak for Fly${shown}`;
    const hint =
      "A proxy or gateway answered, or Fly's address is wrong: check FLY_FLAPS_BASE_URL and what stands between.";
    const details = { ...answerDetails(response, nowMs), isAmbiguous: !call.isRead, hint };
    return flyError('fly-bad-answer', message, details);
  }
  const isOpen = response.status === 408 || response.status >= 500 || response.status < 400;
  return flyError(
    codeOf(response.status, `${status} ${text}`),
    `${call.what}: Fly answered ${response.status}${shown}`,
    {
      ...answerDetails(response, nowMs),
      isAmbiguous: isOpen && !call.isRead,
    },
  );
}

const SAID_404 = 'answered 404';

/** What Fly calls the things that may be missing, or the id of a machine. */
const MISSING =
  /\b(?:apps?|application|machines?|vm|instance|lease|volume|organi[sz]ation|[0-9a-f]{14})\b/i;
const IS_MISSING = /not[ _]found|could not find|does not exist|no longer exists/i;
/** What gateways, proxies and routers say of a path or of themselves. */
const OF_A_PATH =
  /\/v1\b|\bno route|\broutes? |page not found|\bendpoint\b|\bupstream\b|\bbackend\b/i;

/** Only Fly's own word about an object says that it is not there: a text of its own that names it. */
function isWordOfFly(text: string): boolean {
  return IS_MISSING.test(text) && MISSING.test(text) && !OF_A_PATH.test(text);
}

/** True when Fly says that the very machine is not there, and not that it does not know the app. */
export function isWordOfMachine(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'fly-not-found') return false;
  const [, said = ''] = error.message.split(`${SAID_404}:`);
  return !/\b(?:app|application)(?: \S+)? not found|could not find app/i.test(said);
}

/** The error of a success that does not say what it should. `problem` must not quote the answer's values. */
export function badAnswer(
  call: CallInfo,
  response: HttpResponse,
  problem: string,
  isRetryable = false,
): AppError {
  return flyError('fly-bad-answer', `${call.what}: ${problem}`, {
    isRetryable,
    isAmbiguous: !call.isRead,
    status: response.status,
    ...requestId(response),
  });
}

/** The error of no whole answer; anything but `HttpFailure` and `DeadlineExceeded` is ours. */
export function errorOfFailure(call: CallInfo, error: unknown, redact: Redact): AppError {
  const isAmbiguous = !call.isRead;
  const cause = safeCause(error, redact);
  if (error instanceof DeadlineExceeded) {
    return flyError('fly-timeout', `${call.what}: ${error.message}`, { isAmbiguous, cause });
  }
  if (!(error instanceof HttpFailure)) {
    const message = error instanceof Error ? error.message : String(error);
    return new AppError('internal', `${call.what}: ${excerpt(message, redact)}`, {
      owner: 'internal',
      isAmbiguous,
      cause,
    });
  }
  const message = `${call.what}: ${FAILURES[error.kind]} (${excerpt(error.message, redact)})`;
  if (error.kind === 'truncated' || error.kind === 'too-large') {
    const isRetryable = error.kind === 'truncated';
    return flyError('fly-bad-answer', message, { isAmbiguous, isRetryable, cause });
  }
  return flyError('fly-unreachable', message, {
    isAmbiguous: isAmbiguous && !error.isUnsent,
    cause,
    ...(error.isUnsent
      ? { hint: 'Check the network, FLY_FLAPS_BASE_URL and FLY_API_BASE_URL.' }
      : {}),
  });
}

/** Whoever logs an error logs its cause too. Undefined when that would show a secret. */
function safeCause(error: unknown, redact: Redact): unknown {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (redact(each.message) !== each.message) return undefined;
  }
  return error;
}

const FAILURES: Record<HttpFailure['kind'], string> = {
  refused: 'no connection to Fly',
  unresolved: "Fly's address is unknown",
  tls: 'the TLS handshake with Fly failed',
  reset: 'the connection to Fly broke',
  truncated: "Fly's answer ended early",
  'too-large': "Fly's answer is too large",
  other: 'the exchange with Fly failed',
};

/** Redacted and cut for a message. Redacts first: a token cut in half would no longer look like one. */
export function excerpt(text: string, redact: Redact): string {
  const line = redact(text).replace(/\s+/g, ' ').trim();
  return line.length > TEXT_LIMIT ? `${line.slice(0, TEXT_LIMIT)}...` : line;
}

/** Lease endpoints put the text into `message`, the others into `error`; proxies send no JSON at all. */
function readErrorBody(body: string): { text: string; status: string; isJson: boolean } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (parsed !== null && typeof parsed === 'object') {
      const fields = parsed as { message?: unknown; error?: unknown; status?: unknown };
      const text = [fields.message, fields.error].find(
        (each): each is string => typeof each === 'string' && each !== '',
      );
      const status = typeof fields.status === 'string' ? fields.status : '';
      return { text: text ?? body, status, isJson: text !== undefined };
    }
  } catch {
    // Not JSON: the body as it is says more than nothing.
  }
  return { text: body, status: '', isJson: false };
}

function answerDetails(response: HttpResponse, nowMs: number): Partial<AppErrorDetails> {
  const retryAfterMs = parseRetryAfterMs(response.headers['retry-after'], nowMs);
  return {
    status: response.status,
    ...requestId(response),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function requestId(response: HttpResponse): Partial<AppErrorDetails> {
  const id = response.headers['fly-request-id'];
  return id === undefined ? {} : { requestId: id };
}
