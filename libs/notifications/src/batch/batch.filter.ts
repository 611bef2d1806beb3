import { z } from 'zod';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import type { MailFilter } from '../standing/mail.filter.js';
import { soughtText } from '../terms/fields.js';
import { instant } from '../terms/instants.js';
import { isTemplate } from '../terms/mail.kinds.js';

/** Returns without a submission, begun from one instant on and before another. */
export interface CreatedBetween {
  from: string;
  to: string;
}

/** Which of the returns that the service knows are on the list, where nobody brings one. */
export const batchFilter = z
  .object({
    failureCategory: soughtText.optional().describe('Returns with a failure of this category.'),
    failureDetail: soughtText.optional().describe('And of this detail.'),
    template: z
      .string()
      .refine(isTemplate, 'is no template')
      .optional()
      .describe('Returns that a mail of this template was due to.'),
    incident: soughtText.optional().describe('Of what was recorded under this incident.'),
    since: instant.optional().describe('Of what was recorded from this instant on.'),
    until: instant.optional().describe('Of what was recorded before this instant.'),
  })
  .strict()
  .refine(
    (filter) =>
      [filter.failureCategory, filter.failureDetail, filter.template, filter.incident].some(
        (one) => one !== undefined,
      ),
    'must name at least a failure category, a detail, a template or an incident, or everybody would be on the list',
  );

export type BatchFilter = z.infer<typeof batchFilter>;

/** What is kept of either, as JSON. */
export type KeptFilter =
  | { kind: 'known'; filter: BatchFilter }
  | { kind: 'unsubmitted'; between: CreatedBetween }
  | { kind: 'mails'; filter: KeptMailFilter }
  | { kind: 'parked'; filter: KeptParkedFilter };

/** Of a filter that is kept the instants are texts. */
type Kept<Filter> = Omit<Filter, 'since' | 'until'> & { since?: string; until?: string };
export type KeptMailFilter = Kept<MailFilter>;
export type KeptParkedFilter = Kept<QuarantineFilter>;

/** A filter as it is kept. What comes after now is not meant. */
export function keptOf<Filter extends { since?: Date; until?: Date }>(filter: Filter): Kept<Filter> {
  const { since, until = new Date(), ...rest } = filter;
  return { ...rest, since: since?.toISOString(), until: until.toISOString() };
}

/** One that was kept, as it was given. */
export function givenOf<Filter>({ since, until, ...rest }: Kept<Filter>) {
  return { ...rest, since: since ? new Date(since) : undefined, until: until ? new Date(until) : undefined };
}
