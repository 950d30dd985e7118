/** Given to a program by --import: each package that it loads is a line on standard error. */
import { register } from 'node:module';

const hook = `
import { writeSync } from 'node:fs';
const told = new Set();
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(resolved.url)?.[1];
  if (name !== undefined && !told.has(name)) {
    told.add(name);
    writeSync(2, 'package ' + name + '\\n');
  }
  return resolved;
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
