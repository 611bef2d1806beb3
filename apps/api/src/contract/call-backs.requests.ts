import { z } from 'zod';
import { SubmissionEventType } from '#libs/platform/index.js';
import { actReason } from './operate.requests.js';
import { MOST_ON_A_PAGE } from './request.terms.js';

export const eventKind = z.enum(SubmissionEventType);

const after = z
  .string()
  .max(100)
  .describe('The `cursor` of an event, or the `nextCursor` of a page: what comes after it is meant.');

export const eventsQuery = z.strictObject({
  after: after.optional().describe('What comes after this. Absent: from the first event that there is.'),
  from: z
    .literal('now')
    .optional()
    .describe('Instead of `after`: no event, and the cursor behind all that there are.'),
  limit: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(100).describe('Events of a page.'),
});

export const callBackPath = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'takes 1 to 64 small letters, digits and - between them');

export const callBackBody = z
  .strictObject({
    url: z.string().describe('Where it is told: https, on a host that CALL_BACK_HOSTS allows.'),
    kinds: z.array(eventKind).max(20).default([]).describe('What it is told of. None: everything.'),
    reason: actReason.optional(),
  })
  .meta({
    id: 'CallBackRegistration',
    examples: [{ url: 'https://returns.example.gov/told', kinds: ['accepted', 'rejected'] }],
  });

export const callBackAct = z
  .strictObject({ reason: actReason })
  .meta({ id: 'CallBackAct', examples: [{ reason: 'the endpoint is back' }] });

export const callBackReplay = z
  .strictObject({ after, reason: actReason })
  .meta({ id: 'CallBackReplay', examples: [{ after: 'ZS45MTIuNDQ', reason: 'our copy was lost' }] });
