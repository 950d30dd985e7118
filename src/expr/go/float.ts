/** Go's `%v` of a float64: the shortest text that reads back, with an exponent from 1e+06 and below 1e-04. */
export function formatFloat(value: number): string {
  return format(value, -4, 6);
}

/** The form that encoding/json uses: an exponent only below 1e-6 and from 1e21, without zeros before it. */
export function formatJsonFloat(value: number): string {
  return format(value, -6, 21).replace(/e([+-])0(\d)$/, 'e$1$2');
}

function format(value: number, smallestExponent: number, exponentLimit: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  // `%e` is chosen by the exponent alone, but never while all digits stand before the point.
  if (exponent < smallestExponent || exponent >= exponentLimit) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return plain(digits, exponent);
}

/** Writes `d.ddd` times a power of ten without an exponent. */
function plain(text: string, exponent: number): string {
  const isNegative = text.startsWith('-');
  const digits = text.replace('-', '').replace('.', '');
  const sign = isNegative ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
