import { z } from 'zod';
import { mailboxOf, storable, withoutAddresses } from '#libs/platform/index.js';

/** An id that somebody else gave: no white space, and never an e-mail address. */
export const foreignId = z.string().regex(/^[\w.:-]{1,255}$/, 'may hold letters, digits and . _ : - only');

/** An id of our own looks so; one of somebody else's may as well. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** Words for people, kept in plain text: what looks like an e-mail address is taken out, what is too long is cut. */
export const label = (longest: number) =>
  z.string().transform((text) => storable(withoutAddresses(text), longest));

/** Text that things are found by: it is kept as it is, and nothing is found by an address. */
export const soughtText = z
  .string()
  .max(255)
  .refine((text) => withoutAddresses(text) === text, 'holds an e-mail address, by which nothing is found');

/** Free text that is kept sealed, cut where nobody reads on. */
export const freeText = z.string().transform((text) => storable(text, 10_000));

/** A language as people write one: en, es, zh-hans. */
export const languageTag = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a language tag such as en or es');

/** A rejection code, in the members and spelling that the filing client knows. */
export const rejectionCode = z.object({
  MeFErrorCode: foreignId.describe('The rule that the authority found broken, such as F1040-525-03.'),
  TranslationKey: label(128)
    .nullish()
    .describe('Where the client finds its own words; status.reject.<rule> when absent.'),
  MeFDescription: label(4000).nullish().describe("The authority's own words."),
});
export type RejectionCode = z.infer<typeof rejectionCode>;

const NO_ADDRESS = 'is not an e-mail address that mail can be sent to';

/**
 * An address as it may come in: what has one form of its mailbox (`libs/platform/src/mailbox.ts`). The pattern is as much of that as
 * JSON Schema can say everywhere. It is kept as it was written.
 */
export const emailAddress = z
  .string()
  .regex(/^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,253}$/, { error: NO_ADDRESS, abort: true })
  .refine((address) => mailboxOf(address) !== undefined, NO_ADDRESS);

/** Problems of one value that are told at most: nobody reads on, and there may be as many as it has members. */
const MOST_PROBLEMS = 100;

/** Every problem of a value in one line: members and what they should be, never what they are. */
export function problemsOf({ issues }: z.ZodError): string {
  const told = issues
    .slice(0, MOST_PROBLEMS)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ` : '') + issue.message);
  const left = issues.length - told.length;
  return [...told, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}
