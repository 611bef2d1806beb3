import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { confirmationV2, failed, sendMailV1, statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { randomUUID } from 'node:crypto';
import { Doors } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, register } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { say } from '../operate/mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('who-is-told', {
    settings: { SUBMISSION_ERROR_AFTER: '3', SUBMISSION_ERROR_WITHIN: '12s' },
  });
});

const mailsTo = (address: string) => stack.mailbox.mails.filter((mail) => mail.to.includes(address));
const languagesTo = (address: string) =>
  Promise.all(mailsTo(address).map(async (mail) => (await mail.parse()).headers.get('content-language')));

interface Shown {
  id: string;
  state: string;
  standing: string;
  reason: string | null;
  template: string;
  occurrence: string;
  attempt: number;
}

async function notificationsOf(taxReturnId: string, query = ''): Promise<Shown[]> {
  const { body } = await stack.api<{ items: Shown[] }>(
    'GET',
    `/v1/notifications?taxReturnId=${taxReturnId}${query}`,
  );
  return body.items;
}

/** What happens to a return, and how the relay answers to its mails. */
interface Life {
  hasAddress: boolean;
  relay: 'takes' | 'refuses' | 'breaks off';
  says: string[];
}

describe('nobody is in the dark:', () => {
  const life = fc.record<Life>({
    hasAddress: fc.boolean(),
    relay: fc.constantFrom('takes' as const, 'refuses' as const, 'breaks off' as const),
    says: fc.array(fc.constantFrom('error_xml', 'error_mef', 'error_resolved', 'rejected', 'accepted'), {
      minLength: 1,
      maxLength: 4,
    }),
  });

  it('each failure is told, or listed as untold with its reason, whatever happened and the relay answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 24, maxLength: 32 }), async (lives) => {
        const owners = await Promise.all(lives.map(live));
        await stack.idle();
        for (const { taxReturnId } of owners) {
          const told = await notificationsOf(taxReturnId, '&standing=success');
          const untold = await notificationsOf(taxReturnId, '&standing=failure');
          const known = [...told, ...untold.filter(({ reason }) => reason !== null)];
          expect(known.map(({ template, occurrence }) => `${template} ${occurrence}`)).toEqual(
            expect.arrayContaining(await failuresOf(taxReturnId)),
          );
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  async function live({ hasAddress, relay, says }: Life): Promise<MadeReturn> {
    const owner = await aReturn(stack, hasAddress ? {} : { email: null });
    if (relay === 'refuses') stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550 });
    if (relay === 'breaks off') stack.mailbox.drop({ at: 'after-data', to: owner.email });
    for (const status of says) await say(stack, owner, status);
    return owner;
  }

  /** The mails that the failures on record are owed: of an error one an episode, of a rejection one a submission. */
  async function failuresOf(taxReturnId: string): Promise<string[]> {
    const events = await stack.sql<{ type: string; submission: string }>(
      `SELECT e.type, e.submission_uuid AS submission FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid
       WHERE s.tax_return_id = $1 ORDER BY e.sequence`,
      [taxReturnId],
    );
    let episode = 1;
    return events.flatMap(({ type, submission }) => {
      if (type === 'error_resolved') episode += 1;
      if (type === 'rejected') return `rejected ${submission}`;
      return type === 'error_xml' || type === 'error_mef' ? `submission-error ${submission}.${episode}` : [];
    });
  }
});

