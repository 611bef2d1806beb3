import { z } from 'zod';
import { LASTS, NEEDS, OVERRIDABLE, TEMPLATES } from '#libs/notifications/index.js';
import type { MailFilter } from '#libs/notifications/index.js';
import { QuarantineKind } from '#libs/platform/index.js';

/** A field that was left empty asks for nothing. What makes no sense is refused: a wrong filter must not become none. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** As a browser writes a time, without a zone: all times here are UTC. */
const utc = z.iso
  .datetime({ local: true, error: 'is not a time in UTC like 2026-04-15T03:00' })
  .transform((text) => new Date(text.endsWith('Z') ? text : `${text}Z`));

const reason = optional(z.string().regex(/^[a-z-]{1,60}$/, 'is not one of the reasons'));

/** Which mails: all that need somebody where no need is named. */
const filter = {
  need: optional(z.enum(NEEDS)),
  template: optional(z.enum(TEMPLATES)),
  reason,
  batch: optional(z.guid()),
  incident: optional(z.string().trim().max(255)),
  since: optional(utc),
  until: optional(utc),
  taxReturn: optional(z.guid()),
};

/** Behind which of them a list goes on. */
export const listQuery = z.object({ cursor: z.string().optional() });
export type ListQuery = z.infer<typeof listQuery>;

/** What /ops shows. All of it lies in its address, so that a link shows a colleague the same. */
export const onCallQuery = z.object({
  ...filter,
  last: z.enum(LASTS).catch('24h'),
});
export type OnCallQuery = z.infer<typeof onCallQuery>;

const several = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(schema).max(MOST_CHOSEN));

/** Mails or messages that somebody may choose one by one. */
const MOST_CHOSEN = 500;

/** Which mails a re-send is about: those that were chosen, or all that the filter finds, which must be said. */
export const resendQuery = z
  .object({
    ...filter,
    id: several(z.guid()),
    all: z.literal('yes').optional(),
    override: several(z.enum(OVERRIDABLE)),
  })
  .refine(({ id, all }) => id.length > 0 || all === 'yes', {
    path: ['id'],
    message: 'no mail is chosen: go back, choose some, or take all that the filter finds',
  });
export type ResendQuery = z.infer<typeof resendQuery>;

/** Which parked messages the list shows. */
export const parkedQuery = z.object({
  kind: optional(z.enum(QuarantineKind)),
  reason,
  taxReturn: filter.taxReturn,
});
export type ParkedQuery = z.infer<typeof parkedQuery>;

/** The same, and which of them are to be replayed. */
export const replayForm = parkedQuery.extend({
  id: several(z.guid()),
  which: z.enum(['selected', 'all']),
  until: filter.until,
});

/** An address with a query; what is absent is left out. */
export function addressOf(path: string, query: Record<string, string | Date | undefined>): string {
  const fields = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, fieldOf(value)]],
  );
  const text = new URLSearchParams(fields).toString();
  return text ? `${path}?${text}` : path;
}

/** A value as a field of a form has it. */
export function fieldOf(value: string | Date): string {
  return value instanceof Date ? value.toISOString().slice(0, 23) : value;
}

/** The same mails as a file. */
export function csvAddress(query: OnCallQuery): string {
  const { since, until, ...filter } = mailFilterOf(query);
  const times = { since: since?.toISOString(), until: until?.toISOString() };
  return addressOf('/v1/notifications.csv', { ...filter, ...times, ids: undefined });
}

/** The same mails for the services. */
export function mailFilterOf(query: Omit<OnCallQuery, 'last'>): MailFilter {
  const { need, template, reason, taxReturn, batch, incident, since, until } = query;
  const mails = { template, reason, taxReturnId: taxReturn, batchId: batch, incident, since, until };
  return { need: need ?? 'any', ...mails };
}

/** The mails of a re-send. What was chosen one by one is taken whatever its standing: the rules say what speaks against it. */
export function resendFilterOf(query: ResendQuery): MailFilter {
  return query.id.length > 0 ? { ids: query.id } : mailFilterOf(query);
}
