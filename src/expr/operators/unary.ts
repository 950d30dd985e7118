import { boolNature, isBool, isNumber, isUnknown, type Nature, unknown } from '../check/nature.js';
import { GoError } from '../error.js';
import { asBool, typeName } from '../go/of.js';
import { type ExprValue, GoInteger, wrapInt } from '../values.js';

export interface UnaryOperator {
  readonly symbols: readonly string[];
  readonly check: (operand: Nature) => Nature | undefined;
  readonly run: (operand: ExprValue) => ExprValue;
}

function checkNumber(operand: Nature): Nature | undefined {
  if (isNumber(operand)) return operand;
  return isUnknown(operand) ? unknown : undefined;
}

const not: UnaryOperator = {
  symbols: ['not', '!'],
  check: (operand) => (isBool(operand) || isUnknown(operand) ? boolNature : undefined),
  run: (operand) => !asBool(operand),
};

const minus: UnaryOperator = {
  symbols: ['-'],
  check: checkNumber,
  run(operand) {
    if (typeof operand === 'number') return -operand;
    if (typeof operand === 'bigint') return wrapInt(-operand);
    if (operand instanceof GoInteger && !operand.type.isNamed) {
      const bits =
        operand.type.kind === 'uint8' ? BigInt.asUintN(8, -operand.value) : -operand.value;
      return new GoInteger(operand.type, wrapInt(bits));
    }
    throw new GoError(`invalid operation: - ${typeName(operand)}`);
  },
};

/** Gives its operand back, whatever that is. */
const plus: UnaryOperator = { symbols: ['+'], check: checkNumber, run: (operand) => operand };

export const unaryOperators: ReadonlyMap<string, UnaryOperator> = new Map(
  [not, minus, plus].flatMap((operator) => operator.symbols.map((symbol) => [symbol, operator])),
);
