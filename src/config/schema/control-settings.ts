/** The few settings that a command needs to reach an autoscaler that runs. */
import { collectorKinds, envNode, type ConfigEnv } from '../read/env.js';
import { envNames, fieldsOf } from '../base/field.js';
import { isSet } from '../yaml/node.js';
import { Findings, type Problem } from '../base/problem.js';
import { readSection } from '../read/section.js';
import { findSecrets } from '../read/secrets.js';
import { flatSchema, type FlatSettings } from './settings.js';
import { readYamlFile, type ConfigFile } from '../yaml/yaml-file.js';

const KEYS = [
  'socket',
  'data-dir',
  'read-token',
  'admin-token',
] as const satisfies (keyof FlatSettings)[];

export interface ControlSettings {
  /** As written: a path or `off`; null: the usual place. */
  readonly socket: string | null;
  /** Null: none. */
  readonly dataDir: string | null;
  readonly readToken: string | null;
  readonly adminToken: string | null;
}

/** What else is wrong with the configuration does not matter to them, so nothing else is judged. */
export function loadControlSettings(
  env: ConfigEnv,
  written: ConfigFile | undefined,
): ControlSettings | { readonly problems: readonly Problem[] } {
  const findings = new Findings();
  const file = written && readYamlFile(written, findings);
  const fields = fieldsOf(flatSchema, 'FAS').filter(({ key }) =>
    KEYS.some((known) => known === key),
  );
  const secrets = findSecrets(env, fields, collectorKinds([]), file);
  const { settings } = readSection<Pick<FlatSettings, (typeof KEYS)[number]>>(
    fields,
    {
      choose: (field) => {
        const inFile = file?.entries.get(field.key)?.value;
        return isSet(inFile) ? inFile : envNode(env, envNames(field));
      },
      missingPlace: (field) => ({ env: field.envName }),
    },
    { findings, secrets },
  );
  if (!findings.isEmpty) return { problems: findings.problems(secrets.values) };
  return {
    socket: settings.socket ?? null,
    dataDir: settings['data-dir'] ?? null,
    readToken: settings['read-token'] ?? null,
    adminToken: settings['admin-token'] ?? null,
  };
}
