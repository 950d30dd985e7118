/** What overrides make of policies: each set of them that meets is put together once, when the first app asks. */
import { NO_OVERRIDES, type OverriddenPolicy, type Overrides } from '../../core/model/overrides.js';
import type { AppSelector } from '../../core/model/policy.js';
import { reason } from '../../core/model/reason.js';
import { meetingsOf, overlapOf, type Meetings } from './app-names.js';
import { checkPatterns } from './checks.js';
import type { OverrideEntry } from './entries.js';
import { buildPolicy, type Basis, type BuiltPolicy, type PolicyDraft } from './policies.js';
import { Findings } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { readSection } from '../read/section.js';
import { didYouMean } from '../base/suggest.js';

export interface BuiltOverrides {
  readonly overrides: Overrides;
  /** Policies as overrides change them, as far as is known before the apps are. */
  readonly built: readonly BuiltPolicy[];
  /** What each says, for the hash. */
  readonly said: readonly unknown[];
}

export function buildOverrides(
  entries: readonly OverrideEntry[],
  drafts: readonly PolicyDraft[],
  basis: Basis,
  context: LoadContext,
): BuiltOverrides {
  if (entries.length === 0) return { overrides: NO_OVERRIDES, built: [], said: [] };
  const said = entries.map((entry) => checkEntry(entry, drafts, basis, context));
  const meetings = drafts.map((draft) => ({ draft, ...meetingsWith(draft, entries) }));
  warnOfUnused(entries, meetings, context);
  const built = meetings.flatMap(({ draft, sets }) =>
    sets.flatMap((set) => judge(draft, set, entries, basis, context) ?? []),
  );
  return { overrides: lazily(entries, drafts, basis, context), built, said };
}

/** Keys of an override that say which apps it is for. */
const SELECTING = new Set(['apps', 'policies']);

export function labelOf({ keyPrefix, apps }: OverrideEntry): string {
  const patterns = [...apps.include, ...apps.exclude.map((pattern) => `!${pattern}`)];
  return `${keyPrefix.slice(0, -1)} (${patterns.join(', ')})`;
}

export function isFor({ policies }: OverrideEntry, { name }: { readonly name: string }): boolean {
  return policies === null || policies.includes(name);
}

/** Checks what can be judged of it alone. Returns what it says. */
function checkEntry(
  { apps, place, policies, keyPrefix, node, layer }: OverrideEntry,
  drafts: readonly PolicyDraft[],
  { fields }: Basis,
  context: LoadContext,
): unknown {
  const { findings } = context;
  checkPatterns(apps, `${keyPrefix}apps`, place, context);
  const names = drafts.map(({ name }) => name);
  for (const name of policies ?? [])
    if (!names.includes(name)) {
      const hint = didYouMean(name, names) ?? `known policies: ${names.join(', ')}`;
      const message = `no policy has the name "${name}"`;
      const at = node.entries.get('policies')?.value.place ?? place;
      findings.add({ key: `${keyPrefix}policies`, message, hint, place: at });
    }
  const written = fields.filter((field) => field.key !== 'app-name' && layer.written(field));
  if (written.length === 0)
    findings.warn({
      key: keyPrefix.slice(0, -1),
      message: 'changes nothing',
      hint: 'add the settings that are different for these apps',
      place: node.place,
    });
  const { settings } = readSection(
    written,
    {
      choose: (field) => layer.written(field),
      missingPlace: () => node.place,
      keyOf: (key) => layer.keyOf(key),
    },
    context,
  );
  return { apps, policies, settings };
}

function meetingsWith(draft: PolicyDraft, entries: readonly OverrideEntry[]): Meetings {
  const apps = draft.built.section.settings['app-name'];
  if (apps === undefined) return { sets: [], isComplete: false };
  const own = [...entries.keys()].filter((i) => {
    const entry = entries[i];
    return entry !== undefined && isFor(entry, draft);
  });
  const selectors = own.flatMap((i) => entries[i]?.apps ?? []);
  const { sets, isComplete } = meetingsOf(apps, selectors);
  const known = sets.map((set) => set.flatMap((i) => own[i] ?? []));
  const alone = isComplete ? [] : own.filter((i) => mayMeet(apps, entries[i]?.apps));
  return { sets: [...known, ...alone.map((i) => [i])], isComplete };
}

