import { describe, expect, it } from 'vitest';
import { redisSchema } from './settings.js';

function problems(settings: Readonly<Record<string, unknown>>): readonly string[] {
  const url = 'redis://h';
  const parsed = redisSchema.safeParse({ 'metric-name': 'x', url, key: 'k', ...settings });
  return (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('settings of a Redis source', () => {
  it.each([
    [{}],
    [{ url: 'rediss://user:p%40ss@h:6380/2', 'server-name': 'other' }],
    [{ url: 'redis://[::1]:6379, other:6379', cluster: true }],
    [{ url: 'redis://s1,s2:26380', 'sentinel-name': 'm', 'sentinel-password': 'p' }],
    [{ url: 'redis://s1,s2/2', 'sentinel-name': 'm' }],
    [{ url: 'redis://s1/2,s2/02', 'sentinel-name': 'm' }],
    [{ value: 'stream-lag', group: 'g' }],
  ])('are accepted: %j', (settings) => {
    expect(problems(settings)).toEqual([]);
  });

  it.each([
    [{ url: 'http://h' }, 'url: must be a URL such as'],
    [{ url: 'redis://h/one' }, 'url: must end with the number of a database'],
    [{ url: 'redis://h,h2/one', 'sentinel-name': 'm' }, 'url: must end with the number'],
    [{ url: 'redis://h/1?db=2' }, 'url: names several databases: 1, 2'],
    [{ url: 'redis://s1/1,s2/2', 'sentinel-name': 'm' }, 'url: names several databases: 1, 2'],
    [{ url: 'redis://a,b/1', cluster: true }, 'url: names a database'],
    [{ url: 'redis://a,rediss://b', cluster: true }, 'url: mixes redis and rediss'],
    [{ url: 'redis://a,b' }, 'url: names several servers'],
    [{ url: 'redis://a/1', cluster: true }, 'url: names a database'],
    [{ url: 'redis://u:%zz@h' }, 'url: has a % that'],
    [{ 'server-name': 'h' }, 'url: must begin with rediss://'],
    [{ value: 'stream-lag' }, 'group: is needed'],
    [{ group: 'g' }, 'group: is only for'],
    [{ cluster: true, 'sentinel-name': 'm' }, 'cluster: cannot be used'],
    [{ 'sentinel-password': 'p' }, 'sentinel-name: is needed'],
  ])('are refused: %j', (settings, message) => {
    expect(problems(settings).join('\n')).toContain(message);
  });

  it('are refused without showing the password', () => {
    expect(problems({ url: 'redis://u:secret-1@h/one' }).join()).not.toContain('secret-1');
  });
});
