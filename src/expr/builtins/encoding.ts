import { decodeBase64, encodeBase64 } from '../go/base64.js';
import { parseJson } from '../go/json-parse.js';
import { toJson } from '../go/json.js';
import { asString } from '../go/of.js';
import { anyType, functionOf, stringType } from '../go/type.js';
import { fromBytes, toBytes } from '../go/utf8.js';
import type { OverloadedBuiltin } from './builtin.js';

const textToText = functionOf([stringType], [stringType]);

const toJSON: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'toJSON',
  types: [functionOf([anyType], [stringType])],
  run([value = null], run) {
    const text = toJson(value);
    run.allocateText(text.length);
    return text;
  },
};

const fromJSON: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'fromJSON',
  types: [functionOf([stringType], [anyType])],
  run([value = null], run) {
    const text = asString(value);
    run.spendSteps(text.length);
    return parseJson(text);
  },
};

const toBase64: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'toBase64',
  types: [textToText],
  run([value = null], run) {
    const text = asString(value);
    run.allocateText(text.length * 4);
    return encodeBase64(toBytes(text));
  },
};

const fromBase64: OverloadedBuiltin = {
  kind: 'overloaded',
  name: 'fromBase64',
  types: [textToText],
  run([value = null], run) {
    const text = asString(value);
    run.allocateText(text.length);
    return fromBytes(decodeBase64(text));
  },
};

export const encodingBuiltins = [toJSON, fromJSON, toBase64, fromBase64] as const;
