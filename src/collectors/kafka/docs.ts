import type { CollectorDocs } from '../../seams/schema.js';

export const kafkaDocs: CollectorDocs = {
  title: 'Kafka',
  introduction:
    'The lag of consumer groups: over all partitions of the topics, the end offset minus the committed one. Or how many partitions the topics have. Brokers from 3.0 on.',
  expression: 'kafka_lag / 100',
  env: {
    settings: {
      'metric-name': 'kafka_lag',
      brokers: 'kafka-1.internal:9092,kafka-2.internal:9092',
      topics: 'jobs-$APP_NAME',
      groups: '$APP_NAME',
    },
  },
  yaml: {
    about: 'so that an app gets no more machines than there are partitions for them',
    expression: 'min(kafka_lag / 100, kafka_partitions)',
    settings: {
      'metric-name': 'kafka_lag',
      brokers: ['kafka.example.com:9093'],
      topics: ['jobs-$APP_NAME'],
      groups: ['$APP_NAME'],
      uncommitted: 'earliest',
      'limit-to-partitions': true,
      tls: true,
      sasl: 'scram-sha-512',
      username: 'scaler',
      password: '$KAFKA_PASSWORD',
    },
  },
  fly: {
    about: 'with SASL over TLS',
    settings: {
      'metric-name': 'kafka_lag',
      brokers: 'kafka.example.com:9093',
      topics: 'jobs-$APP_NAME',
      groups: '$APP_NAME',
      tls: true,
      sasl: 'scram-sha-512',
      username: 'scaler',
      password: '...',
    },
  },
  notes: [
    "**`topics`** are names, or patterns with `*`; a pattern never means Kafka's own topics. A name that no topic has is an error; with `$APP_NAME` in `topics`, an app of whose topics none exists is empty. No topic is created by asking.",
    '**`groups`**: the lag of several is added up. Without groups the number is that of the partitions.',
    '**`limit-to-partitions`** gives the metric `kafka_partitions` beside the lag, for a count such as `min(kafka_lag / 100, kafka_partitions)`: of a group no more consumers can be useful. It has the `default` of the lag. Where several collectors have it, `partitions-metric` gives each another name than `kafka_partitions`.',
    '**A partition without a commit** of the group, and so every partition of a new group, counts as the consumers will take it (`auto.offset.reset`): not at all with `uncommitted: latest`, which is the default, or with all its messages with `uncommitted: earliest`. Where consumers read from the beginning, say so: otherwise an app without machines never gets its first.',
    '**Each partition** counts at least 0, and only what retention has not removed. A commit beyond the end, as of a topic that was deleted and made anew, is none; this, and a commit before the log begins, is told in a warning. Where no group has committed anything since the start, the log says so once: share groups never do, and a misspelt name looks the same. A partition without a leader, a refused topic or group, or anything else that is missing makes an error, not a smaller sum. Messages of open and aborted transactions count.',
    '**TLS** is on with certificates or a `server-name`, and with `tls: true`. Rights: to describe the topics and the groups.',
    '**Round trips.** One request for the topics, one to each broker that coordinates groups for all commits of all its groups, and two to each broker that leads partitions for both ends of all of them; one more for coordinators that are not known yet. The number of partitions takes the first alone. With `max-requests-per-second` each of these takes one turn, however many brokers it goes to. All collectors with the same brokers and credentials share the connections. They are opened by the first collection and, when they were lost, by the next.',
  ],
};
