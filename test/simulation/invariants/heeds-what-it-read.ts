import type { SimMachine } from '../../../src/simulator/index.js';
import { changeIn, type Change } from '../changes.js';
import type { Check, Ground } from '../invariant.js';
import { markOf } from '../snapshots.js';

/** A machine as a process read it last. */
interface Read {
  readonly isGone: boolean;
  readonly state: string;
  readonly version: string;
  readonly isHostOk: boolean;
  readonly isMarked: boolean;
  readonly isCordoned: boolean;
  readonly isStandby: boolean;
}

const GONE: Read = {
  isGone: true,
  state: 'destroyed',
  version: '',
  isHostOk: true,
  isMarked: false,
  isCordoned: false,
  isStandby: false,
};

const AT_REST = ['stopped', 'suspended', 'failed', 'created'];
/** In which states a machine is asked for what. */
const STATES: Readonly<Partial<Record<Change['verb'], readonly string[]>>> = {
  mark: ['started'],
  stop: ['started'],
  suspend: ['started'],
  destroy: AT_REST,
  start: AT_REST,
};
const TAKING: ReadonlySet<Change['verb']> = new Set([
  'mark',
  'cordon',
  'stop',
  'suspend',
  'destroy',
]);
/** What only a mark of ours makes a removal. */
const AFTER_MARK: ReadonlySet<Change['verb']> = new Set(['cordon', 'stop', 'suspend']);

/** Each machine is read before each step; what was read there is heeded, whatever was decided before. */
export function heedsWhatItRead(ground: Ground): Check {
  /** Process and machine -> as it was read last. */
  const reads = new Map<string, Read>();
  /** Process and machine -> its version in the list that came last. */
  const listed = new Map<string, string>();
  return {
    onOwnRequest({ action, app, machine, status, isAnswerLost }, by) {
      if (app === null || isAnswerLost) return;
      const { apps } = ground.sim.world.state;
      const machines = apps.get(app)?.machines;
      if (action === 'list-machines' && status === 200) {
        for (const { id, version } of machines?.values() ?? []) listed.set(`${by} ${id}`, version);
      }
      if (action !== 'get-machine' || machine === null) return;
      const found = machines?.get(machine);
      if (status === 404) reads.set(`${by} ${machine}`, GONE);
      if (status === 200 && found !== undefined) reads.set(`${by} ${machine}`, readOf(found));
    },
    onSending(request, by) {
      const change = changeIn(request);
      if (change?.machine == null) return;
      const key = `${by} ${change.machine}`;
      const read = reads.get(key);
      const why = read === undefined ? null : against(change, read, listed.get(key));
      if (why === null) return;
      ground.fail(
        'heeds-what-it-read',
        `${by} ${change.verb} ${change.machine} of ${change.app}: ${why}`,
      );
    },
  };
}

function readOf(machine: SimMachine): Read {
  return {
    isGone: machine.state === 'destroyed' || machine.state === 'destroying',
    state: machine.state,
    version: machine.version,
    isHostOk: machine.host.status === 'ok',
    isMarked: markOf(machine) !== null,
    isCordoned: machine.isCordoned,
    isStandby: (machine.config.standbys ?? []).length > 0,
  };
}

/** What of the read speaks against it; null: nothing. `version`: as listed. */
function against({ verb }: Change, read: Read, version: string | undefined): string | null {
  if (read.isGone) return 'it was seen to be gone';
  // A create that a release overtook is taken back by its version alone.
  if (verb === 'undo') return null;
  if (!read.isHostOk) return 'its host was seen to be out';
  if (version !== undefined && version !== read.version)
    return 'it was seen to be updated since it was listed';
  const states = STATES[verb];
  if (states !== undefined && !states.includes(read.state)) return `it was seen ${read.state}`;
  if (!TAKING.has(verb)) return null;
  if (read.isStandby) return 'it was seen to be a standby';
  if (read.isCordoned && !read.isMarked) return 'somebody was seen to have cordoned it';
  if (AFTER_MARK.has(verb) && !read.isMarked) return 'its mark was seen to be gone';
  return null;
}
