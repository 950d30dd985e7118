/** Metrics of single apps, written straight from the last pass of each. */
import type { ReasonCode } from '../../core/model/reason.js';
import type { Sample } from '../../core/model/sample.js';
import type { TargetRange } from '../../core/model/decision.js';
import { escapeLabel, familyHeader, labelText, series } from './exposition.js';
import { errorsOf } from './fleet-series.js';
import { APP_METRICS, type AppMetric } from './metric-table.js';
import { PerPolicy, shownPolicy } from '../report/per-policy.js';
import { isOfGoneApp, levelOf } from '../report/problem.js';
import { SharedTexts } from '../report/shared-texts.js';
import type { FleetEvent, PassReport } from '../../seams/events.js';

/** Apps written at once before others may run. */
const APPS_PER_SLICE = 200;

interface AppState {
  /** `app="name"`, and the policy's where it is shown; escaped once. */
  readonly label: string;
  readonly samples: readonly (readonly [label: string, sample: Sample])[];
  readonly created: TargetRange | null;
  readonly started: TargetRange | null;
  readonly wantedCreated: number | null;
  readonly wantedStarted: number | null;
  readonly machinesByState: Readonly<Record<string, number>> | null;
  readonly crashed: number;
  readonly held: ReadonlySet<ReasonCode>;
  readonly passSeconds: number;
  readonly errors: ReadonlyMap<string, number>;
  lastSuccessMs: number | null;
}

export interface AppSeries {
  pass(report: PassReport): void;
  fleet(event: FleetEvent): void;
  /** In slices; others may run between two of them. */
  text(): Iterable<string>;
}

/**
 * A fleet of more than `mostApps` has none, and nothing is kept of its apps; when it is small enough again, each app has
 * its series from its next pass on.
 */
export function createAppSeries(mostApps: number): AppSeries {
  const states = new PerPolicy<AppState>();
  const texts = new SharedTexts();
  /** Null until a list was read: then a pass that ends after its app left brings no series back. */
  let listed: Set<string> | null = null;
  // An app that reports before any list is one, and with `mostApps` 0 too many.
  const areTooMany = (): boolean => (listed?.size ?? 1) > mostApps;
  return {
    pass(report) {
      const { app, policy } = report;
      if (listed?.has(app) === false || areTooMany() || isOfGoneApp(report)) return;
      states.set(app, policy.name, stateOf(report, states.get(app, policy.name), texts));
    },
    fleet(event) {
      if (event.kind === 'app-list') {
        listed = new Set(event.apps);
        for (const app of states.apps()) if (!listed.has(app) || areTooMany()) states.drop(app);
      } else if (event.kind === 'app-gone') {
        states.drop(event.app);
      } else if (event.kind === 'policies-ended') {
        for (const { app, policy } of event.ended) states.delete(app, policy);
      } else if (event.kind === 'apps-unchanged') {
        // Only what went well is not decided again.
        for (const app of event.apps) {
          for (const state of states.ofApp(app)) state.lastSuccessMs = event.atMs;
        }
      }
    },
    text: () => slices(states.values()),
  };
}

function* slices(states: readonly AppState[]): Generator<string> {
  for (const [name, write] of Object.entries(WRITERS) as [AppMetric, Writer][]) {
    yield familyHeader(name, APP_METRICS[name]);
    for (let start = 0; start < states.length; start += APPS_PER_SLICE) {
      let text = '';
      for (const state of states.slice(start, start + APPS_PER_SLICE)) {
        for (const [label, value] of write(state)) {
          text += series(name, label === '' ? state.label : `${state.label},${label}`, value);
        }
      }
      if (text !== '') yield text;
    }
  }
}

type Line = readonly [label: string, value: number];
type Writer = (state: AppState) => readonly Line[];

const optional = (value: number | null | undefined): readonly Line[] =>
  value == null ? [] : [['', value]];

const WRITERS: Readonly<Record<AppMetric, Writer>> = {
  fas_metric_value: ({ samples }) =>
    samples.flatMap(([label, sample]) =>
      sample.kind === 'value' || sample.kind === 'not-a-number' ? [[label, sample.value]] : [],
    ),
  fas_target_created_min: ({ created }) => optional(created?.min),
  fas_target_created_max: ({ created }) => optional(created?.max),
  fas_target_started_min: ({ started }) => optional(started?.min),
  fas_target_started_max: ({ started }) => optional(started?.max),
  fas_wanted_machines: ({ wantedCreated, wantedStarted }) => [
    ...(wantedCreated === null ? [] : [['count="created"', wantedCreated] as const]),
    ...(wantedStarted === null ? [] : [['count="started"', wantedStarted] as const]),
  ],
  fas_machines: ({ machinesByState }) =>
    Object.entries(machinesByState ?? {}).map(([name, n]) => [`state="${escapeLabel(name)}"`, n]),
  fas_crashed_machines: ({ crashed }) => [['', crashed]],
  fas_held: ({ held }) => [...held].map((code) => [`reason="${code}"`, 1]),
  fas_app_pass_duration_seconds: ({ passSeconds }) => [['', passSeconds]],
  fas_app_errors_total: ({ errors }) => [...errors].map(([kind, n]) => [`kind="${kind}"`, n]),
  fas_last_success_timestamp_seconds: ({ lastSuccessMs }) =>
    optional(lastSuccessMs === null ? null : lastSuccessMs / 1000),
};

function stateOf(report: PassReport, before: AppState | undefined, texts: SharedTexts): AppState {
  const { proposal, samples } = report;
  const found = errorsOf(report);
  const endedAtMs = report.startedAtMs + report.durationMs;
  return {
    label: before?.label ?? labelOf(report),
    samples: [...samples].map(
      ([name, s]) => [texts.of(`metric="${escapeLabel(name)}"`), s] as const,
    ),
    created: proposal?.created?.target ?? null,
    started: proposal?.started?.target ?? null,
    wantedCreated: proposal?.created?.wanted ?? null,
    wantedStarted: proposal?.started?.wanted ?? null,
    machinesByState: report.machinesByState,
    crashed: proposal?.crashed?.length ?? 0,
    held: heldBy(report),
    passSeconds: report.durationMs / 1000,
    errors: counted(before?.errors ?? NO_ERRORS, found),
    lastSuccessMs: found.length === 0 ? endedAtMs : (before?.lastSuccessMs ?? null),
  };
}

function labelOf({ app, policy }: PassReport): string {
  const shown = shownPolicy(policy);
  return labelText(shown === undefined ? { app } : { app, policy: shown });
}

const NO_ERRORS: ReadonlyMap<string, number> = new Map();
const NOT_HELD: ReadonlySet<ReasonCode> = new Set();

function heldBy({ reasons }: PassReport): ReadonlySet<ReasonCode> {
  const codes = reasons.filter(({ code }) => levelOf(code) !== 'quiet').map(({ code }) => code);
  return codes.length === 0 ? NOT_HELD : new Set(codes);
}

function counted(
  before: ReadonlyMap<string, number>,
  found: readonly string[],
): ReadonlyMap<string, number> {
  if (found.length === 0) return before;
  const errors = new Map(before);
  for (const kind of found) errors.set(kind, (errors.get(kind) ?? 0) + 1);
  return errors;
}
