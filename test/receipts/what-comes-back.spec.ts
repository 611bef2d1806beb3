import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { dsn, FakeSns, sesBounce, sesComplaint, sesDelivery, sesSoftBounce } from '../support/ses.js';
import type { SentMail } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { Receipts } from './receipts.js';

let sns: FakeSns;
let stack: Stack;
let receipts: Receipts;
beforeAll(async () => {
  sns = FakeSns.start();
  stack = await Stack.start('what-comes-back', { settings: { SNS_CERTIFICATES: sns.folder } });
  receipts = new Receipts(stack);
});

describe('after the relay took a mail', () => {
  it('a delivery, raw from the queue, says when it arrived', async () => {
    const sent = await receipts.aSentMail();
    const at = new Date();
    await stack.put('receipts', sesDelivery(sent, { at }));
    await stack.idle();
    expect(await receipts.notification(sent)).toMatchObject({
      state: 'handed_over',
      standing: 'success',
      deliveredAt: at.toISOString(),
      bouncedAt: null,
    });
  });

  it.each(['1', '2'] as const)(
    'a bounce in an envelope that SNS signed (version %s), from the queue, makes the taxpayer untold',
    async (SignatureVersion) => {
      const sent = await receipts.aSentMail();
      await stack.put('receipts', JSON.stringify(sns.envelope(sesBounce(sent), { SignatureVersion })));
      await stack.idle();
      expect(await receipts.notification(sent)).toMatchObject({
        standing: 'failure',
        bounceReason: 'no-such-mailbox',
      });
      expect(await untold(sent)).toEqual([sent.id]);
    },
  );

  it('an envelope comes over HTTP as SNS posts it, as plain text', async () => {
    const sent = await receipts.aSentMail();
    const body = JSON.stringify(sns.envelope(sesBounce(sent)));
    expect(await receipts.post(body, 'text/plain; charset=UTF-8')).toEqual([202, { outcome: 'applied' }]);
    expect(await receipts.post(body, 'text/plain; charset=UTF-8')).toEqual([
      202,
      { outcome: 'duplicate', reason: 'same-entry' },
    ]);
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'failure' });
  });

  it('the mail that a relay sends back is read too', async () => {
    const sent = await receipts.aSentMail();
    expect(await receipts.post(dsn(sent), 'message/rfc822')).toEqual([202, { outcome: 'applied' }]);
    expect(await receipts.notification(sent)).toMatchObject({
      standing: 'failure',
      bounceReason: 'no-such-mailbox',
    });
  });

  it('the complaint that a feedback loop sends is read too, and keeps mails from its address', async () => {
    const sent = await receipts.aSentMail();
    const mail = readFileSync('test/receipts/mails/complaint.eml', 'utf8').replaceAll(
      '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11',
      sent.id,
    );
    const now = mail.replace(/^Arrival-Date: .*$/m, `Arrival-Date: ${new Date().toUTCString()}`);
    expect(await receipts.post(now, 'message/rfc822')).toEqual([202, { outcome: 'applied' }]);
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'success', bouncedAt: null });
    expect(await stack.sql('SELECT reason FROM suppressions WHERE notification_id = $1', [sent.id])).toEqual([
      { reason: 'complaint' },
    ]);
  });

  it('a late bounce beats a delivery, and a delivery beats the soft bounce before it', async () => {
    const [late, soft] = [await receipts.aSentMail(), await receipts.aSentMail()];
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await receipts.accept(sesDelivery(late, { at: minutesAgo(3) }));
    expect(await receipts.notification(late)).toMatchObject({ standing: 'success' });
    await receipts.accept(sesBounce(late, { at: minutesAgo(1) }));
    expect(await receipts.notification(late)).toMatchObject({ standing: 'failure', deliveredAt: null });
    await receipts.accept(sesSoftBounce(soft, { at: minutesAgo(3) }));
    expect(await receipts.notification(soft)).toMatchObject({
      standing: 'failure',
      bounceReason: 'mailbox-full',
    });
    await receipts.accept(sesDelivery(soft, { at: minutesAgo(1) }));
    expect(await receipts.notification(soft)).toMatchObject({
      standing: 'success',
      bouncedAt: null,
      bounceReason: null,
    });
  });

  it('receipts end the same in whatever order they come, and however often', async () => {
    const makers = [sesDelivery, sesBounce, sesSoftBounce, sesComplaint];
    const said = fc.record({ make: fc.constantFrom(...makers), minute: fc.integer({ min: 0, max: 3 }) });
    const begun = Date.now() - 3_600_000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat(9)),
        async (all, chance) => {
          const ends = [];
          const facts = all.map((one) => ({ ...one, feedbackId: randomUUID() }));
          for (const order of [facts, shuffled([...facts, ...facts], chance)]) {
            const sent = await aRowSentLongAgo();
            for (const { make, minute, feedbackId } of order)
              await receipts.accept(
                make(sent, { at: new Date(begun + minute * 60_000), feedbackId: `${feedbackId}${sent.id}` }),
              );
            ends.push(await endOf(sent));
          }
          expect(ends[1]).toEqual(ends[0]);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('receipts that come at once, by all doors, count once each', async () => {
    const sent = await receipts.aSentMail();
    const all = [sesDelivery(sent), sesSoftBounce(sent), sesBounce(sent), sesComplaint(sent)];
    await stack.putAll('receipts', [...all, ...all]);
    await Promise.all([...all, ...all].map((body) => receipts.accept(body)));
    await stack.idle();
    const [count] = await stack.sql<{ receipts: number; suppressions: number }>(
      `SELECT (SELECT count(*)::int FROM mail_receipts WHERE notification_id = $1) AS receipts,
              (SELECT count(*)::int FROM suppressions WHERE notification_id = $1) AS suppressions`,
      [sent.id],
    );
    expect(count).toEqual({ receipts: 4, suppressions: 1 });
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'success', bouncedAt: null });
  });
});

