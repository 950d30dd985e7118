/** The two counts that a policy speaks of. */

export type CountName = 'created' | 'started';

export const COUNT_NAMES: readonly CountName[] = ['created', 'started'];