function mayMeet(a: AppSelector, b: AppSelector | undefined): boolean {
  const kind = b === undefined ? 'none' : overlapOf(a, b).kind;
  return kind === 'sure' || kind === 'possible';
}

function warnOfUnused(
  entries: readonly OverrideEntry[],
  meetings: readonly Meetings[],
  { findings }: LoadContext,
): void {
  if (meetings.some(({ isComplete }) => !isComplete)) return;
  const met = new Set(meetings.flatMap(({ sets }) => sets.flat()));
  for (const [i, { keyPrefix, place, policies }] of entries.entries())
    if (!met.has(i))
      findings.warn({
        key: `${keyPrefix}apps`,
        message: `no app that ${policies === null ? 'a policy' : `a policy of ${policies.join(', ')}`} is for can match`,
        hint: 'compare it with the apps of the policies; exclusions count',
        place,
      });
}

/**
 * Undefined: the policy is unchanged. An override that contradicts a policy is a mistake; that two of them
 * contradict each other in apps that may not exist is worth a warning, and holds such an app when there is one.
 */
function judge(
  draft: PolicyDraft,
  positions: readonly number[],
  entries: readonly OverrideEntry[],
  basis: Basis,
  context: LoadContext,
): BuiltPolicy | undefined {
  if (positions.length === 0) return undefined;
  const layers = positions.flatMap((i) => entries[i]?.layer ?? []);
  if (positions.length === 1) return buildPolicy(draft, layers, basis, context);
  const findings = new Findings();
  const built = buildPolicy(draft, layers, basis, { ...context, findings });
  const { secrets } = context;
  for (const problem of findings.problems(secrets.values)) {
    const together = positions.flatMap((i) => entries[i] ?? []).map(labelOf);
    const message = `${problem.message} (in apps of policy "${draft.name}" that ${together.join(' and ')} match)`;
    context.findings.warn({ ...problem, message });
  }
  return built;
}

function lazily(
  entries: readonly OverrideEntry[],
  drafts: readonly PolicyDraft[],
  basis: Basis,
  context: LoadContext,
): Overrides {
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  const known = new Map<string, OverriddenPolicy>();
  return {
    list: entries.map((entry) => ({
      label: labelOf(entry),
      apps: entry.apps,
      keys: [...entry.node.entries.keys()].filter((key) => !SELECTING.has(key)),
    })),
    apply(policy, positions) {
      const own = positions
        .flatMap((i) => entries[i] ?? [])
        .filter((entry) => isFor(entry, policy));
      const draft = byName.get(policy.name);
      if (own.length === 0 || draft === undefined) return { policy, reasons: [] };
      const key = `${policy.name} ${own.map(({ keyPrefix }) => keyPrefix).join(' ')}`;
      const result = known.get(key) ?? overridden(policy, draft, own, basis, context);
      known.set(key, result);
      return result;
    },
  };
}

function overridden(
  policy: OverriddenPolicy['policy'],
  draft: PolicyDraft,
  entries: readonly OverrideEntry[],
  basis: Basis,
  { secrets }: LoadContext,
): OverriddenPolicy {
  const findings = new Findings();
  const layers = entries.map(({ layer }) => layer);
  const built = buildPolicy(draft, layers, basis, { findings, secrets });
  if (built.policy !== undefined) return { policy: built.policy, reasons: [] };
  const [first] = findings.problems(secrets.values);
  const why = first === undefined ? '' : `: ${first.key} ${first.message}`;
  const detail = `${entries.map(labelOf).join(' and ')}${why}`;
  return {
    policy: { ...policy, created: null, started: null },
    reasons: [reason('override-invalid', detail)],
  };
}
