import { QueryError, vectorOf, type Expression } from './values.js';

/** Where the whole of the label `source` matches, `target` becomes the replacement; an empty one takes the label away. */
export function labelReplace(
  inner: Expression,
  [target = '', replacement = '', source = '', regex = '']: readonly string[],
): Expression {
  const pattern = patternOf(regex, source);
  return (at) => ({
    kind: 'vector',
    samples: vectorOf(inner(at), 'label_replace').map((sample) => {
      const written = sample.labels[source] ?? '';
      if (!pattern.test(written)) return sample;
      const { [target]: _, ...labels } = sample.labels;
      const value = written.replace(pattern, replacement);
      return { ...sample, labels: value === '' ? labels : { ...labels, [target]: value } };
    }),
  });
}

/** It takes the whole text. */
export function patternOf(regex: string, label: string): RegExp {
  try {
    return new RegExp(`^(?:${regex})$`, 's');
  } catch (error) {
    throw new QueryError(`the pattern of ${label} is not valid`, { cause: error });
  }
}