describe('the address', () => {
  it('is the account address when the return has none', async () => {
    const accountEmail = `account-${randomUUID()}@example.com`;
    const owner = await aReturn(stack, { email: null, accountEmail });
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(mailsTo(accountEmail)).toHaveLength(1);
  });

  it('that nobody gave is a recorded state that counts as untold, until one is registered', async () => {
    const owner = await aReturn(stack, { email: null });
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(await notificationsOf(owner.taxReturnId, '&standing=failure')).toMatchObject([
      { state: 'no_address', standing: 'failure' },
    ]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
    expect(await notificationsOf(owner.taxReturnId)).toMatchObject([
      { state: 'handed_over', standing: 'success' },
    ]);
  });

  it('that was registered in the moment in which the mail found none is found by the sweep', async () => {
    const owner = await aReturn(stack, { email: null });
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    await stack.sql(
      `UPDATE tax_returns SET email = (SELECT email FROM tax_returns WHERE email IS NOT NULL LIMIT 1) WHERE id = $1`,
      [owner.taxReturnId],
    );
    await eventually(async () => (await notificationsOf(owner.taxReturnId))[0]?.state !== 'no_address', {
      because: 'the sweep to queue it again',
    });
  });

  it('that cannot be opened fails that mail with its reason, and no other', async () => {
    const [bad, good] = [await aReturn(stack), await aReturn(stack)];
    await stack.sql(`UPDATE tax_returns SET email = 'test.' || repeat('A', 60) WHERE id = $1`, [
      bad.taxReturnId,
    ]);
    await stack.put('statusChange', statusChangeV1({ accepted: [bad.submissionId, good.submissionId] }));
    await stack.idle();
    expect(mailsTo(good.email)).toHaveLength(1);
    expect(await notificationsOf(bad.taxReturnId)).toMatchObject([{ state: 'failed', reason: 'unreadable' }]);
  });
});

describe('a submission that a failure opened before it was registered', () => {
  it('is the one that is registered, whatever its date, and gets its key', async () => {
    const owner = aName();
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await stack.put('confirmation', JSON.stringify({ taxReturnId: owner.taxReturnId, status: 'error_xml' }));
    await stack.idle();
    const createdAt = '2020-01-01T00:00:00Z';
    const { body } = await stack.api<{ id: string; created: boolean }>(
      'PUT',
      `/v1/tax-returns/${owner.taxReturnId}/submissions/s1`,
      { submissionId: owner.submissionId, createdAt },
    );
    expect(body).toMatchObject({ key: 's1', created: false });
    expect((await stack.api('GET', `/v1/submissions/${owner.submissionId}`)).body).toMatchObject({
      id: body.id,
      events: [{ type: 'error_xml' }],
    });
  });
});

describe('a rejection', () => {
  it('with the longest codes that the door accepts is still told', async () => {
    const owner = await aReturn(stack);
    const rejectionCodes = Array.from({ length: 200 }, (_, index) => ({
      MeFErrorCode: `R${index}`.padEnd(255, 'x'),
      TranslationKey: null,
      MeFDescription: 'y'.repeat(4000),
    }));
    const entries = [{ submissionId: owner.submissionId, status: 'rejected', rejectionCodes }];
    await stack.put(
      'statusChange',
      JSON.stringify({
        payload: { '@type': 'StatusChangePayloadV2', entries },
        headers: { headers: { VERSION: '2.0' } },
      }),
    );
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
  });

  it('that is repeated brings the codes that the first one lacked, and an empty list takes none away', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const say = (rejectionCodes?: object[]) =>
      stack.api('POST', '/v1/submission-status', {
        taxReturnId,
        submissionId,
        status: 'rejected',
        rejectionCodes,
      });
    await say();
    await say([{ MeFErrorCode: 'R1' }]);
    await say([]);
    expect((await stack.api('GET', `/v1/submissions/${submissionId}`)).body).toMatchObject({
      rejectionCodes: [{ MeFErrorCode: 'R1' }],
    });
  });
});

describe('the language', () => {
  it.each([
    ['es', 'es'],
    ['ko', 'en'],
    ['zh-hans', 'en'],
  ])('%s of a return gives a mail in %s', async (language, expected) => {
    const owner = await aReturn(stack, { language });
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(await languagesTo(owner.email)).toEqual([expected]);
  });
});

describe('a failure that is tried again behind the scenes', () => {
  it('is told at the third of an episode, once', async () => {
    const owner = await aReturn(stack);
    for (const expected of [0, 0, 1]) {
      await stack.put('confirmation', confirmationV2([failed(owner)]));
      await eventually(async () => (await stack.unread('confirmation')) === 0, {
        because: 'the failure to be recorded',
      });
      if (expected > 0) await stack.idle();
      expect(mailsTo(owner.email)).toHaveLength(expected);
    }
  });

  it('is told in any case when no further one comes within the time set', async () => {
    const owner = await aReturn(stack);
    await stack.put('confirmation', confirmationV2([failed(owner)]));
    await eventually(() => mailsTo(owner.email).length === 1, {
      because: 'the mail that its time makes due',
    });
  });

  it('is not told when it was resolved before its time', async () => {
    const owner = await aReturn(stack);
    await stack.put('confirmation', confirmationV2([failed(owner)]));
    await eventually(async () => (await stack.unread('confirmation')) === 0, {
      because: 'the failure to be recorded',
    });
    await stack.put(
      'confirmation',
      JSON.stringify({ taxReturnId: owner.taxReturnId, status: 'error_resolved' }),
    );
    await eventually(
      async () => (await notificationsOf(owner.taxReturnId)).some(({ state }) => state === 'withheld'),
      { because: 'the withheld mail' },
    );
    await stack.idle();
    expect(await notificationsOf(owner.taxReturnId)).toMatchObject([
      { template: 'error-resolved', state: 'handed_over' },
      {
        template: 'submission-error',
        state: 'withheld',
        reason: 'superseded-by-resolution',
        standing: 'success',
      },
    ]);
  });
});

