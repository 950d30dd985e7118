import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig, type LoadInput } from '../index.js';

const KEYS = [
  'app-name',
  'org',
  'api-token',
  'regions',
  'interval',
  'concurrency',
  'listen',
  'dry-run',
  'volumes',
  'created-machine-count',
  'metric-collectors',
  'process-group',
  'policies',
  'process-groups',
  'overrides',
];
const COLLECTOR_KEYS = ['type', 'metric-name', 'address', 'query', 'token', 'default', 'max-age'];
const YAML_CHARACTERS = 'a b : - [ ] { } # & * ! | > \' " % @ ` , ? \n \t $ \u0000 \u2028'
  .split(' ')
  .concat(' ');
const NAMES = [
  'FAS_APP_NAME',
  'FAS_INTERVAL',
  'FAS_LISTEN',
  'FAS_REGIONS',
  'FAS_CREATED_MACHINE_COUNT',
  'FAS_PROMETHEUS_ADDRESS',
  'FAS_PROMETHEUS_QUERY',
  'FAS_PROMETHEUS_2_METRIC_NAME',
  'FAS_TEMPORAL_NAMESPACE',
  'TZ',
];

const odd = fc.oneof(
  fc.string(),
  fc.jsonValue(),
  fc.constantFrom('$X', '${', '$$', '*', '!a', '__proto__', 'prometheus', '1s', '0', '', null),
);
const collector = fc.dictionary(fc.constantFrom(...COLLECTOR_KEYS), odd);
const file = fc.oneof(
  fc.string({ unit: fc.constantFrom(...YAML_CHARACTERS) }),
  fc.dictionary(fc.constantFrom(...KEYS), odd).map((map) => stringify(map)),
  fc.array(collector).map((list) => stringify({ 'metric-collectors': list })),
  fc
    .dictionary(
      fc.constantFrom('policies', 'process-groups', 'overrides'),
      fc.array(fc.dictionary(fc.constantFrom('name', 'apps', 'policies', ...KEYS), odd)),
    )
    .map((map) => stringify({ 'app-name': 'a*', ...map })),
);
const env = fc.dictionary(fc.constantFrom(...NAMES), fc.string());

function load(env: LoadInput['env'], text: string) {
  const collectors = collectorDefinitions;
  return loadConfig({ env, file: { path: 'f', text }, collectors, purpose: 'serve' });
}

it('answers whatever was written with places and words', () => {
  fc.assert(
    fc.property(env, file, (env, text) => {
      const result = load(env, text);
      const problems = result.ok ? [] : result.problems;
      expect(result.ok || problems.length > 0).toBe(true);
      for (const { message, place } of [...problems, ...result.warnings]) {
        expect(message).not.toMatch(/^$|undefined|\[object/);
        expect(place).toBeDefined();
      }
      expect(formatProblems(problems)).not.toContain('undefined');
    }),
    { numRuns: 300 },
  );
});

it('never shows a secret, wherever the file has it', () => {
  const secret = 'hunter2-hunter2';
  fc.assert(
    fc.property(fc.constantFrom(...KEYS), fc.constantFrom(...COLLECTOR_KEYS), (key, inner) => {
      const list = [{ type: 'prometheus', token: secret, [inner]: `$FAS_API_TOKEN ${secret}` }];
      const entry = { name: 'a', apps: 'a', [key]: secret, 'metric-collectors': list };
      const texts = [
        stringify({ 'metric-collectors': list, [key]: '$FAS_API_TOKEN' }),
        stringify({ policies: [entry], overrides: [entry] }),
        stringify({ 'process-groups': [entry] }),
      ];
      for (const text of texts) {
        const result = load({ FAS_API_TOKEN: secret, FAS_LISTEN: secret }, text);
        const told = [result.ok ? [] : result.problems, result.warnings];
        expect(JSON.stringify(told)).not.toContain(secret);
      }
    }),
  );
});
