/** The kinds of trouble: each strikes when it is told to, and leaves behind what ends it. */
import { REQUEST_TROUBLES } from './request-troubles.js';
import { METRIC_TROUBLES } from './metric-troubles.js';
import { PLATFORM_TROUBLES } from './platform-troubles.js';
import { PEOPLE_TROUBLES } from './people-troubles.js';
import { MACHINE_TROUBLES } from './machine-troubles.js';
import { PROCESS_TROUBLES } from './process-troubles.js';

export const TROUBLE_KINDS = {
  ...REQUEST_TROUBLES,
  ...METRIC_TROUBLES,
  ...PLATFORM_TROUBLES,
  ...PEOPLE_TROUBLES,
  ...MACHINE_TROUBLES,
  ...PROCESS_TROUBLES,
};

export type TroubleKind = keyof typeof TROUBLE_KINDS;
