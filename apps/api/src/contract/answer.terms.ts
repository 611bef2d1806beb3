/** What we answer, here and in the `.answers` files, is what /docs shows and what the client is typed by. A test holds real answers against it. */

import { z } from 'zod';
import { OUTCOMES } from '#libs/notifications/index.js';

export const id = z.uuid();
export const time = z.iso.datetime();
export const word = z.string();

const problemMember = z.object({
  pointer: word.optional().describe('Where in the body, as a JSON Pointer (RFC 6901).'),
  parameter: word.optional().describe('The parameter, when it is none of the body.'),
  in: z.enum(['query', 'path', 'header']).optional(),
  detail: word.describe('What is wrong, without the value.'),
});

export const problem = z
  .object({
    type: word.describe('Leads to a page that says what to do, such as /problems/invalid-request.'),
    title: word,
    status: z.int(),
    detail: word.describe('What is wrong with this request, and what to do.'),
    errors: z.array(problemMember).optional().describe('Every member and parameter at fault, at once.'),
    requestId: word
      .optional()
      .describe(
        'What our log calls this request, as the header `X-Request-Id`. Name it when you ask about it.',
      ),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

export const outcome = {
  outcome: z
    .enum(OUTCOMES)
    .describe(
      'applied: it counts. duplicate: it did before. parked: it waits for its tax return or submission. refused: it never will.',
    ),
  reason: word.optional().describe('One of a closed list.'),
  detail: word.optional().describe('The reason in a sentence.'),
};

export const index = z.int().describe('Place in the list, or the line; the first is 0.');

export const counts = z.object({
  lines: z.int().describe('Lines read, blank ones left out.'),
  outcomes: z.record(z.string(), z.int()).describe('How many lines ended in each way.'),
});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: word.nullable().describe('Null on the last page.'),
    next: word.nullable().describe('The next page with the same filters, as a path of this service.'),
  });
