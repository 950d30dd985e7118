import type { CollectorDocs } from '../../seams/schema.js';

export const redisDocs: CollectorDocs = {
  title: 'Redis',
  introduction:
    'The length of a list, set, sorted set or stream, what a group still has to do of a stream, the jobs of a BullMQ queue, or a number that is stored at a key.',
  expression: 'queue_depth / 10',
  env: {
    settings: {
      'metric-name': 'queue_depth',
      url: 'rediss://default:...@redis.example.com:6379',
      value: 'bullmq',
      key: 'mail-$APP_NAME',
    },
  },
  yaml: {
    about: 'with Sentinels',
    settings: {
      'metric-name': 'queue_depth',
      url: 'redis://sentinel-1.internal:26379,sentinel-2.internal:26379',
      'sentinel-name': 'mymaster',
      username: 'scaler',
      password: '$REDIS_PASSWORD',
      value: 'stream-lag',
      key: 'jobs:$APP_NAME',
      group: 'workers',
      default: 0,
    },
  },
  fly: {
    about: 'with a cluster',
    settings: {
      'metric-name': 'queue_depth',
      url: 'rediss://default:...@redis-1.example.com:6379,rediss://default:...@redis-2.example.com:6379',
      cluster: true,
      key: 'queue:$APP_NAME',
    },
  },
  table: [
    ['`value`', 'the number', 'command'],
    [
      '`list` (the default), `set`, `sorted-set`, `stream`',
      'its length',
      'LLEN, SCARD, ZCARD, XLEN',
    ],
    ['`stream-lag`', 'entries that the group has not read yet', 'XINFO GROUPS, XINFO STREAM'],
    ['`stream-pending`', 'entries that the group has read and not acknowledged', 'XINFO GROUPS'],
    ['`bullmq`', 'jobs of the queue `key` in the given `states`', 'LLEN, ZCARD'],
    ['`number`', 'what is stored', 'GET'],
  ],
  notes: [
    '**Nothing there.** Redis keeps no empty lists and sets, so where there is no key the length is 0: whether it is empty or misspelt cannot be told. Where nothing has been found under any key of the collector since its start, or under some for a day, the log says so once, with an example. A number that is not stored, a BullMQ queue, stream or group that does not exist is empty. A key of another kind, a text that is no number, or a database that cannot be entered is an error.',
    '**`stream-lag`** is what the server says of the group, unless the stream contradicts it: Redis 7.0 and Valkey 8 go on counting unread entries that were trimmed, and after deletions, or for a group that was set to an entry in the middle, no server knows. Then the unread entries are counted one by one; more than 10,000 of them are an error.',
    '**Rights.** The user needs the right to the command in the table, and should have EXISTS for `bullmq` and `stream`, and XRANGE for `stream-lag`: without EXISTS, what does not exist counts as 0.',
    '**BullMQ.** `states` are `waiting`, `active`, `delayed`, `prioritized` unless told; `paused`, `waiting-children` and `failed` are known too. In a cluster the prefix has braces: `prefix: "{bull}"`. Bull 4 has the same keys. **huey** leaves out of names all but letters and digits: with `huey.redis.$APP_NAME` only apps without a hyphen have a key.',
    '**Sentinel.** `url` names the Sentinels, `sentinel-name` the server; `username`, `password` and database (`/2` behind the last of them) are those of the server, and `sentinel-password` that of the Sentinels. **Cluster:** `cluster: true`, and `url` names one node or more. **TLS** is on with `rediss://`.',
    '**Round trips.** All keys of all apps are asked for in one write, in a cluster in one for each node. All collectors with the same server and credentials share a connection. It is opened by the first collection and, when it was lost, by the next.',
  ],
};
