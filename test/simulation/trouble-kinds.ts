/** The kinds of trouble: each strikes when it is told to, and leaves behind what ends it. */
import { ACT_TROUBLES } from './act-troubles.js';
import { REQUEST_TROUBLES } from './request-troubles.js';
import { METRIC_TROUBLES } from './metric-troubles.js';
import { PLATFORM_TROUBLES } from './platform-troubles.js';
import { ODD_TROUBLES } from './odd-troubles.js';
import { ORG_LIST_TROUBLES } from './org-list-troubles.js';
import { PEOPLE_TROUBLES } from './people-troubles.js';
import { LIST_TROUBLES } from './list-troubles.js';
import { MACHINE_TROUBLES } from './machine-troubles.js';
import { PROCESS_TROUBLES } from './process-troubles.js';
import { STALE_TROUBLES } from './stale-troubles.js';

const EVERYWHERE = {
  ...REQUEST_TROUBLES,
  ...METRIC_TROUBLES,
  ...PLATFORM_TROUBLES,
  ...PEOPLE_TROUBLES,
  ...MACHINE_TROUBLES,
  ...PROCESS_TROUBLES,
};

/** Drawn apart from the others, so that what those strike stays as it was. */
const APART = { ...ACT_TROUBLES, ...STALE_TROUBLES };

export const TROUBLE_KINDS = {
  ...EVERYWHERE,
  ...ORG_LIST_TROUBLES,
  ...LIST_TROUBLES,
  ...ODD_TROUBLES,
  ...APART,
};

export type TroubleKind = keyof typeof TROUBLE_KINDS;

export const KINDS_EVERYWHERE = Object.keys(EVERYWHERE) as readonly TroubleKind[];
export const KINDS_OF_LISTS = Object.keys(LIST_TROUBLES) as readonly TroubleKind[];
export const KINDS_OF_ORG_LIST = Object.keys(ORG_LIST_TROUBLES) as readonly TroubleKind[];
export const KINDS_OF_ODD_ANSWERS = Object.keys(ODD_TROUBLES) as readonly TroubleKind[];
export const KINDS_APART = Object.keys(APART) as readonly TroubleKind[];
