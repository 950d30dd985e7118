/** Metrics that cannot be what was meant. */
import { collectorKey, literalApps } from '../../core/model/policy.js';
import type { Problem } from '../base/problem.js';
import type { LoadedCollector } from '../sources/collectors.js';
import { scalarsOf } from '../yaml/node.js';
import { countExpressions, type Subject } from './doubt.js';

/** Settings by which an answer for all apps says which app a value is for. */
const BY_APP = ['app-label', 'app-column'];

const APP_NAME = /\$\{APP_NAME\}|\$APP_NAME(?![A-Za-z0-9_])/;

/**
 * Each of many apps would be given machines for the load of all of them. A count that reads a metric of its app as well is
 * left in peace: the other may be a bound for all, such as the connections of a database.
 */
export function sameForAllApps({ policies, collectors }: Subject): readonly Problem[] {
  const byKey = new Map(collectors.map((collector) => [collector.key, collector]));
  const counting = new Map<string, string>();
  for (const made of policies) {
    const { section, policy } = made;
    if (literalApps(policy.apps) !== null) continue;
    for (const { program } of countExpressions(made)) {
      const keys = [...program.variables].map((metric) => collectorKey(policy, metric));
      const read = keys.flatMap((key) => byKey.get(key) ?? []);
      if (read.every((collector) => asksForAll(collector) !== undefined))
        for (const { key } of read) counting.set(key, section.keyOf('app-name'));
    }
  }
  return collectors.flatMap((collector) => {
    const appsKey = counting.get(collector.key);
    const field = asksForAll(collector);
    if (appsKey === undefined || field === undefined) return [];
    const { written, definition } = collector;
    const byApp = BY_APP.find((key) => written.fields.some((each) => each.key === key));
    const other = byApp === undefined ? '' : `, or set ${byApp} for an answer with all apps`;
    return [
      {
        key: `${written.keyPrefix}${field.key}`,
        message: `does not name the app, and ${appsKey} has a wildcard: every app would get machines for the load of all`,
        hint: `write $APP_NAME where ${EXAMPLES[definition.type] ?? 'the name of the app belongs'}${other}`,
        place: written.node.entries.get(field.key)?.value.place ?? collector.namePlace,
      },
    ];
  });
}

const EXAMPLES: Readonly<Record<string, string>> = {
  prometheus: "the app belongs, such as {app='$APP_NAME'}",
};

/** The first of its settings that could name the app, where none does; undefined where one does, or none could. */
function asksForAll({ written, isPerInstance }: LoadedCollector) {
  const { fields, node } = written;
  // Instances are told apart by their own ids.
  if (isPerInstance || BY_APP.some((key) => node.entries.has(key))) return undefined;
  const perApp = fields.filter(({ key, meta }) => meta.isPerApp === true && node.entries.has(key));
  const isNamed = perApp.some(({ key }) => {
    const value = node.entries.get(key)?.value;
    return value !== undefined && [...scalarsOf(value)].some(({ text }) => APP_NAME.test(text));
  });
  return isNamed ? undefined : perApp[0];
}

/** What a kind of source knows of its own settings. */
export function doubtfulSources({ collectors }: Subject): readonly Problem[] {
  return collectors.flatMap(({ definition, settings, written, namePlace }) =>
    (definition.doubts?.(settings) ?? []).map(({ key, message, hint }) => ({
      key: `${written.keyPrefix}${key}`,
      message,
      hint,
      place: written.node.entries.get(key)?.value.place ?? namePlace,
    })),
  );
}
