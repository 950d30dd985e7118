/*
 * Go strings are bytes, JavaScript strings are UTF-16. A text is held as a JavaScript string in which
 * each byte that is not part of valid UTF-8 is a lone surrogate U+DC80..U+DCFF. So every Go string has
 * exactly one form, and text without such bytes is an ordinary string.
 */

const strayBase = 0xdc00;

/** Number of bytes that Go would count. */
export function byteLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isStray(text, i)) length += 1;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}

/** Number of runes: code points, each stray byte counting as one. */
export function runeLength(text: string): number {
  let length = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      length--;
      i++;
    }
  }
  return length;
}

function isStray(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xdc80 || unit > 0xdcff) return false;
  const before = index > 0 ? text.charCodeAt(index - 1) : 0;
  return before < 0xd800 || before > 0xdbff;
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The text with U+FFFD in place of every stray byte or half of a surrogate pair. */
export function toWellFormed(text: string): string {
  return isAscii(text) ? text : text.replace(/\p{Surrogate}/gu, '\ufffd');
}

export function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(byteLength(text));
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    if (isStray(text, i)) {
      bytes[end++] = text.charCodeAt(i) - strayBase;
      continue;
    }
    const point = text.codePointAt(i) ?? 0;
    if (point > 0xffff) i++;
    end = encodeRune(bytes, end, point);
  }
  return bytes;
}

function encodeRune(bytes: Uint8Array, start: number, point: number): number {
  let end = start;
  if (point < 0x80) {
    bytes[end++] = point;
  } else if (point < 0x800) {
    bytes[end++] = 0xc0 | (point >> 6);
    bytes[end++] = 0x80 | (point & 0x3f);
  } else if (point < 0x10000) {
    bytes[end++] = 0xe0 | (point >> 12);
    bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[end++] = 0x80 | (point & 0x3f);
  } else {
    bytes[end++] = 0xf0 | (point >> 18);
    bytes[end++] = 0x80 | ((point >> 12) & 0x3f);
    bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[end++] = 0x80 | (point & 0x3f);
  }
  return end;
}

export function fromBytes(bytes: ArrayLike<number>): string {
  const parts: string[] = [];
  let units: number[] = [];
  for (let i = 0; i < bytes.length;) {
    const size = runeSize(bytes, i);
    const first = bytes[i] ?? 0;
    if (size === 0) {
      units.push(strayBase + first);
      i++;
    } else {
      pushPoint(units, decodeRune(bytes, i, size));
      i += size;
    }
    if (units.length > 4096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  parts.push(String.fromCharCode(...units));
  return parts.join('');
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) units.push(point);
  else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
}

/** Length of the valid UTF-8 sequence at an index, or 0 where there is none. */
function runeSize(bytes: ArrayLike<number>, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0 || index + size > bytes.length) return 0;
  for (let i = 1; i < size; i++) if (((bytes[index + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[index + 1] ?? 0;
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const isSurrogate = first === 0xed && second > 0x9f;
  return isOverlong || isSurrogate || (first === 0xf4 && second > 0x8f) ? 0 : size;
}

function decodeRune(bytes: ArrayLike<number>, index: number, size: number): number {
  const first = bytes[index] ?? 0;
  if (size === 1) return first;
  let point = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) point = (point << 6) | ((bytes[index + i] ?? 0) & 0x3f);
  return point;
}

/** Joins two texts; stray bytes that meet may form a character. */
export function concat(left: string, right: string): string {
  const joined = left + right;
  if (left === '' || right === '') return joined;
  if (isStray(left, left.length - 1) && isStray(right, 0)) return fromBytes(toBytes(joined));
  return joined;
}

/** Bytes `from` to `to`, as Go slices a string. */
export function sliceBytes(text: string, from: number, to: number): string {
  return isAscii(text) ? text.slice(from, to) : fromBytes(toBytes(text).subarray(from, to));
}

/** Negative, zero or positive: the order of the bytes, which is the order of the code points. */
export function compareText(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  for (let i = 0; i < end; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    if (a < 0xd800 && b < 0xd800) return a - b;
    return compareBytes(toBytes(left), toBytes(right));
  }
  return left.length - right.length;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const end = Math.min(left.length, right.length);
  for (let i = 0; i < end; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
