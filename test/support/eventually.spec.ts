import { expect, test } from 'vitest';
import { eventually } from './eventually.js';

test('eventually returns the first truthy answer', async () => {
  let looks = 0;
  const answer = await eventually(() => (++looks === 3 ? 'there' : ''), {
    every: 1,
    because: 'the third look',
  });
  expect(answer).toBe('there');
  expect(looks).toBe(3);
});

test('a check that throws is asked again until it stops throwing', async () => {
  let looks = 0;
  const check = () => (++looks < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(looks));
  await expect(eventually(check, { every: 1, because: 'calm' })).resolves.toBe(3);
});

test('when time is up the message says what was waited for and what was seen last', async () => {
  const never = eventually(() => 0, { timeout: 20, every: 5, because: 'a mail to arrive' });
  await expect(never).rejects.toThrow('waited 20 ms for a mail to arrive; the last answer was 0');
  const broken = eventually(() => Promise.reject(new Error('no such table')), {
    timeout: 20,
    because: 'a row',
  });
  await expect(broken).rejects.toThrow('waited 20 ms for a row; the last look failed: no such table');
});
