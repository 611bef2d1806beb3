import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { isTooDeep, TOO_DEEP, unstorableIn } from '#libs/platform/index.js';
import { NotificationService } from '../request/notification.service.js';
import type { AskedMail } from '../request/mail.asks.js';
import { foreignId } from '../terms/fields.js';
import { wantedUntil } from '../terms/instants.js';
import { templateByName, TEMPLATES } from '../terms/mail.kinds.js';

export const templateName = z
  .string()
  .refine((name) => templateByName(name) !== undefined, `must be one of ${TEMPLATES.join(', ')}`)
  .describe(`One of ${TEMPLATES.join(', ')}, or the name that Direct File uses.`);

/** What our own callers ask for, whatever it comes by: over HTTP, or as a line of a file. */
export const notificationAsk = z.strictObject({
  taxReturnId: z.guid().toLowerCase(),
  template: templateName,
  submissionId: foreignId.optional().describe("The authority's id of the submission that it is about."),
  occurrence: foreignId
    .optional()
    .describe('What makes this mail another one than the last of its template; the submission when absent.'),
  context: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("What the template is filled with, by the template's own schema. Kept encrypted."),
  notAfter: wantedUntil.optional().describe('Not to be sent after this instant.'),
  batchId: z
    .guid()
    .toLowerCase()
    .optional()
    .describe('A name of your own for those that you ask for together, to find them by. Decides nothing.'),
});

/** As much of it as tells whether the template would take the context. */
const templateAndContext = z.object({
  template: notificationAsk.shape.template,
  context: notificationAsk.shape.context,
});

/** What is wrong with an ask: where, and a sentence without values. */
type AskIssue = Pick<z.core.$ZodIssue, 'path' | 'message'>;

/** Reads what asks for a mail, and checks all of it: members, and whether the template would take the context. */
@Injectable()
export class AskReader {
  constructor(private readonly notifications: NotificationService) {}

  /** Everything at fault at once, so that all of it can be mended at once. */
  read(value: unknown): { asked: Omit<AskedMail, 'source'> } | { issues: AskIssue[] } {
    if (isTooDeep(value)) return { issues: [{ path: [], message: TOO_DEEP }] };
    const read = notificationAsk.safeParse(value);
    // Asked of the template also when other members are at fault.
    const asked = read.success ? read.data : templateAndContext.safeParse(value).data;
    const issues: AskIssue[] = [
      ...unstorableIn(value),
      ...(read.error?.issues ?? []),
      ...(asked ? this.issuesOfContext(asked) : []),
    ];
    if (!read.success || issues.length > 0) return { issues };
    const { template, context, ...members } = read.data;
    return { asked: { ...members, ...named(template, context), context } };
  }

  private issuesOfContext({ template, context = {} }: z.infer<typeof templateAndContext>): AskIssue[] {
    return this.notifications
      .problems({ ...named(template, context), context })
      .map((message) => ({ path: ['context'], message }));
  }
}

/** Direct File's names say the stage; with our own name the context may. */
function named(name: string, context: Record<string, unknown> = {}) {
  const known = templateByName(name);
  if (!known) throw new Error('the schema let a template through that is not known');
  const { stage } = context;
  return { ...known, stage: known.stage ?? (stage === 'pre' || stage === 'post' ? stage : undefined) };
}
