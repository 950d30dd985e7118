/** What `validate` found, as lines for people and as JSON for programs. */
import {
  placeText,
  type InForce,
  type LoadResult,
  type Problem,
  type SettingInForce,
} from '../config/index.js';

/** Lines with their ends. */
export function inForceText(app: string, { process, policies }: InForce): string {
  const sections = policies.map(({ name, settings }) => ({
    title: `${app} by the policy "${name}"`,
    settings,
  }));
  const all = [...sections, { title: 'for all apps', settings: process }];
  const rows = all.flatMap(({ settings }) => settings);
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const lines = all.flatMap(({ title, settings }) => [
    title,
    ...settings.map((each) => `  ${each.key.padEnd(keyWidth)}  ${each.value}  (${origin(each)})`),
  ]);
  const none = policies.length === 0 ? [`no policy is for ${app}`] : [];
  return [...none, ...lines].map((line) => `${line}\n`).join('');
}

function origin({ key, from }: SettingInForce): string {
  if (from === null) return 'default';
  // In a policy or an override it has a key of its own.
  const place = placeText(from.place);
  return from.key === key ? place : `${place}, ${from.key}`;
}

/** The object of `--json`. `inForce`: null where no app was asked for. */
export function jsonOf(result: LoadResult, isValid: boolean, inForce: InForce | null): object {
  return {
    valid: isValid,
    errors: result.ok ? [] : result.problems.map(problemJson),
    warnings: result.warnings.map(problemJson),
    notes: result.ok ? result.notes.map(problemJson) : [],
    ...(inForce === null ? {} : { settings: inForceJson(inForce) }),
  };
}

function problemJson({ code, key, message, hint, place }: Problem): object {
  return { code, key, message, hint, ...place };
}

function inForceJson({ process, policies }: InForce): object {
  const list = (settings: readonly SettingInForce[]): readonly object[] =>
    settings.map(({ key, value, from }) => ({
      key,
      value,
      ...(from === null ? { source: 'default' } : { source: from.key, ...from.place }),
    }));
  return {
    policies: policies.map(({ name, settings }) => ({ name, settings: list(settings) })),
    process: list(process),
  };
}
