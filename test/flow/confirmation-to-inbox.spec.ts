import { beforeAll, describe, expect, it } from 'vitest';
import {
  confirmationV1,
  confirmationV2,
  failed,
  sendMailV1,
  statusChangeV1,
  statusChangeV2,
} from '#apps/local/src/direct-file.messages.js';
import { aReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`inbox-${backend.name}`, { backend });
    return () => stack.stop();
  });

  const mailsTo = (address: string) => stack.mailbox.mails.filter((mail) => mail.to.includes(address));
  const subjectsTo = async (address: string) =>
    Promise.all(mailsTo(address).map(async (mail) => (await mail.parse()).subject));

  it('turns a confirmation of either version into one Submitted mail', async () => {
    const one = await aReturn(stack);
    const two = await aReturn(stack, { language: 'es' });
    await stack.put(
      'confirmation',
      confirmationV1([{ ...one, receiptId: 'R1', submissionReceivedAt: 1738681534033 }]),
    );
    await stack.put(
      'confirmation',
      confirmationV2([
        {
          ...two,
          eventType: 'Submitted',
          receiptId: 'R2',
          submissionReceivedAt: '2025-02-04T15:05:34.033+00:00',
        },
      ]),
    );
    await stack.idle();
    expect(await subjectsTo(one.email)).toHaveLength(1);
    expect(await subjectsTo(two.email)).toHaveLength(1);
    const { body } = await stack.api('GET', `/v1/submissions/${one.submissionId}`);
    expect(body).toMatchObject({ receiptId: 'R1', submissionReceivedAt: '2025-02-04T15:05:34.033Z' });
  });

  it('tells of a failure, of its repair, and of a failure after that as a new one', async () => {
    const owner = await aReturn(stack);
    const resolved = { taxReturnId: owner.taxReturnId, status: 'error_resolved' };
    await stack.put('confirmation', confirmationV2([failed(owner)]));
    await stack.idle();
    await stack.put('confirmation', JSON.stringify(resolved));
    await stack.idle();
    await stack.put('confirmation', confirmationV2([failed(owner)]));
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(3);
  });

  it('tells of a rejection with its codes, and of an acceptance that comes after it', async () => {
    const owner = await aReturn(stack);
    const codes = [{ MeFErrorCode: 'F1040-525-03', MeFDescription: 'The prior year AGI does not match.' }];
    await stack.put(
      'statusChange',
      statusChangeV2([{ submissionId: owner.submissionId, status: 'rejected', rejectionCodes: codes }]),
    );
    await stack.idle();
    const [rejection] = mailsTo(owner.email);
    expect((await rejection?.parse())?.text).toContain('F1040-525-03');
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(2);
  });

  it('sends what a send-mail message asks for, to the address in the message', async () => {
    const owner = await aReturn(stack);
    const to = `other-${owner.email}`;
    await stack.put(
      'sendMail',
      sendMailV1({ ACCEPTED: [{ to, languageCode: 'es', taxReturnId: owner.taxReturnId }], REJECTED: [] }),
    );
    await stack.idle();
    expect(mailsTo(to)).toHaveLength(1);
    expect(mailsTo(owner.email)).toHaveLength(0);
  });
});
