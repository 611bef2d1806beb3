import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed, sendMailV1, statusChangeV2 } from '#apps/local/src/direct-file.messages.js';
import { aName, aReturn, register } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

describe.each(queueBackends())(
  'with the send queue on $name, no address is left in database, jobs or logs',
  (backend) => {
    let stack: Stack;
    beforeAll(async () => {
      // A mail that is tried again in an hour or so leaves its job in the queue, to be looked at.
      stack = await Stack.start(`privacy-${backend.name}`, {
        backend,
        settings: { RETRY_BASE: '2h', RETRY_CEILING: '2h', LOG_LEVEL: 'debug' },
      });
      return () => stack.stop();
    });

    it('after mails were sent, deferred, refused and not understood by a relay that quotes the recipient', async () => {
      const owners = await Promise.all([1, 2, 3, 4].map(() => aReturn(stack)));
      const answers = [
        undefined,
        { at: 'rcpt', code: 550 },
        { at: 'rcpt', code: 451 },
        { at: 'data', code: 554 },
      ] as const;
      owners.forEach(({ email }, index) => {
        const answer = answers[index];
        if (answer)
          stack.mailbox.answer({
            ...answer,
            to: email,
            text: `5.1.1 <${email}>: no, ${email} is not welcome`,
          });
      });
      for (const { taxReturnId, email } of owners)
        await stack.put(
          'sendMail',
          sendMailV1({ ACCEPTED: [{ to: email, taxReturnId, context: { note: email } }] }),
        );
      await stack.idle();
      expect(
        stack.mailbox.mails.filter((mail) => owners.some(({ email }) => mail.to.includes(email))),
      ).toHaveLength(1);
      expect(await stack.addressesLeftBehind()).toEqual([]);
    });

    it('after messages that hold one where none belongs', async () => {
      const address = 'someone@example.com';
      const owner = await aReturn(stack);
      const failure = failed(owner);
      await stack.put(
        'confirmation',
        confirmationV2([
          {
            ...failure,
            metadata: { ...failure.metadata, failureDetail: address, errorMessage: `no route to ${address}` },
          },
        ]),
      );
      await stack.put(
        'confirmation',
        confirmationV2([{ ...owner, submissionId: address, eventType: 'Submitted' }]),
      );
      await stack.put('confirmation', `{"broken": "${address}`);
      await stack.put(
        'confirmation',
        JSON.stringify({ taxReturnId: address, status: address, incident: address }),
      );
      await stack.put(
        'confirmation',
        JSON.stringify({ ...owner, status: 'error_xml', incident: address, failure: { category: address } }),
      );
      await stack.put(
        'statusChange',
        JSON.stringify({ payload: { '@type': address }, headers: { headers: { VERSION: address } } }),
      );
      const codes = [
        { MeFErrorCode: 'R1', MeFDescription: `${address} is on file`, TranslationKey: address },
      ];
      await stack.put(
        'statusChange',
        statusChangeV2([{ submissionId: owner.submissionId, status: 'rejected', rejectionCodes: codes }]),
      );
      await stack.put(
        'sendMail',
        sendMailV1({
          [address]: [{ to: address, taxReturnId: owner.taxReturnId }],
          ACCEPTED: [{ to: 'x', languageCode: address, taxReturnId: address }],
        }),
      );
      await stack.idle();
      expect(await stack.addressesLeftBehind()).toEqual([]);
    });

    it('after requests that hold one where none belongs, and not in the answers either', async () => {
      const address = 'someone@example.com';
      const owner = aName();
      await register(stack, owner);
      const answers = [
        await stack.api('PUT', `/v1/tax-returns/${address}`, { email: address }),
        await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, {
          userId: address,
          language: address,
          email: `${address}>\r\nBcc: ${address}`,
        }),
        await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}/submissions/${address}`, {
          submissionId: address,
        }),
        await stack.api(
          'GET',
          `/v1/notifications?template=${address}&cursor=${address}&taxReturnId=${address}`,
        ),
        await stack.api('GET', `/${address}`),
        await stack.api('POST', '/v1/notifications', {
          taxReturnId: owner.taxReturnId,
          template: 'accepted',
          occurrence: address,
        }),
        await stack.api('POST', '/v1/notifications', {
          taxReturnId: owner.taxReturnId,
          template: 'accepted',
          context: { [address]: address, firstName: 7 },
        }),
        await stack.api(
          'POST',
          '/v1/submission-status',
          { taxReturnId: owner.taxReturnId, status: address },
          { 'idempotency-key': address },
        ),
        await stack.api(
          'POST',
          '/v1/submission-status',
          { taxReturnId: randomUUID(), submissionId: 'A1', status: 'accepted' },
          { 'idempotency-key': address },
        ),
        await stack.api('POST', '/v1/submission-status', `{"${address}`),
      ];
      expect(answers.map(({ status }) => status).every((status) => status >= 200 && status < 500)).toBe(true);
      expect(answers.filter(({ body }) => JSON.stringify(body).includes('@'))).toEqual([]);
      await stack.idle();
      expect(await stack.addressesLeftBehind()).toEqual([]);
    });

    it('and the scan would find one', async () => {
      await stack.sql(
        `INSERT INTO rejection_codes (submission_id, codes, updated_at) VALUES ('scan', '[{"d": "someone@example.com"}]', now())`,
      );
      expect(await stack.addressesLeftBehind()).toEqual([
        expect.stringContaining('table public.rejection_codes'),
      ]);
      await stack.sql(`DELETE FROM rejection_codes WHERE submission_id = 'scan'`);
    });
  },
);
