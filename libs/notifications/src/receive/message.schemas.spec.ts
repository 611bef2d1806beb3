import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  confirmationV1,
  confirmationV2,
  failed,
  sendMailV1,
  statusChangeV1,
  statusChangeV2,
} from '#apps/local/src/direct-file.messages.js';
import {
  dsn,
  FakeSns,
  sesBounce,
  sesComplaint,
  sesDelivery,
  sesSoftBounce,
} from '../../../../test/support/ses.js';
import { objectMessages } from '../../../../test/support/objects.js';
import { newAjv } from '../../../email/src/template.schema.js';
import { readMail } from '../receipts/mailed.receipt.js';
import { readSes } from '../receipts/ses.message.js';
import { looksEnveloped, snsEnvelope } from '../receipts/sns.envelope.js';
import { readObjectNews, snsNotification } from './object.message.js';
import { readStatus } from './status.message.js';
import type { ReadEntry } from '../terms/entries.js';
import { MESSAGES, messageSchema } from './message.schemas.js';
import { readSendMail } from './send-mail.message.js';

const receipt = { taxReturnId: randomUUID(), submissionId: '33333320260350000001', receiptId: 'R1' };
const { taxReturnId, submissionId } = receipt;
const sent = { id: taxReturnId, email: 'ana@example.com' };
const sns = FakeSns.start();

/** Messages as they are written, by the name of their schema. */
const samples: Record<string, unknown[]> = {
  SubmissionStatusMessage: [
    {
      ...{ taxReturnId, submissionId, status: 'error_mef', occurredAt: '2026-02-04T15:20:00Z', extra: 1 },
      failure: { category: 'processing', detail: 'x', message: 'y' },
    },
    [{ taxReturnId, status: 'rejected', rejectionCodes: [{ MeFErrorCode: 'F1040-525-03' }] }],
  ],
  SubmissionConfirmationPayloadV1: [JSON.parse(confirmationV1([receipt]))],
  SubmissionConfirmationPayloadV2: [
    JSON.parse(
      confirmationV2([
        { ...receipt, eventType: 'Submitted', submissionReceivedAt: 1_738_681_534_033 },
        failed(receipt),
      ]),
    ),
  ],
  StatusChangePayloadV1: [JSON.parse(statusChangeV1({ accepted: [submissionId], rejected: ['B'] }))],
  StatusChangePayloadV2: [
    JSON.parse(
      statusChangeV2([
        { submissionId, status: 'rejected', rejectionCodes: [{ MeFErrorCode: 'IND-031-04' }] },
      ]),
    ),
  ],
  SendEmailPayloadV1: [
    JSON.parse(
      sendMailV1({ ACCEPTED: [{ taxReturnId, to: 'a@example.com', languageCode: 'es', context: {} }] }),
    ),
  ],
  MailReceipt: [
    ...[sesBounce(sent), sesSoftBounce(sent), sesComplaint(sent), sesDelivery(sent)].map((text): unknown =>
      JSON.parse(text),
    ),
    JSON.parse(sesDelivery(sent).replace('"Delivery"', '"Open"')),
    sns.envelope(sesBounce(sent)),
    sns.subscription(),
    dsn(sent),
    ...['postfix', 'exim', 'exchange', 'gmail', 'complaint'].map((name) =>
      readFileSync(`test/receipts/mails/${name}.eml`, 'utf8'),
    ),
  ],
  ObjectNews: [
    { path: 'adhoc_job.json' },
    ...['s3Event', 'overSns', 'overEventBridge', 's3TestEvent'].map((name): unknown =>
      JSON.parse(objectMessages[name as keyof typeof objectMessages]('jobs', 'error-resolved/a list.csv')),
    ),
  ],
};

/** The sample, and the sample with each of its members taken away or made something else. */
function* variantsOf(value: unknown): Generator<unknown> {
  yield value;
  for (const other of [null, '', 'x', 7, [], {}]) yield other;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const replaced = (by: unknown) =>
      Array.isArray(value) ? value.with(Number(name), by) : { ...value, [name]: by };
    if (!Array.isArray(value))
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    for (const variant of variantsOf(member)) yield replaced(variant);
  }
}

async function isRead(name: string, document: unknown): Promise<boolean> {
  try {
    if (name === 'MailReceipt') return await isReceipt(document);
    // What is in an envelope the schema does not see.
    if (name === 'ObjectNews' && snsNotification.safeParse(document).success) return true;
    const read = { SendEmailPayloadV1: readSendMail, ObjectNews: readObjectNews }[name] ?? readStatus;
    const entries: ReadEntry<unknown>[] = read(document);
    return entries.every(({ content }) => 'entry' in content);
  } catch {
    return false;
  }
}

/** Whether it can be read: whose mail it is about, and who signed it, no schema says. */
async function isReceipt(document: unknown): Promise<boolean> {
  if (looksEnveloped(document)) return snsEnvelope.safeParse(document).success;
  const domain = 'return-receipt.example.org';
  return Boolean(typeof document === 'string' ? await readMail(document, domain) : readSes(document, domain));
}

describe.each(MESSAGES)('the published schema of $name', (message) => {
  const ajv = newAjv();
  ajv.opts.strict = false;
  const accepts = ajv.compile(messageSchema(message));

  it('accepts the message as it is written, and never what the reader would not take', async () => {
    const written = samples[message.name] ?? [];
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((sample) => !accepts(sample))).toEqual([]);
    const variants = written.flatMap((sample) => [...variantsOf(sample)]);
    const accepted = variants.filter((variant) => accepts(variant));
    expect(accepted.length).toBeLessThan(variants.length);
    for (const variant of accepted)
      expect([await isRead(message.name, variant), variant]).toEqual([true, variant]);
  });
});
