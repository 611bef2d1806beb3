import { beforeAll, expect, it } from 'vitest';
import { Doors } from '#libs/notifications/index.js';
import { statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { aName } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

/** Nobody sweeps here: there is no worker. */
let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('early-statuses', { worker: false });
});

it('a status that came before its submission had its id is applied by the confirmation that gives it', async () => {
  const owner = aName();
  await comesEarly(owner);
  await register(owner);
  await bring([{ ...native(owner), status: 'submitted' }]);
  expect(await eventsOf(owner)).toEqual(['processing', 'submitted', 'accepted']);
});

it('also when both come in one call, the wrong way round', async () => {
  const owner = aName();
  await register(owner);
  await bring([
    { ...native(owner), status: 'accepted' },
    { ...native(owner), status: 'submitted' },
  ]);
  expect(await eventsOf(owner)).toEqual(['processing', 'submitted', 'accepted']);
});

it('also when the confirmation itself had to wait, for the submission', async () => {
  const owner = aName();
  await comesEarly(owner);
  await bring([{ ...native(owner), status: 'submitted' }]);
  await register(owner);
  expect(await eventsOf(owner)).toEqual(['processing', 'submitted', 'accepted']);
});

/** On the queue, where it names the submission alone. */
async function comesEarly({ submissionId }: MadeReturn): Promise<void> {
  const message = {
    queue: stack.environment.STATUS_CHANGE_QUEUE ?? '',
    messageId: submissionId,
    body: statusChangeV1({ accepted: [submissionId] }),
  };
  const outcomes = await stack.app.get(Doors).at('STATUS_CHANGE_QUEUE').receive([message]);
  expect(outcomes).toMatchObject([{ outcome: 'parked', reason: 'unknown-submission' }]);
}

async function register({ taxReturnId, email }: MadeReturn): Promise<void> {
  const path = `/v1/tax-returns/${taxReturnId}`;
  await stack.api('PUT', path, { email });
  expect(await stack.api('PUT', `${path}/submissions/s1`, {})).toMatchObject({ status: 200 });
}

function native({ taxReturnId, submissionId }: MadeReturn) {
  return { taxReturnId, submissionId };
}

async function bring(entries: object[]): Promise<void> {
  expect(await stack.api('POST', '/v1/submission-status', entries)).toMatchObject({ status: 202 });
}

async function eventsOf({ submissionId }: MadeReturn): Promise<string[]> {
  const { body } = await stack.api<{ events: { type: string }[] }>('GET', `/v1/submissions/${submissionId}`);
  return body.events.map(({ type }) => type);
}
