import type { HttpRequest } from '../../../src/seams/http.js';
import type { Check, Ground } from '../invariant.js';
import { RELEASE_MAX_AGE_MS } from '../profiles.js';

/** A release is read anew before each action; a call that waits for its turn or is sent again comes somewhat later. */
const READ_WITHIN_MS = 45_000;

const CHANGE = /\/v1\/apps\/([^/?]+)\/(machines|volumes)(?:\/([^/?]+))?(?:\/([a-z]+))?(\?.*)?$/;

/** Nothing is sent after a read that showed the release running, but the undo of a create; machine and release are read before each step. */
export function deploysRespected(ground: Ground): Check {
  /** Process and machine -> what was sent last, and whether the machine was read since. */
  const last = new Map<string, { sent: string; wasRead: boolean }>();
  return {
    onSending(request, by) {
      const [, app, , machine, verb = '', query = ''] = CHANGE.exec(request.url) ?? [];
      if (app === undefined || verb === 'lease') return;
      if (request.method === 'GET') {
        const before = last.get(`${by} ${machine ?? ''}`);
        if (before !== undefined && verb === '') before.wasRead = true;
        return;
      }
      const isUndo = request.method === 'DELETE' && query.includes('force=true');
      const what = `${by} ${request.method} ${verb} ${machine ?? ''} of ${app}`;
      if (!isUndo) judge(ground, request, { by, app, verb, what });
      if (machine !== undefined) readFirst(ground, request, `${by} ${machine}`, what, last);
    },
  };
}

function judge(
  ground: Ground,
  request: HttpRequest,
  { by, app, verb, what }: { by: string; app: string; verb: string; what: string },
): void {
  const read = ground.releases.newest(by, app);
  if (read === undefined || ground.clock.elapsedMs() - read.atMs > READ_WITHIN_MS) {
    ground.fail('deploys', `${what}: the release was not read before`);
    return;
  }
  if (!read.isRunning) return;
  const isOverdue = ground.clock.now() - read.createdAtMs >= RELEASE_MAX_AGE_MS;
  if (!isOverdue) ground.fail('deploys', `${what}: the release was seen running`);
  else if (takesAway(request, verb))
    ground.fail('deploys', `${what}: the release is overdue, only growth is allowed`);
}

function takesAway(request: HttpRequest, verb: string): boolean {
  if (request.method === 'DELETE' || verb === 'stop' || verb === 'suspend' || verb === 'cordon')
    return true;
  return verb === 'metadata' && /"fas-remove":"/.test(request.body ?? '');
}

function readFirst(
  ground: Ground,
  request: HttpRequest,
  key: string,
  what: string,
  last: Map<string, { sent: string; wasRead: boolean }>,
): void {
  const sent = `${request.method} ${request.url} ${request.body ?? ''}`;
  const before = last.get(key);
  // The very same again is a retry of what had no effect.
  if (before !== undefined && !before.wasRead && before.sent !== sent) {
    ground.fail('deploys', `${what}: the machine was not read again before`);
  }
  last.set(key, { sent, wasRead: false });
}
