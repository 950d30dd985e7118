/** Changes of what reads metric sources, and of what keeps the API to those who may ask. */
import { mutantsOf, type Mutant } from './mutant.js';

export const SOURCES: readonly Mutant[] = [
  ...mutantsOf('src/collectors/shared/pacing/breaker.ts', [
    [
      'the-breaker-never-rests',
      'become(isResting ?',
      'become(isResting && failures < 0 ?',
      'src/collectors/shared/pacing/guard.test.ts',
    ],
    [
      'the-breaker-never-probes',
      "if (nowMs < restsUntilMs - earlyMs) return 'rest';",
      "if (nowMs < restsUntilMs - earlyMs || nowMs > 0) return 'rest';",
      'src/collectors/shared/pacing/guard.test.ts',
    ],
    [
      'a-resting-source-is-asked-by-all',
      "return 'probe';",
      "return 'ask';",
      'src/collectors/shared/pacing/guard.test.ts',
    ],
    [
      'a-source-that-wants-to-be-left-alone-is-asked',
      'waitsUntilMs = Math.max(waitsUntilMs, untilMs);',
      'void untilMs;',
      'src/collectors/shared/pacing/recovery.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/redis/stream-lag.ts', [
    [
      'a-lag-is-believed-against-its-bounds',
      'const isPossible = lag !== null && lag > 0 && lag < length;',
      'const isPossible = lag !== null;',
      'src/collectors/redis/stream-lag.test.ts',
    ],
    [
      'a-lag-that-was-wrong-once-is-believed',
      'if (isPossible && !this.#doubted.has(id))',
      'if (isPossible)',
      'src/collectors/redis/stream-lag.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/kafka/lag.ts', [
    [
      'a-commit-beyond-the-end-counts-as-consumed',
      'const isCommitted = commit !== null && commit <= end;',
      'const isCommitted = commit !== null;',
      'src/collectors/kafka/lag.test.ts',
    ],
    [
      'what-retention-removed-is-lag',
      '(isCommitted ? Math.max(commit, begin) : start)',
      '(isCommitted ? commit : start)',
      'src/collectors/kafka/lag.test.ts',
    ],
    [
      'half-a-sum-is-a-lag',
      'if (found === undefined) throw new KafkaError(-1, `no answer for ${where}`);',
      'if (found === undefined) return 0;',
      'src/collectors/kafka/lag.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/rabbitmq/queue-stats.ts', [
    [
      'any-404-is-an-empty-queue',
      'if (status !== 404 || body.length > MAX_WORDS) return false;',
      'return status === 404;',
      'src/collectors/rabbitmq/management.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/rabbitmq/management-asker.ts', [
    [
      'a-missing-vhost-is-an-empty-queue',
      "if (reading.kind !== 'missing') return reading;",
      "if (reading.kind !== 'refusal') return reading;",
      'src/collectors/rabbitmq/management.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/rabbitmq/amqp-failure.ts', [
    [
      'a-queue-whose-node-is-down-is-empty',
      "return code === NOT_FOUND && typeof message === 'string' && NO_QUEUE.test(message);",
      "return code === NOT_FOUND && (typeof message !== 'string' || NO_QUEUE.test('no queue'));",
      'src/collectors/rabbitmq/amqp-failure.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/prometheus/remarks.ts', [
    [
      'what-could-not-be-read-is-not-heard-of',
      "if (missing.length > 0) return { missing: missing.join('; ') };",
      '',
      'src/collectors/prometheus/answer.test.ts',
    ],
    [
      'series-that-were-dropped-are-not-heard-of',
      'const dropping = remarks.filter(tellsOfDropped);',
      'const dropping = remarks.filter((remark) => tellsOfDropped(remark) && false);',
      'src/collectors/prometheus/left-out.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/model/glob.ts', [
    [
      'patterns-of-any-length',
      'if (pattern.length > MOST_CHARACTERS) return',
      'if (pattern.length < 0) return',
      'src/core/model/glob.test.ts',
    ],
    [
      'patterns-with-any-number-of-stars',
      'return stars > MOST_STARS ?',
      'return stars < 0 ?',
      'src/core/model/glob.test.ts',
    ],
  ]),
  ...mutantsOf('src/config/policies/checks.ts', [
    [
      'patterns-of-policies-are-not-bounded',
      'if (why !== null) {',
      'if (why === undefined) {',
      'src/config/policies/policies.test.ts',
    ],
  ]),
  ...mutantsOf('src/server/api/schemas.ts', [
    [
      'patterns-of-requests-are-not-bounded',
      "if (message !== null) issues.push({ code: 'custom', message, input: value });",
      'void message;\n  void issues;',
      'src/server/api/events.test.ts',
    ],
  ]),
  ...mutantsOf('src/server/api/router.ts', [
    [
      'pages-of-other-origins-are-not-refused',
      "isPageRefused && method === 'GET' ? refusePage(request) : null;",
      "isPageRefused && method === 'PUT' ? refusePage(request) : null;",
      'src/server/api/access.test.ts',
    ],
    [
      'streams-are-open-to-pages-behind-a-proxy',
      "|| (door === 'tcp' && isStream(found))",
      '',
      'src/server/api/access.test.ts',
    ],
    [
      'who-may-read-may-change',
      'const refusal = refuseChange(caller, tokens);',
      'const refusal = null as ReturnType<typeof refuseChange>;',
      'src/server/api/access.test.ts',
    ],
  ]),
  ...mutantsOf('src/server/api/access.ts', [
    [
      'a-browser-that-says-where-from-is-not-heard',
      "return site === 'same-origin' || site === 'none' ? null : OTHER_ORIGIN;",
      'return null;',
      'src/server/api/access.test.ts',
    ],
    [
      'another-origin-may-ask',
      'return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? null : OTHER_ORIGIN;',
      'return URL.canParse(origin) && host === undefined ? OTHER_ORIGIN : null;',
      'src/server/api/access.test.ts',
    ],
    [
      'any-host-is-loopback',
      'hosts.every((host) => LOOPBACK_HOST.test(host)) &&',
      '',
      'src/server/api/access.test.ts',
    ],
    [
      'a-proxy-on-this-machine-is-loopback',
      '!Object.keys(headers).some((name) => PROXY_HEADER.test(name))',
      'Object.keys(headers).length > 0',
      'src/server/api/access.test.ts',
    ],
    [
      'an-empty-token-opens',
      "&& token !== null && token !== '';",
      ';',
      'src/server/api/access.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/shared/http/redact.ts', [
    [
      'secrets-of-sources-are-shown',
      "rest.replaceAll(secret, '***')",
      'rest.replaceAll(secret, secret)',
      'src/collectors/shared/http/redact.test.ts',
    ],
  ]),
  ...mutantsOf('src/collectors/shared/pacing/max-age.ts', [
    [
      'old-data-is-young',
      'if (ageMs > maxAgeMs) return',
      'if (ageMs < 0) return',
      'src/collectors/shared/pacing/max-age.test.ts',
    ],
    [
      'data-of-no-age-is-young',
      'if (dataAtMs === null) {',
      'if (dataAtMs === undefined) {',
      'src/collectors/shared/pacing/max-age.test.ts',
    ],
  ]),
];
