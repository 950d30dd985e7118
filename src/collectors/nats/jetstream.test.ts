import { expect, it } from 'vitest';
import { streamMessages } from './jetstream.js';

it('adds up a long list of subjects in slices', async () => {
  const subjects = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`jobs.${index}`, 1]),
  );
  const answer = JSON.stringify({ total: 20_000, state: { messages: 20_000, subjects } });
  let breaths = 0;
  const question = { stream: 'JOBS', subject: 'jobs.*' };
  const breathe = async (): Promise<void> => void (breaths += 1);
  expect(await streamMessages(async () => answer, question, breathe)).toBe(20_000);
  expect(breaths).toBeGreaterThan(10);
});
