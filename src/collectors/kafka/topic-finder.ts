import { globMatcher } from '../../core/model/glob.js';
import { UNKNOWN_TOPIC } from './failure.js';
import type { Topic } from './messages.js';

/** The topics of some names and patterns, each once; `missing` is a name that no topic has. */
export type FindTopics = (names: readonly string[]) => {
  readonly found: readonly Topic[];
  readonly missing: string | undefined;
};

/** In names, `*` stands for any characters; topics of Kafka's own are found by their full names alone. */
export function topicFinder(all: readonly Topic[]): FindTopics {
  const existing = all.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC);
  const byName = new Map(existing.map((topic) => [topic.name, topic]));
  // Patterns are often the same for all apps.
  const byPattern = new Map<string, readonly Topic[]>();
  const matching = (name: string): readonly Topic[] => {
    if (!name.includes('*')) {
      const topic = byName.get(name);
      return topic === undefined ? [] : [topic];
    }
    const matches = globMatcher(name);
    const known =
      byPattern.get(name) ?? existing.filter((topic) => !topic.isInternal && matches(topic.name));
    byPattern.set(name, known);
    return known;
  };
  return (names) => ({
    found: [...new Set(names.flatMap(matching))],
    missing: names.find((name) => !name.includes('*') && !byName.has(name)),
  });
}
