import { z } from 'zod';
import { openEnvelope } from './direct-file.message.js';
import { templateByName } from '../request/notification.template.js';
import type { Stage, Template } from '../request/notification.template.js';
import { foreignId, idsOf, languageTag, problemsOf, UnreadableMessage } from './status.message.js';
import type { ReadEntry } from './status.message.js';

/** A mail that somebody asks for on the queue. */
export interface SendMailEntry {
  template: Template;
  stage?: Stage;
  taxReturnId: string;
  submissionId?: string;
  userId?: string;
  /** Of a mail that was asked for before: it is to be sent after all. */
  emailId?: string;
  address?: string;
  language?: string;
  context?: Record<string, unknown>;
}

/** An address as far as it concerns us: one @, no white space that could end a header. */
export const emailAddress = z
  .string()
  .max(320)
  .regex(/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/, 'is not an e-mail address');

export const mail = z.object({
  to: emailAddress.nullish(),
  // What is no language falls back to English, as one without templates does.
  languageCode: languageTag.nullish().catch(undefined),
  taxReturnId: z.guid().toLowerCase(),
  submissionId: foreignId.nullish(),
  userId: foreignId.nullish(),
  emailId: z.guid().toLowerCase().nullish(),
  context: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * Reads a SendEmailPayloadV1: lists of mails by template. Each mail stands alone.
 * @throws UnreadableMessage when it is not one.
 */
export function readSendMail(document: unknown): ReadEntry<SendMailEntry>[] {
  const { type, payload, wrap } = openEnvelope(document);
  if (type !== 'SendEmailPayloadV1') throw new UnreadableMessage(`${type} does not belong on this queue`);
  const lists = z.record(z.string(), z.array(z.unknown()).nullable()).safeParse(payload.emails);
  if (!lists.success) throw new UnreadableMessage('emails is not a map of lists by template');
  return Object.entries(lists.data).flatMap(([name, items]) =>
    (items ?? []).map((item) => ({
      content: readMail(name, item),
      body: wrap({ emails: { [name]: [item] } }),
      ...idsOf(item),
    })),
  );
}

function readMail(name: string, item: unknown): ReadEntry<SendMailEntry>['content'] {
  const named = templateByName(name);
  if (!named) return { refused: 'there is no template of this name' };
  const read = mail.safeParse(item);
  if (!read.success) return { refused: problemsOf(read.error) };
  const { to, languageCode, taxReturnId, ...rest } = read.data;
  return {
    entry: {
      ...named,
      taxReturnId,
      address: to ?? undefined,
      language: languageCode ?? undefined,
      submissionId: rest.submissionId ?? undefined,
      userId: rest.userId ?? undefined,
      emailId: rest.emailId ?? undefined,
      context: rest.context ?? undefined,
    },
  };
}
