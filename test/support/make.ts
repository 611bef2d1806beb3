import { randomInt, randomUUID } from 'node:crypto';
import { confirmationV2 } from '#apps/local/src/direct-file.messages.js';
import type { Stack } from './stack.js';

/** A return with one submission, as the backend registers them. */
export interface MadeReturn {
  taxReturnId: string;
  submissionId: string;
  email: string;
  userId: string;
}

export interface ReturnOptions {
  email?: string | null;
  accountEmail?: string | null;
  language?: string;
  taxYear?: number;
  /** False: the authority's id is not known yet. */
  submissionKnown?: boolean;
}

/** A return that is registered over HTTP, with its submission. */
export async function aReturn(stack: Stack, options: ReturnOptions = {}): Promise<MadeReturn> {
  const made = aName();
  await register(stack, made, options);
  return made;
}

/** A return whose submission nothing took for forty days. @param person what it has in common with another. */
export async function aLostReturn(
  stack: Stack,
  options: ReturnOptions = {},
  person: Partial<MadeReturn> = {},
): Promise<MadeReturn> {
  const made = { ...aName(), ...person };
  await register(stack, made, options);
  const createdAt = new Date(Date.now() - 40 * 86_400_000).toISOString();
  await registered(stack, `/v1/tax-returns/${made.taxReturnId}/submissions/s1`, { createdAt });
  return made;
}

export async function register(stack: Stack, made: MadeReturn, options: ReturnOptions = {}): Promise<void> {
  const {
    email = made.email,
    accountEmail,
    language = 'en',
    taxYear = 2025,
    submissionKnown = true,
  } = options;
  await registered(stack, `/v1/tax-returns/${made.taxReturnId}`, {
    userId: made.userId,
    email,
    accountEmail,
    language,
    taxYear,
  });
  await registered(
    stack,
    `/v1/tax-returns/${made.taxReturnId}/submissions/s1`,
    submissionKnown ? { submissionId: made.submissionId } : {},
  );
}

/** Ids and an address that nobody else has; registers nothing. */
export function aName(): MadeReturn {
  const number = randomInt(1, 2 ** 40);
  return {
    taxReturnId: randomUUID(),
    submissionId: `3333332025035${String(number).padStart(13, '0')}`,
    email: `taxpayer${number}@example.com`,
    userId: randomUUID(),
  };
}

/** The authority has confirmed the submission: a mail is due at once. */
export function submitted(owner: MadeReturn): string {
  return confirmationV2([{ ...owner, eventType: 'Submitted', receiptId: 'R1' }]);
}

/** Ids of a suppression that holds for a day, of the address of a mail that came back for good. */
export async function aSuppression(stack: Stack) {
  const made = { id: randomUUID(), notificationId: randomUUID(), taxReturnId: randomUUID() };
  await stack.sql(
    `INSERT INTO suppressions (id, address_hash, reason, notification_id, tax_return_id, created_at, expires_at)
     VALUES ($1, 'test.hash', 'hard-bounce', $2, $3, now(), now() + interval '1 day')`,
    [made.id, made.notificationId, made.taxReturnId],
  );
  return made;
}

async function registered(stack: Stack, path: string, body: object): Promise<void> {
  const answer = await stack.api('PUT', path, body);
  if (answer.status !== 200)
    throw new Error(`PUT ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}
