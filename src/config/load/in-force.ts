/** Which settings hold for an app, and where each was said. */
import { appMatcher } from '../../core/model/policy.js';
import { defaultText, type Field } from '../base/field.js';
import { Findings, redact, type Place } from '../base/problem.js';
import type { OverrideEntry } from '../policies/entries.js';
import { isFor } from '../policies/overrides.js';
import { buildPolicy, type Basis, type PolicyDraft } from '../policies/policies.js';
import type { LoadContext } from '../read/read.js';
import type { Section } from '../read/section.js';
import { policySchema, type FlatSettings } from '../schema/settings.js';
import type { Node } from '../yaml/node.js';

export interface SettingInForce {
  /** As it is called at the top of the file. */
  readonly key: string;
  /** As a person would write it; `***` for a secret. */
  readonly value: string;
  /** Null: nobody said it, and it is the default. */
  readonly from: { readonly key: string; readonly place: Place } | null;
}

export interface InForce {
  /** What every app shares. */
  readonly process: readonly SettingInForce[];
  /** Of each policy that is for the app, in order; empty: none is. */
  readonly policies: readonly {
    readonly name: string;
    readonly settings: readonly SettingInForce[];
  }[];
}

export interface InForceGrounds {
  readonly flat: Section<FlatSettings>;
  readonly drafts: readonly PolicyDraft[];
  readonly overriding: readonly OverrideEntry[];
  readonly basis: Basis;
}

const OF_POLICY = new Set(Object.keys(policySchema.shape));

export function settingsInForce(
  { flat, drafts, overriding, basis }: InForceGrounds,
  { secrets }: LoadContext,
): (app: string) => InForce {
  const { fields } = basis;
  const shown = (section: Section<FlatSettings>, isShown: (field: Field) => boolean) =>
    fields.filter(isShown).map((field) => inForce(field, section, [...secrets.values]));
  return (app) => ({
    process: shown(flat, ({ key }) => !OF_POLICY.has(key)),
    policies: drafts.flatMap((draft) => {
      const apps = draft.built.section.settings['app-name'];
      if (apps === undefined || !appMatcher(apps)(app)) return [];
      const own = overriding.filter((entry) => isFor(entry, draft) && appMatcher(entry.apps)(app));
      const layers = own.map(({ layer }) => layer);
      // What is wrong with them together was told when the configuration was loaded.
      const context = { findings: new Findings(), secrets };
      const { section } = buildPolicy(draft, layers, basis, context);
      return [{ name: draft.name, settings: shown(section, ({ key }) => OF_POLICY.has(key)) }];
    }),
  });
}

function inForce(
  field: Field,
  { written, settings, keyOf }: Section<FlatSettings>,
  secrets: readonly string[],
): SettingInForce {
  const { key, meta } = field;
  const node = written.get(key);
  const value = settings[key as keyof FlatSettings];
  // An empty text takes a setting back to its default.
  if (node === undefined || (value === undefined && node.kind === 'scalar'))
    return { key, value: defaultText(field) ?? 'not set', from: null };
  const text = meta.isSecret === true ? '***' : redact(textOf(node), secrets);
  return { key, value: text, from: { key: keyOf(key), place: node.place } };
}

/** On one line. */
function textOf(node: Node): string {
  switch (node.kind) {
    case 'scalar':
      return node.text.trim().replaceAll(/\s*\n\s*/g, ' ');
    case 'list':
      return `[${node.items.map(textOf).join(', ')}]`;
    case 'map': {
      const pairs = [...node.entries].map(([key, { value }]) => `${key}: ${textOf(value)}`);
      return `{ ${pairs.join(', ')} }`;
    }
  }
}
