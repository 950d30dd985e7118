import type { HttpRequest } from '../../seams/http.js';
import { appTemplate } from '../shared/settings/app-template.js';
import { statusMeaning } from '../shared/http/http-refusal.js';
import type { HttpSettings } from './settings.js';
import { refusal, type Refusal } from './reading.js';

/** One request, and the apps that its answer is for. */
export interface Question {
  readonly request: HttpRequest;
  readonly apps: readonly string[];
}

/** One question when neither the URL nor the body differs by app, else one for each. */
export function questionBuilder(
  settings: HttpSettings,
  userAgent: string,
): (apps: readonly string[]) => readonly Question[] {
  const url = appTemplate(settings.url);
  const body = appTemplate(settings.body ?? '');
  const headers = headersOf(settings, userAgent);
  const questionFor = (apps: readonly string[]): Question => {
    const [app = ''] = apps;
    return {
      apps,
      request: {
        method: settings.body === undefined ? 'GET' : 'POST',
        url: url.fill(encodeURIComponent(app)),
        headers,
        ...(settings.body === undefined ? {} : { body: body.fill(app) }),
      },
    };
  };
  return (apps) => {
    if (apps.length === 0) return [];
    if (!url.isPerApp && !body.isPerApp) return [questionFor(apps)];
    return [...new Set(apps)].map((app) => questionFor([app]));
  };
}

/** Without what follows the `?`: keys are often put there. */
export function printable(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

/** Everything that must not be printed. */
export function secretsOf(settings: HttpSettings): readonly (string | undefined)[] {
  const { token, username, password, headers } = settings;
  const basic = username === undefined ? undefined : basicCredentials(username, password ?? '');
  const words = Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]);
  const query = settings.url.split('?')[1]?.split('&') ?? [];
  const keys = query.map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [token, password, basic, ...[...words, ...keys].filter((word) => word.length >= 8)];
}

function headersOf(settings: HttpSettings, userAgent: string): Readonly<Record<string, string>> {
  const { token, username, password } = settings;
  const accept = { json: 'application/json', text: 'text/plain', prometheus: 'text/plain' };
  return {
    accept: `${accept[settings.format]}, */*;q=0.1`,
    'user-agent': userAgent,
    ...(settings.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(username === undefined
      ? {}
      : { authorization: `Basic ${basicCredentials(username, password ?? '')}` }),
    ...settings.headers,
  };
}

function basicCredentials(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/** Null for a good answer. */
export function refusalOfStatus(status: number, body: string): Refusal | null {
  if (status >= 200 && status < 300) return null;
  const { code, hint } = statusMeaning(status);
  const words = body.includes('<') ? '' : body.slice(0, 1000);
  return refusal([`HTTP ${status}`, hint, words].filter((part) => part !== '').join(': '), code);
}
