/*
 * Powers as Go's math.Pow computes them: the integer part of the exponent by repeated squaring of a
 * mantissa in [0.5, 1) with its binary exponent held apart, the fraction by exp and log. V8's `**`
 * rounds differently (8 ** (1/3) is 2 there, 1.9999999999999998 in Go).
 */

/** `x` to the power of `y`, with the special cases of C99. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === 0) return powOfZero(x, y);
  if (!Number.isFinite(y)) return powToInfinity(x, y > 0);
  if (x === Infinity) return y < 0 ? 0 : Infinity;
  if (x === -Infinity) return pow(-0, -y);
  if (y === 0.5) return Math.sqrt(x);
  if (y === -0.5) return 1 / Math.sqrt(x);
  const whole = Math.trunc(Math.abs(y));
  const fraction = Math.abs(y) - whole;
  if (fraction !== 0 && x < 0) return Number.NaN;
  // Such an exponent is even and leaves the range of a float for every base but -1.
  if (whole >= 2 ** 63) return powToInfinity(x, y > 0);
  return powBySquaring(x, y < 0, whole, fraction);
}

function powOfZero(x: number, y: number): number {
  const isOdd = Number.isInteger(y) && Math.abs(y) < 2 ** 53 && Math.abs(y) % 2 === 1;
  const isNegative = Object.is(x, -0) && isOdd;
  if (y < 0) return isNegative ? -Infinity : Infinity;
  return isNegative ? -0 : 0;
}

function powToInfinity(x: number, isPositive: boolean): number {
  if (x === -1) return 1;
  return Math.abs(x) < 1 === isPositive ? 0 : Infinity;
}

function powBySquaring(x: number, isInverse: boolean, whole: number, fraction: number): number {
  let mantissa = 1;
  let exponent = 0;
  let left = whole;
  if (fraction !== 0) {
    // The nearer whole number leaves the smaller fraction for exp and log.
    const rest = fraction > 0.5 ? fraction - 1 : fraction;
    if (fraction > 0.5) left++;
    mantissa = Math.exp(rest * Math.log(x));
  }
  let [base, baseExponent] = frexp(x);
  for (; left !== 0; left = Math.floor(left / 2)) {
    if (Math.abs(baseExponent) > 4096) {
      exponent += baseExponent;
      break;
    }
    if (left % 2 === 1) {
      mantissa *= base;
      exponent += baseExponent;
    }
    base *= base;
    baseExponent *= 2;
    if (base < 0.5) {
      base += base;
      baseExponent--;
    }
  }
  return isInverse ? ldexp(1 / mantissa, -exponent) : ldexp(mantissa, exponent);
}

const view = new DataView(new ArrayBuffer(8));

/** Splits a finite, non-zero number into a mantissa in [0.5, 1) and a power of two. */
function frexp(value: number): [mantissa: number, exponent: number] {
  const isSubnormal = Math.abs(value) < 2 ** -1022;
  view.setFloat64(0, isSubnormal ? value * 2 ** 52 : value);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - (isSubnormal ? 52 : 0);
  view.setUint32(0, ((high & 0x800fffff) | (1022 << 20)) >>> 0);
  return [view.getFloat64(0), exponent];
}

/** `mantissa * 2 ** exponent`, rounded once. */
function ldexp(mantissa: number, exponent: number): number {
  if (mantissa === 0 || !Number.isFinite(mantissa)) return mantissa;
  const [fraction, shift] = frexp(mantissa);
  const total = exponent + shift;
  if (total > 1024) return fraction < 0 ? -Infinity : Infinity;
  if (total < -1075) return fraction < 0 ? -0 : 0;
  // 2 ** -1074 is the smallest float: below it the scale is split so that only the last step rounds.
  if (total > 1000) return fraction * 2 ** 1000 * 2 ** (total - 1000);
  if (total < -1021) return fraction * 2 ** (total + 100) * 2 ** -100;
  return fraction * 2 ** total;
}
