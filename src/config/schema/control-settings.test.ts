import { describe, expect, it } from 'vitest';
import { sampleDefinitions } from '../../testing/collector-definitions.js';
import { formatProblems, loadConfig, loadControlSettings } from '../index.js';

const ENV = {
  FAS_APP_NAME: 'worker',
  FAS_API_TOKEN: 'FlyV1 fm2_secret',
  FAS_CREATED_MACHINE_COUNT: '1',
};

function load(env: Record<string, string>) {
  return loadConfig({ env: { ...ENV, ...env }, collectors: sampleDefinitions, purpose: 'serve' });
}

describe('settings of the API', () => {
  it('are off or at the usual place when nothing is said', () => {
    expect(load({})).toMatchObject({
      ok: true,
      config: { readToken: null, adminToken: null, socket: null },
    });
  });

  it('do not let one token read and change', () => {
    const result = load({ FAS_READ_TOKEN: 'topsecret', FAS_ADMIN_TOKEN: 'topsecret' });
    const told = result.ok ? '' : formatProblems(result.problems);
    expect(told).toContain('FAS_READ_TOKEN: read-token: is the same as admin-token');
    expect(told).not.toContain('topsecret');
    expect(load({ FAS_READ_TOKEN: 'a-token', FAS_ADMIN_TOKEN: 'b-token' }).ok).toBe(true);
  });

  it('are no part of the hash as far as they are secret', () => {
    const hash = (env: Record<string, string>): string => {
      const result = load(env);
      return result.ok ? result.config.hash : '';
    };
    expect(hash({ FAS_ADMIN_TOKEN: 'b-token', FAS_READ_TOKEN: 'c' })).toBe(hash({}));
  });
});

describe('the settings of commands', () => {
  it('come from the file before the environment, whatever else is wrong', () => {
    const text = 'socket: /run/x.sock\nadmin-token: $TOKEN\ninterval: never\nbogus: 1\n';
    const env = { FAS_SOCKET: '/other', TOKEN: 'b-token', FAS_READ_TOKEN: 'c-token' };
    expect(loadControlSettings(env, { path: 'fas.yml', text })).toMatchObject({
      socket: '/run/x.sock',
      adminToken: 'b-token',
      readToken: 'c-token',
    });
  });

  it('are refused when they cannot be read themselves', () => {
    const bad = loadControlSettings({}, { path: 'fas.yml', text: 'socket: [a]\n' });
    expect(bad).toMatchObject({ problems: [{ key: 'socket' }] });
  });
});
