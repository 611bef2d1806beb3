import { expect, test } from 'vitest';
import { UrgentFirst } from './urgent.first.js';

const FOR_EVER = 1_000_000;

/** Urgent work that goes on until it is ended. */
function work(urgent: UrgentFirst) {
  let end: (error?: Error) => void = () => undefined;
  const ended = urgent.during(
    () => new Promise<void>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve()))),
  );
  return { ended, end };
}

async function hasPassed(passing: Promise<void>): Promise<boolean> {
  let hasIt = false;
  void passing.then(() => (hasIt = true));
  await new Promise((resolve) => setImmediate(resolve));
  return hasIt;
}

test('what is not urgent begins at once where nothing is, and otherwise when the last urgent work is done', async () => {
  const urgent = new UrgentFirst();
  expect(await hasPassed(urgent.letPass(FOR_EVER))).toBe(true);
  const [first, second] = [work(urgent), work(urgent)];
  const passing = urgent.letPass(FOR_EVER);
  first.end();
  await first.ended;
  expect(await hasPassed(passing)).toBe(false);
  second.end();
  await second.ended;
  expect(await hasPassed(passing)).toBe(true);
});

test('urgent work that fails holds up nobody', async () => {
  const urgent = new UrgentFirst();
  const failing = work(urgent);
  const passing = urgent.letPass(FOR_EVER);
  failing.end(new Error('no'));
  await expect(failing.ended).rejects.toThrow('no');
  expect(await hasPassed(passing)).toBe(true);
});

test('what is not urgent comes forward too, however long the urgent lasts', async () => {
  const urgent = new UrgentFirst();
  const lasting = work(urgent);
  await urgent.letPass(1);
  lasting.end();
  await lasting.ended;
});
