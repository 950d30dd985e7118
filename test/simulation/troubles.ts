/** Everything that goes wrong in a run, drawn from its seed: what, when, and when it ends. */
import type { BrakeSettings } from '../../src/core/fleet-wide/brake.js';
import { Chance } from './chance.js';
import type { FleetPlan } from './fleet-plan.js';
import {
  KINDS_EVERYWHERE,
  KINDS_OF_ODD_ANSWERS,
  KINDS_OF_LISTS,
  KINDS_APART,
  KINDS_OF_ORG_LIST,
  TROUBLE_KINDS,
  type TroubleKind,
} from './trouble-kinds.js';

const MINUTE_MS = 60_000;

/** About one trouble in so much time; several run at once. */
const EVERY_MS = 2 * MINUTE_MS;
const ORG_LIST_EVERY_MS = 6 * MINUTE_MS;
const ODD_EVERY_MS = 5 * MINUTE_MS;
const LISTS_EVERY_MS = 10 * MINUTE_MS;
const APART_EVERY_MS = 1.5 * MINUTE_MS;
const FIRST_AT_MS = 2 * MINUTE_MS;
/** For as long a lie tries the brake's pace once it has let go. */
const PACE_MS = 6 * MINUTE_MS;

/** A trouble as it was drawn; what it strikes is drawn when it begins. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly atMs: number;
  readonly untilMs: number;
}

/** In order of their beginnings. */
export function drawTroubles(
  seed: number,
  calmAtMs: number,
  { machineList, brake }: Pick<FleetPlan, 'machineList' | 'brake'>,
): readonly Trouble[] {
  const everywhere = draw(new Chance(seed, 'troubles'), KINDS_EVERYWHERE, EVERY_MS, calmAtMs);
  const chance = new Chance(seed, 'org-list-troubles');
  const ofOrgList =
    machineList === 'org' ? draw(chance, KINDS_OF_ORG_LIST, ORG_LIST_EVERY_MS, calmAtMs) : [];
  const lists = new Chance(seed, 'list-troubles');
  const ofLists = draw(lists, KINDS_OF_LISTS, LISTS_EVERY_MS, calmAtMs);
  const apart = draw(new Chance(seed, 'apart-troubles'), KINDS_APART, APART_EVERY_MS, calmAtMs);
  const forBrake = brake === null ? [] : lieFor(brake, new Chance(seed, 'brake-lie'), calmAtMs);
  const odd = draw(new Chance(seed, 'odd-troubles'), KINDS_OF_ODD_ANSWERS, ODD_EVERY_MS, calmAtMs);
  return [...everywhere, ...ofOrgList, ...ofLists, ...apart, ...forBrake, ...odd].sort(
    (a, b) => a.atMs - b.atMs,
  );
}

/** Where there is a brake, a source lies for longer than it holds. */
function lieFor({ letGoAfterMs }: BrakeSettings, chance: Chance, calmAtMs: number): Trouble[] {
  const lengthMs = letGoAfterMs + chance.whole(MINUTE_MS, PACE_MS);
  const atMs = chance.whole(FIRST_AT_MS, calmAtMs - lengthMs - MINUTE_MS);
  return atMs < FIRST_AT_MS ? [] : [{ kind: 'lying-source', atMs, untilMs: atMs + lengthMs }];
}

function draw(
  chance: Chance,
  kinds: readonly TroubleKind[],
  everyMs: number,
  calmAtMs: number,
): Trouble[] {
  const bag = kinds.flatMap((name) => Array<TroubleKind>(TROUBLE_KINDS[name].weight).fill(name));
  const troubles: Trouble[] = [];
  let atMs = FIRST_AT_MS;
  while (atMs < calmAtMs - MINUTE_MS) {
    const kind = chance.pick(bag);
    const [shortest, longest] = TROUBLE_KINDS[kind].lengthMs;
    // What ends a trouble comes before what ends them all.
    const untilMs = Math.min(calmAtMs - 1000, atMs + chance.whole(shortest, longest));
    troubles.push({ kind, atMs, untilMs });
    atMs += chance.whole(1000, 2 * everyMs);
  }
  return troubles;
}
