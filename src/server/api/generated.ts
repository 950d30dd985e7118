/** The files that are written from the table of endpoints, by path from the root of the repository. */
import { apiDocs } from './docs.js';
import { openApiDocument } from './openapi.js';

export function generatedApiFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`],
    ['docs/api.md', apiDocs()],
  ]);
}
