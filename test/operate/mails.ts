import { eventually } from '../support/eventually.js';
import type { MadeReturn } from '../support/make.js';
import type { Stack } from '../support/stack.js';

/** A mail as a caller sees it. */
export interface ShownMail {
  id: string;
  taxReturnId: string;
  template: string;
  occurrence: string;
  state: string;
  reason: string | null;
  standing: string;
  attempt: number;
}

/** The mails of a return, the newest first. */
export async function mailsOf(stack: Stack, { taxReturnId }: MadeReturn): Promise<ShownMail[]> {
  const { body } = await stack.api<{ items: ShownMail[] }>(
    'GET',
    `/v1/notifications?taxReturnId=${taxReturnId}`,
  );
  return body.items;
}

/** The mail of a template, once it is in a state. */
export function mailIn(stack: Stack, owner: MadeReturn, template: string, state: string): Promise<ShownMail> {
  return eventually(
    async () =>
      (await mailsOf(stack, owner)).find((mail) => mail.template === template && mail.state === state),
    { because: `a '${template}' mail in the state ${state}` },
  );
}

/** What arrived for a return. */
export function arrivedFor(stack: Stack, { email }: MadeReturn) {
  return stack.mailbox.mails.filter(({ to }) => to.includes(email));
}

export async function say(
  stack: Stack,
  { taxReturnId, submissionId }: MadeReturn,
  status: string,
): Promise<void> {
  await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });
}

/** What people did to an item, oldest first. */
export function trailOf(stack: Stack, target: string) {
  return stack.sql<{ actor: string; action: string; reason: string; before: object; after: object }>(
    'SELECT actor, action, reason, before, after FROM audit_trail WHERE target = $1 ORDER BY sequence',
    [target],
  );
}
