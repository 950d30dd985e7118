import { describe, expect, it } from 'vitest';
import { createTestFly } from '../testing/fly-client.js';

const never = new AbortController().signal;

describe('listing volumes', () => {
  const volume = {
    id: 'vol_1234567890abcdef',
    name: 'data',
    state: 'created',
    region: 'ord',
    size_gb: 3,
    encrypted: true,
    host_status: 'ok',
    attached_machine_id: null,
  };

  it('tells which are free', async () => {
    const { fly } = createTestFly(() => ({
      json: [volume, { ...volume, id: 'vol_2', attached_machine_id: 'm', host_status: undefined }],
    }));
    expect(await fly.listVolumes('a', never)).toEqual([
      {
        id: 'vol_1234567890abcdef',
        name: 'data',
        state: 'created',
        region: 'ord',
        sizeGb: 3,
        isEncrypted: true,
        hostStatus: 'ok',
        attachedMachineId: null,
      },
      expect.objectContaining({ id: 'vol_2', attachedMachineId: 'm', hostStatus: 'unknown' }),
    ]);
  });
});
