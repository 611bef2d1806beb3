import { z } from 'zod';
import {
  BATCH_ACTIONS,
  BATCH_STATES,
  CHECKED_OUTCOMES,
  MAIL_WORDS,
  OUTCOME_WORDS,
  STATE_WORDS,
} from '#libs/notifications/index.js';
import type { MailCounts, RowOutcome } from '#libs/notifications/index.js';
import { id, pageOf, time, word } from './answer.terms.js';

export const batchMade = z
  .object({ id: id.describe('Of the batch: `GET /v1/batches/{id}` says what became of it.') })
  .meta({ id: 'BatchMade' });

const rowCounts = Object.fromEntries(
  [...CHECKED_OUTCOMES, 'applied' as const].map((outcome) => [
    outcome,
    z.int().describe(`Rows that ${OUTCOME_WORDS[outcome].many}.`),
  ]),
) as Record<RowOutcome, z.ZodInt>;

const mailCounts = Object.fromEntries(
  Object.entries(MAIL_WORDS).map(([count, words]) => [count, z.int().describe(`Mails: ${words.many}.`)]),
) as Record<keyof MailCounts, z.ZodInt>;

const about = {
  id,
  action: word.describe(`${BATCH_ACTIONS.join(', ')}; or what a job file asks for.`),
  topic: word.nullable().describe('The state that a reminder-state is about.'),
  incident: word.nullable(),
  state: z
    .enum(BATCH_STATES)
    .describe(BATCH_STATES.map((state) => `\`${state}\`: ${STATE_WORDS[state]}`).join(' ')),
  reason: word.nullable().describe('Why it was refused or stopped: one of a closed list.'),
  detail: word.nullable().describe('The same in a sentence, with what to do.'),
  origin: word.describe('Where its list comes from: upload, terminal, object or filter.'),
  name: word.nullable().describe('What the list is called there.'),
  sameAs: id.optional().describe('The batch that ran the same content before. Absent where none did.'),
  rows: z.int().describe('Rows of the list, once it is read to its end.'),
  checked: z.int().describe('Rows that are looked at so far.'),
  rate: z.int().nullable().describe('Rows that are run in a second at most.'),
  madeBy: word,
  approvedBy: word.optional().describe('Absent until another person approved it.'),
  madeAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
};

export const batch = z
  .object({ ...about, counts: z.object({ ...rowCounts, ...mailCounts }) })
  .meta({ id: 'Batch', description: 'A list of tax returns, and how far it has come.' });

const rendered = z
  .object({
    language: word,
    subject: word,
    preheader: word.describe('What a mailbox shows beside the subject.'),
    text: z.string().describe('For readers without HTML.'),
    html: z.string(),
  })
  .meta({
    id: 'BatchMail',
    description: 'A mail as its reader will get it. Whom it goes to is not part of it.',
  });

export const batchSamples = z
  .object({
    revision: word.describe('Names this report and these mails. An approval says it as `seen`.'),
    rows: about.rows,
    counts: z.object(rowCounts),
    samples: z
      .array(
        z.object({
          taxReturnId: id,
          mail: rendered
            .nullable()
            .describe('null when it cannot be rendered: sent, it would fail like that.'),
        }),
      )
      .describe('The first three; none where nobody is mailed.'),
  })
  .meta({ id: 'BatchSamples', description: 'What somebody looks at before they approve a batch.' });

const listed = z
  .object({ ...about, counts: z.object(rowCounts) })
  .meta({ id: 'BatchListed', description: 'The same without what became of its mails.' });

export const batchPage = pageOf(listed).meta({ id: 'BatchPage' });
