import PostalMime from 'postal-mime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toBytes } from '#libs/email/index.js';
import type { OutgoingMail } from '../../libs/email/src/message/message.js';
import { aMail, Correspondence, FROM, masked } from '../support/mail-servers/correspondence.js';
import { exim } from '../support/mail-servers/exim.js';
import { ABROAD, JÖRG, LATER, SIZE_LIMIT } from '../support/mail-servers/mail.server.js';
import { opensmtpd } from '../support/mail-servers/opensmtpd.js';
import { postfix } from '../support/mail-servers/postfix.js';
import { proved, untried } from '../support/proved.js';

const KINDS = [postfix, exim, opensmtpd];

for (const { lacks, leavesOut } of KINDS)
  for (const sentence of [lacks, leavesOut]) if (sentence) untried(sentence);

describe.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  describe.skipIf(kind.lacks)('as it is on this machine', () => {
    let relay: Correspondence;
    beforeAll(async () => {
      relay = await Correspondence.start(kind);
    });
    afterEach(() => relay.hangUp());

    describe('delivers', () => {
      it('byte for byte what we sent, lines with dots included', async () => {
        const mail = aMail();
        const { raw, protocol } = await relay.expectToArrive(mail);
        expect(masked(raw)).toBe(masked(toBytes(mail, FROM)));
        expect(raw.includes('\r\n=2E\r\n=2E.\r\n=2Ehidden\r\n')).toBe(true);
        expect(protocol).toBe('ESMTP');
        proved(`${relay.version} delivered byte for byte what it was sent.`);
      });

      it('what a reader then sees: subject, text and HTML', async () => {
        const mail = aMail();
        const { raw } = await relay.expectToArrive(mail);
        const { subject, text, html } = await PostalMime.parse(raw);
        expect([subject, text?.trimEnd(), html?.trimEnd()]).toEqual([mail.subject, mail.text, mail.html]);
      });

      it('each of many mails once, at once on two connections', async () => {
        const mailer = relay.mailerTo('plain');
        const mails = Array.from({ length: 100 }, () => aMail());
        const answers = await Promise.all(mails.map((mail) => mailer.send(mail)));
        expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
        for (const mail of mails) await relay.arrival(mail);
        await relay.expectToArrive(aMail());
        expect(mails.map((mail) => relay.copiesOf(mail).length)).toEqual(mails.map(() => 1));
        proved(`${relay.version} delivered ${mails.length} mails that came at once, each once.`);
      });

      it('to a domain with more than ASCII in it', async () => {
        await relay.expectToArrive(aMail({ to: ABROAD.written }));
      });

      if (kind.takesUtf8)
        it('to a person with more than ASCII in the name', async () => {
          await relay.expectToArrive(aMail({ to: JÖRG }));
        });
    });

    describe('speaks TLS', () => {
      const secured = kind.knowsUsers ? 'ESMTPSA' : 'ESMTPS';

      describe.each(['startTls', 'tls'] as const)('on its port %s', (port) => {
        it('with a certificate that we trust', async () => {
          const mailer = relay.mailerTo(port, { requireTLS: 'true' });
          expect((await relay.expectToArrive(aMail(), mailer)).protocol).toBe(secured);
        });

        it('and gets nothing from us when nobody vouches for it', async () => {
          const mail = aMail();
          expect(await relay.mailerTo(port, { 'tls.ca': undefined }).send(mail)).toMatchObject({
            outcome: 'deferred',
            reason: 'relay-unreachable',
          });
          await relay.expectNotToArrive(mail);
        });

        it('but for when we were told not to mind', async () => {
          const mailer = relay.mailerTo(port, { 'tls.ca': undefined, 'tls.rejectUnauthorized': 'false' });
          expect((await relay.expectToArrive(aMail(), mailer)).protocol).toBe(secured);
        });
      });

      it('or gets nothing from us, where it has to', async () => {
        const mail = aMail();
        const mailer = relay.mailerTo('plain', { requireTLS: 'true' });
        expect(await mailer.send(mail)).toMatchObject({ outcome: 'deferred' });
        await relay.expectNotToArrive(mail);
      });
    });

    if (kind.knowsUsers)
      describe('asks who we are', () => {
        describe.each(['PLAIN', 'LOGIN'])('by AUTH %s', (authMethod) => {
          it.each(['startTls', 'tls'] as const)('and knows us, on its port %s', async (port) => {
            const mailer = relay.mailerTo(port, { authMethod });
            expect((await relay.expectToArrive(aMail(), mailer)).protocol).toBe('ESMTPSA');
            await relay.expectMechanism(authMethod);
          });

          it('and no recipient pays for a wrong password', async () => {
            const mailer = relay.mailerTo('startTls', { authMethod, password: 'wrong' });
            expect(await mailer.send(aMail())).toMatchObject({
              outcome: 'deferred',
              reason: 'relay-refused',
              responseCode: 535,
            });
          });
        });

        it('and no recipient pays when we do not say', async () => {
          const mailer = relay.mailerTo('startTls', { password: '' });
          expect(await mailer.send(aMail())).toMatchObject({ outcome: 'deferred', reason: 'relay-refused' });
        });
      });

    describe('refuses', () => {
      /** What becomes of a mail, the next one of the same mailer being taken. */
      async function refusal(members: Partial<OutgoingMail>) {
        const mailer = relay.mailerTo('plain');
        const answer = await mailer.send(aMail(members));
        await relay.expectToArrive(aMail(), mailer);
        return answer;
      }

      it('a user whom it does not know: so the recipient is refused', async () => {
        const answer = await refusal({ to: 'nobody@example.org' });
        expect(answer).toMatchObject({ outcome: 'refused', reason: 'recipient-refused' });
      });

      if (kind.saysWhatItRefuses)
        it('a domain that it does not serve for us: so no recipient pays', async () => {
          const answer = await refusal({ to: 'somebody@elsewhere.example' });
          expect(answer).toMatchObject({ outcome: 'deferred', reason: 'relay-refused' });
        });

      it('somebody for now: so we ask again, after as long as it says', async () => {
        const answer = await refusal({ to: LATER.address });
        expect(answer).toMatchObject({ outcome: 'deferred', reason: 'relay-busy', retryAfter: 300_000 });
      });

      it('a mail that is too large for it: so the mail is refused', async () => {
        const answer = await refusal({ text: 'too much\n'.repeat(SIZE_LIMIT / 4) });
        expect(answer).toMatchObject({ outcome: 'refused', reason: 'message-refused' });
      });

      if (!kind.takesUtf8)
        it('a person with more than ASCII in the name', async () => {
          expect(await refusal({ to: JÖRG })).toMatchObject({ outcome: 'refused' });
        });
    });
  });
});
