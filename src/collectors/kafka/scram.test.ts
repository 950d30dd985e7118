import { describe, expect, it } from 'vitest';
import { scram } from './scram.js';

/** The exchange of RFC 7677, section 3. */
const RFC = {
  clientNonce: 'rOprNGfwEbeRWgbNEkqO',
  serverFirst:
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  serverLast: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

function run(answers: readonly string[], password = 'pencil'): Promise<readonly string[]> {
  const sent: string[] = [];
  const exchange = async (message: string): Promise<string> => {
    sent.push(message);
    return answers[sent.length - 1] ?? '';
  };
  return scram('sha256', 'user', password, exchange, RFC.clientNonce).then(() => sent);
}

describe('SCRAM', () => {
  it('says what RFC 7677 says', async () => {
    expect(await run([RFC.serverFirst, RFC.serverLast])).toEqual([
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    ]);
  });

  it.each([
    ['knows another password', [RFC.serverFirst, RFC.serverLast], 'pen', 'does not know'],
    ['proves nothing', [RFC.serverFirst, ''], 'pencil', 'does not know'],
    ['refuses', [RFC.serverFirst, 'e=invalid-proof'], 'pencil', 'invalid-proof'],
    ['answers to somebody else', ['r=x,s=W22Z,i=4096'], 'pencil', 'wrong nonce'],
    ['adds nothing to our nonce', [`r=${RFC.clientNonce},s=W22Z,i=4096`], 'pencil', 'wrong nonce'],
    ['asks for little work', [`r=${RFC.clientNonce}x,s=W22Z,i=1`], 'pencil', 'wants 1'],
    ['asks for endless work', [`r=${RFC.clientNonce}x,s=W22Z,i=99999999`], 'pencil', 'wants 99'],
  ])('refuses a server that %s', async (_, answers, password, words) => {
    await expect(run(answers, password)).rejects.toThrow(words);
  });
});
