import { statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { aName, aReturn, register, submitted } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import type { Stack } from '../support/stack.js';

/** Taxpayers by how it went for them. */
export interface Night {
  told: MadeReturn;
  refused: [MadeReturn, MadeReturn];
  /** The relay has the mail, and nobody knows. */
  perhaps: MadeReturn;
  unreachable: MadeReturn;
  /** Not registered, and a message about it waits. */
  early: MadeReturn;
}

/** A bad night: mails that were refused, one that perhaps arrived, one without an address, messages that could not be applied. */
export async function aNight(stack: Stack): Promise<Night> {
  const [told, perhaps] = [await aReturn(stack), await aReturn(stack)];
  const refused: Night['refused'] = [await aReturn(stack), await aReturn(stack)];
  const unreachable = await aReturn(stack, { email: null });
  const early = aName();
  for (const { email } of refused)
    stack.mailbox.answer({ at: 'rcpt', to: email, code: 550, text: '5.1.1 no such user here', times: 1 });
  stack.mailbox.drop({ at: 'after-data', to: perhaps.email, keep: true });
  await stack.putAll('confirmation', [told, perhaps, unreachable, ...refused].map(submitted));
  await stack.put('confirmation', 'neither JSON nor anything');
  await stack.put('statusChange', statusChangeV1({ rejected: [early.submissionId] }));
  await stack.idle();
  return { told, refused, perhaps, unreachable, early };
}

/** The id of a submission that nothing took, forty days old; of a person who has others, where one is named. */
export async function aLostSubmission(stack: Stack, userId = 'u1'): Promise<string> {
  const made = { ...aName(), userId };
  await register(stack, made, { taxYear: 2025 });
  const createdAt = new Date(Date.now() - 40 * 86_400_000).toISOString();
  await stack.api('PUT', `/v1/tax-returns/${made.taxReturnId}/submissions/s1`, { createdAt });
  return made.submissionId;
}
