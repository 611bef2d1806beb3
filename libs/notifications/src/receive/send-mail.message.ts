import { z } from 'zod';
import { openEnvelope } from './direct-file.message.js';
import { templateByName } from '../terms/mail.kinds.js';
import { emailAddress, foreignId, languageTag, problemsOf } from '../terms/fields.js';
import { contentOf, idsOf, UnreadableMessage } from '../terms/entries.js';
import type { ReadEntry, SendMailEntry } from '../terms/entries.js';

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
      content: contentOf(item, () => readMail(name, item)),
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
