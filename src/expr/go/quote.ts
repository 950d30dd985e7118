const named: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/** Go's `strconv.Quote`: what `%q` and `%#v` print for a string. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    const escape = named.get(point);
    if (escape !== undefined) quoted += escape;
    else if (point === 0x20 || printable.test(char)) quoted += char;
    else if (point >= 0xdc80 && point <= 0xdcff) quoted += hex('\\x', point - 0xdc00, 2);
    else if (point < 0x20 || point === 0x7f) quoted += hex('\\x', point, 2);
    else if (point < 0x10000) quoted += hex('\\u', point, 4);
    else quoted += hex('\\U', point, 8);
  }
  return `${quoted}"`;
}

function hex(prefix: string, value: number, length: number): string {
  return prefix + value.toString(16).padStart(length, '0');
}