describe('a report whose clock is wrong', () => {
  it.each(['Thu, 1 Jan 1970 00:00:00 +0000', 'Thu, 1 Jan 2099 00:00:00 +0000'])(
    '(%s) is of a time between the conversation and now, and suppresses the address no longer than others',
    async (date) => {
      const sent = await receipts.aSentMail();
      const mail = dsn(sent).replace(/^Status:/m, `Last-Attempt-Date: ${date}\r\nStatus:`);
      expect(await receipts.post(mail, 'message/rfc822')).toEqual([202, { outcome: 'applied' }]);
      const [row] = await stack.sql<{ fits: boolean; days: number }>(
        `SELECT bounced_at BETWEEN d.opened_at AND now() AS fits, extract(day FROM s.expires_at - now())::int AS days
         FROM notifications n JOIN deliveries d ON d.notification_id = n.id JOIN suppressions s ON s.notification_id = n.id
         WHERE n.id = $1`,
        [sent.id],
      );
      expect(row?.fits).toBe(true);
      const [usual] = await stack.sql<{ days: number }>(
        `SELECT extract(day FROM max(expires_at) - now())::int AS days FROM suppressions WHERE created_at < now() AND notification_id <> $1
         AND reason = 'hard-bounce'`,
        [sent.id],
      );
      expect(row?.days).toBe(usual?.days);
    },
  );
});

