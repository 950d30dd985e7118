import { describe, expect, it } from 'vitest';
import { parseToken } from './tokens.js';

describe('a Fly token', () => {
  it.each([
    ['FlyV1 fm2_a', 'FlyV1 fm2_a', 'FlyV1 fm2_a'],
    ['fm2_a', 'FlyV1 fm2_a', 'FlyV1 fm2_a'],
    ['fm1r_a,fm1a_b', 'FlyV1 fm1r_a,fm1a_b', 'FlyV1 fm1r_a,fm1a_b'],
    ['  Bearer FlyV1  flyv1 fm2_a , fm2_b,\n', 'FlyV1 fm2_a,fm2_b', 'FlyV1 fm2_a,fm2_b'],
    ['fo1_x', 'Bearer fo1_x', 'Bearer fo1_x'],
    ['Bearer some-personal', 'Bearer some-personal', 'Bearer some-personal'],
    ['fo1_x,fm2_a,fm2_b', 'FlyV1 fm2_a,fm2_b', 'FlyV1 fm2_a,fm2_b,fo1_x'],
    ['fo1_x,fo1_y', 'Bearer fo1_x,fo1_y', 'Bearer fo1_x,fo1_y'],
    ['fm2x_a', 'Bearer fm2x_a', 'Bearer fm2x_a'],
  ])('%j is sent to each API as it wants it', (text, machinesHeader, graphqlHeader) => {
    expect(parseToken(text)).toMatchObject({ machinesHeader, graphqlHeader });
  });

  it.each(['', '  ', ',', 'FlyV1', 'Bearer  '])('%j holds no token', (text) => {
    expect(() => parseToken(text)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });

  it('with a line break inside is refused without being shown', () => {
    const parse = (): unknown => parseToken('fm2_secret\nsecond');
    expect(parse).toThrow('has a space');
    expect(parse).not.toThrow('secret');
  });
});
