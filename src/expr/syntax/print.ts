import { formatFloat } from '../go/float.js';
import { formatValue } from '../go/print.js';
import { quote } from '../go/quote.js';
import { toBytes } from '../go/utf8.js';
import type { BuiltinNode, MemberNode, Node } from './ast.js';
import { isName } from './characters.js';

/**
 * Writes a tree as an expression that means the same. Every operand that is more than a name, a literal
 * or a call stands in parentheses, so no precedence can be lost.
 */
export function print(node: Node): string {
  switch (node.kind) {
    case 'nil':
      return 'nil';
    case 'name':
      return node.name;
    case 'integer':
      return String(node.value);
    case 'float':
      return printFloat(node.value);
    case 'bool':
      return String(node.value);
    case 'string':
      return printString(node.value);
    case 'bytes':
      return printBytes(node.value);
    case 'constant':
      return formatValue(node.value);
    case 'set':
      return `[${[...node.members].join(', ')}]`;
    case 'unary':
      return `${node.operator === 'not' ? 'not ' : node.operator}${operand(node.node)}`;
    case 'binary':
      return `${operand(node.left)} ${node.operator} ${operand(node.right)}`;
    case 'chain':
      return print(node.node);
    case 'member':
      return printMember(node);
    case 'slice':
      return `${operand(node.node)}[${node.from ? print(node.from) : ''}:${node.to ? print(node.to) : ''}]`;
    case 'call':
      return `${print(node.callee)}(${node.args.map(print).join(', ')})`;
    case 'builtin':
      return printBuiltin(node);
    case 'predicate':
      return `{ ${print(node.node)} }`;
    case 'pointer':
      return `#${node.name}`;
    case 'let':
      return `let ${node.name} = ${operand(node.value)}; ${print(node.body)}`;
    case 'sequence':
      return node.nodes.map(operand).join('; ');
    case 'conditional':
      if (node.isTernary) {
        return `${operand(node.condition)} ? ${operand(node.whenTrue)} : ${operand(node.whenFalse)}`;
      }
      return `if ${operand(node.condition)} { ${print(node.whenTrue)} } else { ${print(node.whenFalse)} }`;
    case 'array':
      return `[${node.nodes.map(print).join(', ')}]`;
    case 'map':
      return `{${node.pairs.map((pair) => print(pair)).join(', ')}}`;
    case 'pair': {
      const key = node.key.kind === 'string' ? printString(node.key.value) : `(${print(node.key)})`;
      return `${key}: ${operand(node.value)}`;
    }
  }
}

const compound: ReadonlySet<Node['kind']> = new Set([
  'unary',
  'binary',
  'conditional',
  'let',
  'sequence',
]);

function operand(node: Node): string {
  // `nil`, `true` and numbers take no postfix, so `(nil).a` needs its parentheses.
  return compound.has(node.kind) ? `(${print(node)})` : print(node);
}

const withoutPostfix: ReadonlySet<Node['kind']> = new Set(['nil', 'bool', 'integer', 'float']);

function printMember(node: MemberNode): string {
  const text = operand(node.node);
  const base = withoutPostfix.has(node.node.kind) ? `(${text})` : text;
  const dot = node.isOptional ? '?.' : '.';
  const { property } = node;
  // With a dot it would become a part of the chain, and be left out where that ends early.
  const isOutside = node.node.kind === 'chain';
  if (!isOutside && property.kind === 'string' && isName(property.value))
    return `${base}${dot}${property.value}`;
  return `${base}${node.isOptional ? '?.' : ''}[${print(property)}]`;
}

/** `::` reaches the builtin where a metric has its name; predicates are blocks, so `;` may stand in them. */
function printBuiltin(node: BuiltinNode): string {
  return `::${node.name}(${node.args.map(print).join(', ')})`;
}

/** Always with a point or an exponent: without, it would be an int. */
function printFloat(value: number): string {
  const text = formatFloat(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function printString(value: string): string {
  return /[\ud800-\udfff]/.test(value) ? `\`${value.replaceAll('`', '``')}\`` : quote(value);
}

function printBytes(value: string): string {
  const octets = Array.from(toBytes(value), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `b"${octets.join('')}"`;
}