describe('what is said of a mail of ours and decides nothing', () => {
  it('is on record, changes nothing and suppresses nobody', async () => {
    const sent = await receipts.aSentMail();
    const before = await receipts.notification(sent);
    expect(await receipts.post(dsn(sent, { action: 'delayed', status: '4.4.1' }), 'message/rfc822')).toEqual([
      202,
      { outcome: 'applied' },
    ]);
    expect(await receipts.notification(sent)).toEqual(before);
    expect(
      await stack.sql('SELECT kind, reason FROM mail_receipts WHERE notification_id = $1', [sent.id]),
    ).toEqual([{ kind: 'notice', reason: 'delayed' }]);
    await receipts.accept(sesDelivery(sent));
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'success' });
    expect(await stack.sql('SELECT 1 FROM suppressions WHERE notification_id = $1', [sent.id])).toEqual([]);
  });

  it('and what nobody understands is parked, and leads to its mail', async () => {
    const sent = await receipts.aSentMail();
    const [, outcome] = await receipts.post(dsn(sent, { action: 'wobbled' }), 'message/rfc822');
    expect(outcome).toMatchObject({ outcome: 'refused', reason: 'unknown-action' });
    expect(await receipts.quarantined(sent.id)).toEqual([{ kind: 'refused', resolution: null }]);
  });

  it('a mail in no standard form makes its taxpayer untold, and says that words were read', async () => {
    const sent = await receipts.aSentMail();
    const mail = [
      'From: MAILER-DAEMON@mx.example.net',
      'Subject: failure notice',
      '',
      'The mailbox is full.',
      '--- Below this line is a copy of the message.',
      '',
      `Message-ID: <${sent.id}@return-receipt.example.org>`,
      '',
    ].join('\r\n');
    expect(await receipts.post(mail, 'message/rfc822')).toEqual([202, { outcome: 'applied' }]);
    expect(await receipts.notification(sent)).toMatchObject({
      standing: 'failure',
      bounceReason: 'mailbox-full',
    });
    const [owner] = await stack.sql<{ id: string }>(
      'SELECT tax_return_id AS id FROM notifications WHERE id = $1',
      [sent.id],
    );
    const why = await stack.api('GET', `/v1/tax-returns/${owner?.id}/why`);
    expect(JSON.stringify(why.body)).toContain(
      'the mailbox is full (read from its words: no status code says so)',
    );
  });

  it.each([
    '{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have successfully subscribed."}',
    '"Successfully validated SNS topic for Amazon SES event publishing."',
    'Successfully validated SNS topic for Amazon SES event publishing.',
  ])('a note of the setting-up calls nobody, raw or in an envelope: %s', async (note) => {
    const before = (await receipts.reasons()).toSorted();
    for (const body of [note, JSON.stringify(sns.envelope(note))])
      expect(await receipts.post(body, 'text/plain')).toEqual([
        202,
        { outcome: 'applied', reason: 'set-up-note' },
      ]);
    expect((await receipts.reasons()).toSorted()).toEqual(before);
  });
});

/** A mail that an hour ago was tried twice: the first time nobody knew how it ended. */
async function aRowSentLongAgo(): Promise<SentMail> {
  const id = randomUUID();
  await stack.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, attempt)
     VALUES ($1, gen_random_uuid(), 'submitted', 'o', 's', 'handed_over', now(), 2)`,
    [id],
  );
  await stack.sql(
    `INSERT INTO deliveries (notification_id, attempt, outcome, relay, language, template_version, address_hash, opened_at)
     SELECT $1::uuid, attempt, outcome::delivery_outcome, 'relay', 'en', 'v', $1::text, now() - wait
     FROM (VALUES (1, 'unknown', interval '2 hours'), (2, 'accepted', interval '59 minutes')) AS tries (attempt, outcome, wait)`,
    [id],
  );
  return { id, email: 'ana@example.com' };
}

/** All that receipts may change. */
async function endOf({ id }: SentMail) {
  return {
    mail: await stack.sql(
      'SELECT state, reason, delivered_at, bounced_at, bounce_reason FROM notifications WHERE id = $1',
      [id],
    ),
    outcomes: await receipts.outcomesOf({ id }),
    suppressions: await stack.sql('SELECT reason, expires_at FROM suppressions WHERE notification_id = $1', [
      id,
    ]),
    facts: await stack.sql(
      'SELECT kind, bounce_type, attempt, occurred_at FROM mail_receipts WHERE notification_id = $1 ORDER BY 1, 2, 3, 4',
      [id],
    ),
  };
}

function shuffled<T>(items: T[], chance: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, place: Number(chance.next().value) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

async function untold({ id }: SentMail): Promise<string[]> {
  const { body } = await stack.api<{ items: { id: string }[] }>(
    'GET',
    '/v1/notifications?standing=failure&limit=500',
  );
  return body.items.map((item) => item.id).filter((one) => one === id);
}
