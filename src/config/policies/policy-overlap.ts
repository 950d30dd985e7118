/** Two policies for the same machines: an error where it can be proved. */
import type { Overrides } from '../../core/model/overrides.js';
import {
  appMatcher,
  literalApps,
  sharesMachines,
  type AppSelector,
  type Policy,
} from '../../core/model/policy.js';
import { overlapOf } from './app-names.js';
import type { OverrideEntry } from './entries.js';
import { isSet } from '../yaml/node.js';
import { isFor } from './overrides.js';
import type { PolicyDraft } from './policies.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';

interface Draft {
  readonly name: string;
  readonly policy: Policy;
  readonly key: string;
  readonly place: Place | undefined;
}

/** Of the apps to which overrides give the process group, only those that are named in full are judged. */
export function checkOverlaps(
  drafts: readonly PolicyDraft[],
  overrides: Overrides,
  entries: readonly OverrideEntry[],
  { findings }: LoadContext,
): void {
  const regrouping = entries.filter(({ node }) => isSet(node.entries.get('process-group')?.value));
  const known = drafts.flatMap(({ name, entry, built }): readonly Draft[] => {
    const { policy, section } = built;
    if (policy === undefined) return [];
    const key = entry?.layer.keyOf('app-name') ?? 'app-name';
    const isOwn = section.keyOf('app-name') === key;
    const place = isOwn ? section.written.get('app-name')?.place : entry?.place;
    return [{ name, policy, key, place }];
  });
  const groupsOf = resolver(overrides);
  for (const [i, later] of known.entries()) {
    for (const earlier of known.slice(0, i)) {
      const [a, b] = [earlier.policy, later.policy];
      const regrouped = regrouping
        .filter((entry) => isFor(entry, a) || isFor(entry, b))
        .flatMap(({ apps }) => apps.include);
      const found = namedInBoth(a, b, regrouped, groupsOf) ?? byPatterns(a, b, regrouped);
      if (found === null) continue;
      const problem = {
        key: later.key,
        hint: `exclude them in one of the two, or give another process-group; overrides change settings for some apps of a policy`,
        ...(later.place === undefined ? {} : { place: later.place }),
      };
      const what = `policy "${later.name}" is for the same machines as policy "${earlier.name}"`;
      if (found.isSure) findings.add({ ...problem, message: `${what} in ${found.apps}` });
      else
        findings.warn({ ...problem, message: `${what} in ${found.apps}; there the first counts` });
    }
  }
}

interface Meeting {
  readonly isSure: boolean;
  /** In words. */
  readonly apps: string;
}

/** `regrouped`: patterns of apps that are not looked at. */
function byPatterns(a: Policy, b: Policy, regrouped: readonly string[]): Meeting | null {
  if (!sharesMachines(a.group, b.group)) return null;
  const overlap = overlapOf(without(a.apps, regrouped), without(b.apps, regrouped));
  if (overlap.kind === 'sure') {
    const { pattern } = overlap;
    if (!pattern.includes('*')) return { isSure: true, apps: `the app ${pattern}` };
    const but = regrouped.length === 0 ? '' : ' and no override gives a process-group';
    return { isSure: true, apps: `every app that "${pattern}" brings in${but}` };
  }
  if (overlap.kind !== 'possible') return null;
  return { isSure: false, apps: `apps such as ${overlap.example}` };
}

function without({ include, exclude }: AppSelector, patterns: readonly string[]): AppSelector {
  return { include, exclude: [...exclude, ...patterns] };
}

type GroupsOf = (policy: Policy, app: string) => Policy['group'];

/** `regrouped`: patterns of the apps that are looked at. */
function namedInBoth(
  a: Policy,
  b: Policy,
  regrouped: readonly string[],
  groupsOf: GroupsOf,
): Meeting | null {
  const isRegrouped = appMatcher({ include: regrouped, exclude: [] });
  const app = namesOf(a.apps, b.apps).find(
    (name) => isRegrouped(name) && sharesMachines(groupsOf(a, name), groupsOf(b, name)),
  );
  return app === undefined ? null : { isSure: true, apps: `the app ${app}` };
}

/** Apps that one of the two names and both are for. */
function namesOf(a: AppSelector, b: AppSelector): readonly string[] {
  const [inA, inB] = [appMatcher(a), appMatcher(b)];
  const names = [...a.include, ...b.include].filter((text) =>
    literalApps({ include: [text], exclude: [] }),
  );
  return names.filter((name) => inA(name) && inB(name));
}

function resolver(overrides: Overrides): GroupsOf {
  const matchers = overrides.list.map(({ apps }) => appMatcher(apps));
  return (policy, app) => {
    const positions = [...matchers.keys()].filter((i) => matchers[i]?.(app));
    return overrides.apply(policy, positions).policy.group;
  };
}
