import { GoInteger, List } from '../values.js';
import { bytesType, uint8Type } from './type.js';
import { fromBytes, toBytes } from './utf8.js';

const octets: readonly GoInteger[] = Array.from(
  { length: 256 },
  (_, octet) => new GoInteger(uint8Type, BigInt(octet)),
);

/** A uint8; each exists once. */
export function octet(value: number): GoInteger {
  return octets[value & 0xff] ?? new GoInteger(uint8Type, BigInt(value & 0xff));
}

/** A `[]byte`. */
export function bytesList(bytes: Uint8Array): List {
  return new List(bytesType, Array.from(bytes, octet));
}

export function textToBytes(text: string): List {
  return bytesList(toBytes(text));
}

export function bytesOf(list: List): number[] {
  return list.items.map((item) => (item instanceof GoInteger ? Number(item.value) : 0));
}

export function bytesToText(list: List): string {
  return fromBytes(bytesOf(list));
}
