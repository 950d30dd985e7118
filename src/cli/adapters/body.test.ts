import { describe, expect, it } from 'vitest';
import { HttpFailure } from '../../seams/http.js';
import { createBodyRoom, readBody } from './body.js';

const MB = 1_000_000;
const never = new AbortController().signal;

/** A body whose parts come when they are sent. */
function slowBody() {
  const sent: Uint8Array[] = [];
  let wake: () => void = () => undefined;
  const state = { isEnded: false, isDestroyed: false, read: 0 };
  const body = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      for (;;) {
        const part = sent.shift();
        if (part !== undefined) {
          state.read += part.length;
          yield part;
        } else if (state.isEnded) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    destroy: () => (state.isDestroyed = true),
  };
  const send = (bytes: number): void => {
    sent.push(new Uint8Array(bytes).fill(97));
    wake();
  };
  const end = (): void => {
    state.isEnded = true;
    wake();
  };
  return { body, send, end, state };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('bodies', () => {
  it('are cut off at their own bound without reading on', async () => {
    const { body, send, state } = slowBody();
    const room = createBodyRoom(100 * MB);
    const reading = readBody(body, { maxBytes: 1000, room }, never);
    send(600);
    send(600);
    await expect(reading).rejects.toThrow(HttpFailure);
    await expect(reading).rejects.toMatchObject({
      kind: 'too-large',
      message: 'the body is longer than 1 KB',
    });
    expect(state.isDestroyed).toBe(true);
    expect(room.takenBytes).toBe(0);
  });

  it('wait for room when all of them together are too long, but for the one that began first', async () => {
    const room = createBodyRoom(10 * MB);
    const [first, second] = [slowBody(), slowBody()];
    const texts = [first, second].map(({ body }) =>
      readBody(body, { maxBytes: 100 * MB, room }, never),
    );
    first.send(8 * MB);
    await settle();
    for (let part = 0; part < 4; part += 1) second.send(2 * MB);
    await settle();
    // One that it waits with, and nothing of what comes behind.
    expect(second.state.read).toBeLessThanOrEqual(4 * MB);
    expect(room.takenBytes).toBeLessThanOrEqual(10 * MB);
    first.send(8 * MB);
    first.end();
    expect((await texts[0])?.length).toBe(16 * MB);
    second.end();
    expect((await texts[1])?.length).toBe(8 * MB);
    expect(room.takenBytes).toBe(0);
  });

  it('that are short never wait for long ones', async () => {
    const room = createBodyRoom(2 * MB);
    const [long, short] = [slowBody(), slowBody()];
    const reading = readBody(long.body, { maxBytes: 100 * MB, room }, never);
    long.send(5 * MB);
    await settle();
    const text = readBody(short.body, { maxBytes: 100 * MB, room }, never);
    short.send(900_000);
    short.end();
    expect((await text).length).toBe(900_000);
    long.end();
    await reading;
  });

  it('give their room back when they are given up', async () => {
    const room = createBodyRoom(2 * MB);
    const [first, second] = [slowBody(), slowBody()];
    const stop = new AbortController();
    void readBody(first.body, { maxBytes: 100 * MB, room }, never);
    first.send(5 * MB);
    await settle();
    const reading = readBody(second.body, { maxBytes: 100 * MB, room }, stop.signal);
    second.send(3 * MB);
    await settle();
    stop.abort(new Error('too late'));
    await expect(reading).rejects.toThrow('too late');
    expect(second.state.isDestroyed).toBe(true);
    expect(room.takenBytes).toBe(5 * MB);
  });
});
