/** The files that are written from the schema, by path from the root of the repository. */
import type { CollectorDefinition } from '../../seams/schema.js';
import { collectorDocs } from './collector-docs.js';
import { configDocs } from './docs.js';
import { configJsonSchema } from './json-schema.js';
import { sampleConfig } from './sample.js';

export function generatedFiles(
  definitions: readonly CollectorDefinition[],
): ReadonlyMap<string, string> {
  return new Map([
    ['docs/configuration.md', configDocs(definitions)],
    ['docs/collectors.md', collectorDocs(definitions)],
    ['docs/config.schema.json', `${JSON.stringify(configJsonSchema(definitions), null, 2)}\n`],
    ['examples/config.yaml', sampleConfig(definitions)],
  ]);
}
