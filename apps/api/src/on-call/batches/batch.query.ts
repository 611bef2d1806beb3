import { z } from 'zod';
import { BECAME, instant } from '#libs/notifications/index.js';
import { words } from '../form.fields.js';
import { listQuery } from '../on-call.query.js';

/** What people do to a batch, by the word that its form sends. */
export const MOVES = {
  start: 'start-batch',
  pause: 'pause-batch',
  resume: 'resume-batch',
  abort: 'abort-batch',
} as const;

/** Which of its mails are listed, and behind which. */
export const mailsQuery = listQuery.extend({ became: z.enum(BECAME) });

/** Of every form: why. */
export const saidWhy = z.object({ reason: words });

export const moveForm = saidWhy.extend({ move: z.enum(Object.keys(MOVES) as (keyof typeof MOVES)[]) });

/** `seen` is what the page showed with its form. */
export const approvalForm = saidWhy.extend({ seen: z.string() });

export const rateForm = saidWhy.extend({
  rate: z.coerce
    .number()
    .int()
    .min(1, 'is at least 1, or empty')
    .max(100_000, 'is at most 100000')
    .optional(),
});

/** Beside what is asked for: which column holds the ids. */
export const uploadForm = saidWhy.extend({ column: z.string().trim().max(255).optional() });

/** As a browser writes a time, without a zone: all times here are UTC. */
const time = z.string().transform((text) => (text.endsWith('Z') ? text : `${text.slice(0, 16)}:00Z`));

/** Which of the returns that the service knows are on the list; `about` is the incident that is looked for. */
export const foundForm = saidWhy.extend({
  failureCategory: z.string().trim().optional(),
  failureDetail: z.string().trim().optional(),
  template: z.string().optional(),
  about: z.string().trim().optional(),
  since: time.pipe(instant).optional(),
  until: time.pipe(instant).optional(),
});

/** Fields that were left empty say nothing, but for the reason, which is never left out; the code of a state is read in any letters. */
export function givenOf(fields: Record<string, string>): Record<string, string> {
  const given = Object.entries(fields).filter(([name, value]) => name === 'reason' || value.trim() !== '');
  return Object.fromEntries(
    given.map(([name, value]) => [name, name === 'state' ? value.trim().toUpperCase() : value]),
  );
}

/** What the page of a moment ago showed: by it the next one tells how fast it goes. What makes no sense is nothing. */
export const paceQuery = z
  .object({
    of: z.string(),
    at: z.coerce.number().int(),
    done: z.coerce.number().int().min(0),
    rate: z.coerce.number().min(0).optional(),
  })
  .optional()
  .catch(undefined);
export type PaceBefore = z.infer<typeof paceQuery>;
