/** The keys under which lists stand in the file. */

export const POLICIES_KEY = 'policies';

export const GROUPS_KEY = 'process-groups';

export const OVERRIDES_KEY = 'overrides';

/** The key of the list of collectors, which have schemas of their own. */
export const COLLECTORS_KEY = 'metric-collectors';
