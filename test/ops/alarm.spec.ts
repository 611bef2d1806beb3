import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AlarmService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aLostReturn, aReturn, submitted } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { aNight } from './night.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('alarm', { settings: { ALARM_EVERY: '50ms' } });
});
afterAll(() => stack.stop());

it('nobody is called while everybody is told or on their way', async () => {
  await stack.put('confirmation', submitted(await aReturn(stack)));
  await stack.idle();
  expect(await stack.app.get(AlarmService).look()).toBeUndefined();
  expect(stack.log()).not.toContain('Somebody is needed');
});

it('a line says how many need somebody, for how long, and where to look, and names nobody', async () => {
  await aNight(stack);
  await aLostReturn(stack);
  const line = await eventually(() => lineWith('"submissions":1'), { because: 'an alarm of all kinds' });
  expect(line).toMatchObject({
    level: 50,
    message: 'Somebody is needed: see /ops or `receipt status`',
    mails: 4,
    submissions: 1,
    // The one that is only early waits for its registration by itself.
    messages: 1,
    oldestUntoldSeconds: expect.any(Number),
  });
  expect(JSON.stringify(line)).not.toContain('@');
});

function lineWith(text: string): unknown {
  const line = stack
    .log()
    .split('\n')
    .find((one) => one.includes('Somebody is needed') && one.includes(text) && one.includes('"mails":4'));
  return line === undefined ? undefined : JSON.parse(line);
}
