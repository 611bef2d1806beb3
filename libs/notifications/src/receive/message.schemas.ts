import { z } from 'zod';
import { queueSettings, readSettingsOf } from '#libs/platform/index.js';
import { confirmation, statusChange, submissionReceipt, versions } from './direct-file.message.js';
import { eventBridgeEvent, jobPath, s3Event, s3TestEvent, snsNotification } from './object.message.js';
import { mail } from './send-mail.message.js';
import { submissionStatusMessage } from './status.message.js';
import { mailedReceipt } from '../receipts/mailed.receipt.js';
import { sesDocument } from '../receipts/ses.message.js';
import { snsEnvelope } from '../receipts/sns.envelope.js';
import { wireNames } from '../terms/mail.kinds.js';

/** A message that we read from a queue, for those who write it. */
export interface PublishedMessage {
  name: string;
  /** The default names of the queues that carry it. */
  queues: string[];
  about: string;
  /** Made of the schemas that read it. */
  schema: z.ZodType;
}

const usual = readSettingsOf(queueSettings, {});
const statusQueues = [usual.CONFIRMATION_QUEUE, usual.STATUS_CHANGE_QUEUE];

/** Direct File's envelope around a payload. */
function enveloped(type: keyof typeof versions, payload: z.ZodRawShape): z.ZodType {
  return z.object({
    payload: z.object({ '@type': z.literal(type), ...payload }),
    headers: z.object({ headers: z.object({ VERSION: z.literal(versions[type]) }) }),
  });
}

/** Each list of a map may be absent, null or empty. */
const listsOf = (item: z.ZodType, names: readonly string[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, z.array(item).nullish()])));

const mailReceipt = z.union([
  sesDocument.describe('What SES publishes of a mail, as a feedback notification or an event.'),
  snsEnvelope.describe('The same as text in `Message`, in an envelope that SNS signed.'),
  mailedReceipt,
]);

/** Every message that the service reads. */
export const MESSAGES: PublishedMessage[] = [
  {
    name: 'SubmissionStatusMessage',
    queues: statusQueues,
    about: 'Our own: what happened to one submission, or a list of such.',
    schema: z.union([submissionStatusMessage, z.array(submissionStatusMessage)]),
  },
  {
    name: 'SubmissionConfirmationPayloadV1',
    queues: statusQueues,
    about: 'Direct File: receipts of submissions.',
    schema: enveloped('SubmissionConfirmationPayloadV1', { receipts: z.array(submissionReceipt) }),
  },
  {
    name: 'SubmissionConfirmationPayloadV2',
    queues: statusQueues,
    about: 'Direct File: receipts and failures.',
    schema: enveloped('SubmissionConfirmationPayloadV2', { entries: z.array(confirmation) }),
  },
  {
    name: 'StatusChangePayloadV1',
    queues: statusQueues,
    about: 'Direct File: ids of accepted and rejected submissions.',
    schema: enveloped('StatusChangePayloadV1', {
      statusSubmissionIdMap: listsOf(statusChange.shape.submissionId, ['accepted', 'rejected']),
    }),
  },
  {
    name: 'StatusChangePayloadV2',
    queues: statusQueues,
    about: 'The same with rejection codes, entry by entry.',
    schema: enveloped('StatusChangePayloadV2', { entries: z.array(statusChange) }),
  },
  {
    name: 'SendEmailPayloadV1',
    queues: [usual.SEND_MAIL_QUEUE],
    about: 'Direct File: mails to send, by template.',
    schema: enveloped('SendEmailPayloadV1', { emails: listsOf(mail, wireNames()) }),
  },
  {
    name: 'MailReceipt',
    queues: [usual.MAIL_RECEIPTS_QUEUE],
    about:
      'What became of a mail: of SES, by itself or in an envelope of SNS, as JSON; or the mail of a relay or of a feedback loop, as plain text.',
    schema: mailReceipt,
  },
  {
    name: 'ObjectNews',
    queues: [usual.JOB_FILES_QUEUE],
    about:
      "A list or a job file has come into the bucket: a path, as Direct File sends it, or S3's own notification, also in an envelope of SNS or as an event of EventBridge. What was deleted is no news.",
    schema: z.union([
      jobPath,
      s3Event,
      snsNotification.describe('The same as text in `Message`, in an envelope of SNS.'),
      eventBridgeEvent,
      s3TestEvent.describe('Calls nobody.'),
    ]),
  },
];

/** A message as JSON Schema: what it accepts, the reader accepts. */
export function messageSchema({ name, about, schema }: PublishedMessage): Record<string, unknown> {
  return { title: name, description: about, ...z.toJSONSchema(schema, { io: 'input' }) };
}
