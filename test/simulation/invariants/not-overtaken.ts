import { changeIn, listedIn } from '../changes.js';
import type { Check, Ground } from '../invariant.js';

/** Nothing is done on a release that was read, once another was: what was decided is out of date, even if neither runs. */
export function notOvertaken(ground: Ground): Check {
  return {
    onSending(request, by) {
      const listed = listedIn(request);
      if (listed !== null) ground.releases.noteLook(by, listed);
      const change = changeIn(request);
      if (change === null || change.verb === 'undo') return;
      const { app, verb, machine } = change;
      const decided = ground.releases.decidedOn(by, app);
      const newest = ground.releases.newest(by, app);
      if (decided === null || newest === undefined || newest.id === decided.id) return;
      const agoMs = ground.clock.elapsedMs() - newest.atMs;
      ground.fail(
        'not-overtaken',
        `${by} ${verb} ${machine ?? ''} of ${app}: decided on release ${decided.id}, read ${newest.id} ${agoMs} ms ago`,
      );
    },
  };
}