describe('a mail that is asked for on the queue', () => {
  it('is the same mail when the submission was told already', async () => {
    const owner = await aReturn(stack);
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    await stack.put('sendMail', sendMailV1({ ACCEPTED: [{ ...owner, to: owner.email }] }));
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
  });

  it('is still the same mail when it was asked for before its submission was known', async () => {
    const owner = aName();
    await stack.put('sendMail', sendMailV1({ ACCEPTED: [{ ...owner, to: owner.email }] }));
    await stack.idle();
    await register(stack, owner);
    await stack.put('sendMail', sendMailV1({ ACCEPTED: [{ ...owner, to: owner.email }] }));
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
  });

  it('is refused under a name that only looks like a template', async () => {
    const owner = await aReturn(stack);
    await stack.put('sendMail', sendMailV1({ toString: [{ ...owner, to: owner.email }] }));
    await stack.idle();
    expect(await notificationsOf(owner.taxReturnId)).toEqual([]);
  });

  it('is opened again by its emailId when no relay took it, and only then', async () => {
    const owner = await aReturn(stack);
    const emailId = randomUUID();
    const ask = () =>
      stack.put(
        'sendMail',
        sendMailV1({ REMINDER_STATE: [{ to: owner.email, taxReturnId: owner.taxReturnId, emailId }] }),
      );
    stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, times: 1 });
    await ask();
    await stack.idle();
    expect(await notificationsOf(owner.taxReturnId)).toMatchObject([
      { id: emailId, state: 'failed', reason: 'recipient-refused' },
    ]);
    await ask();
    await stack.idle();
    await ask();
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
    expect(await notificationsOf(owner.taxReturnId)).toMatchObject([{ id: emailId, state: 'handed_over' }]);
  });

  it('is opened again once by each message that asks, in whatever order they are delivered again', async () => {
    const owner = await aReturn(stack);
    const ask = sendMailV1({
      ACCEPTED: [{ to: owner.email, taxReturnId: owner.taxReturnId, emailId: randomUUID() }],
    });
    stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550 });
    const door = stack.app.get(Doors).at('SEND_MAIL_QUEUE');
    for (const messageId of ['a', 'b', 'a', 'b', 'a']) {
      const queue = stack.environment.SEND_MAIL_QUEUE ?? '';
      await door.receive([{ queue, messageId: `${owner.taxReturnId}-${messageId}`, body: ask }]);
      await stack.idle();
    }
    expect(await notificationsOf(owner.taxReturnId)).toMatchObject([{ state: 'failed', attempt: 2 }]);
  });

  it('is one, and nothing is parked, when two messages ask under one new id at once', async () => {
    const owners = await Promise.all(Array.from({ length: 8 }, () => aReturn(stack)));
    await Promise.all(
      owners.map(async ({ email: to, taxReturnId }) => {
        const ask = sendMailV1({ SUBMITTED: [{ to, taxReturnId, emailId: randomUUID() }] });
        await Promise.all([stack.put('sendMail', ask), stack.put('sendMail', ask)]);
      }),
    );
    await stack.idle();
    for (const { email } of owners) expect(mailsTo(email)).toHaveLength(1);
    expect(await stack.sql(`SELECT 1 FROM quarantine WHERE reason = 'not-stored'`)).toEqual([]);
  });

  it('is not withheld by what happened meanwhile: whoever asks by name knows why', async () => {
    const owner = await aReturn(stack);
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    const { email: to, taxReturnId } = owner;
    await stack.put('sendMail', sendMailV1({ SUBMITTED: [{ to, taxReturnId }] }));
    await stack.idle();
    expect(await notificationsOf(taxReturnId, '&template=submitted')).toMatchObject([
      { state: 'handed_over' },
    ]);
  });

  it('is filled with what its template declares; other members are kept and ignored', async () => {
    const owner = aName();
    const context = {
      someInt: 15,
      someBoolean: true,
      surveyUrl: 'https://survey.example.org/1',
      taxYear: 2023,
    };
    await stack.put(
      'sendMail',
      sendMailV1({ NON_COMPLETION_SURVEY: [{ to: owner.email, taxReturnId: owner.taxReturnId, context }] }),
    );
    await stack.idle();
    const [mail] = mailsTo(owner.email);
    expect((await mail?.parse())?.text).toContain('https://survey.example.org/1');
  });
});
