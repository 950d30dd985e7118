import type { CreateCheck } from './invariant.js';
import { aloneAtWork } from './invariants/alone-at-work.js';
import { brakeHolds } from './invariants/brake-holds.js';
import { coolsDown } from './invariants/cools-down.js';
import { deploysRespected } from './invariants/deploys-respected.js';
import { doubtsResolved } from './invariants/doubts-resolved.js';
import { drainedFirst } from './invariants/drained-first.js';
import { explained } from './invariants/explained.js';
import { fleetBudgetsKept } from './invariants/fleet-budgets-kept.js';
import { growsAsWanted } from './invariants/grows-as-wanted.js';
import { growsSteadily } from './invariants/grows-steadily.js';
import { keepsPace } from './invariants/keeps-pace.js';
import { heedsWhatItRead } from './invariants/heeds-what-it-read.js';
import { lastMachineKept } from './invariants/last-machine-kept.js';
import { oddLeftAlone } from './invariants/odd-left-alone.js';
import { notOvertaken } from './invariants/not-overtaken.js';
import { oneActor } from './invariants/one-actor.js';
import { onlyOurs } from './invariants/only-ours.js';
import { passesApart } from './invariants/passes-apart.js';
import { protectedKept } from './invariants/protected-kept.js';
import { regionLimitsKept } from './invariants/region-limits-kept.js';
import { replayed } from './invariants/replayed.js';
import { settles } from './invariants/settles.js';
import { shrinksOnEvidence } from './invariants/shrinks-on-evidence.js';
import { staysFrozen } from './invariants/stays-frozen.js';
import { staysPaused } from './invariants/stays-paused.js';

/** All that must hold in every run. */
export const CHECKS: readonly CreateCheck[] = [
  onlyOurs,
  oddLeftAlone,
  aloneAtWork,
  oneActor,
  heedsWhatItRead,
  lastMachineKept,
  growsAsWanted,
  shrinksOnEvidence,
  brakeHolds,
  protectedKept,
  drainedFirst,
  regionLimitsKept,
  keepsPace,
  coolsDown,
  growsSteadily,
  fleetBudgetsKept,
  staysFrozen,
  staysPaused,
  deploysRespected,
  notOvertaken,
  doubtsResolved,
  passesApart,
  explained,
  replayed,
  settles,
];
