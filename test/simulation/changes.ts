/** Requests that change a machine or make one, told apart by their address. */
import type { HttpRequest } from '../../src/seams/http.js';

export interface Change {
  readonly app: string;
  /** Null: it makes something. */
  readonly machine: string | null;
  /** `mark` and `unmark` are of our own mark. */
  readonly verb:
    | 'create'
    | 'destroy'
    | 'undo'
    | 'mark'
    | 'unmark'
    | 'cordon'
    | 'uncordon'
    | 'stop'
    | 'suspend'
    | 'start';
}

const MACHINE = /\/v1\/apps\/([^/?]+)\/machines(?:\/([^/?]+))?(?:\/([a-z]+))?(\?.*)?$/;
const VERBS = ['cordon', 'uncordon', 'stop', 'suspend', 'start'] as const;

/** Null: it changes nothing of a machine; leases are not among it. */
export function changeIn({ method, url, body = '' }: HttpRequest): Change | null {
  const [, app, machine = null, path = '', query = ''] = MACHINE.exec(url) ?? [];
  if (app === undefined || method === 'GET' || path === 'lease') return null;
  const change = (verb: Change['verb']): Change => ({ app, machine, verb });
  if (machine === null) return change('create');
  if (method === 'DELETE') return change(query.includes('force=true') ? 'undo' : 'destroy');
  if (path === 'metadata') return change(/"fas-remove":"/.test(body) ? 'mark' : 'unmark');
  const verb = VERBS.find((known) => known === path);
  return verb === undefined ? null : change(verb);
}

/** The app whose machines are asked for; null: the request asks for something else. */
export function listedIn({ method, url }: HttpRequest): string | null {
  const [, app, machine] = MACHINE.exec(url) ?? [];
  return method === 'GET' && app !== undefined && machine === undefined ? app : null;
}
