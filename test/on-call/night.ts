import { statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { aLostReturn, aName, aReturn, submitted } from '../support/make.js';
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

/** One person's submissions. */
export interface Thrice {
  kept: MadeReturn;
  lost: MadeReturn;
  /** Somebody tried to mend it, in vain. */
  tried: MadeReturn;
}

/** A person who sent three times while the site was slow: one arrived, two did not. */
export async function aThrice(stack: Stack): Promise<Thrice> {
  const kept = await aReturn(stack);
  const { userId } = kept;
  const [lost, tried] = [await aLostReturn(stack, {}, { userId }), await aLostReturn(stack, {}, { userId })];
  const remediations = `/v1/submissions/${tried.submissionId}/remediations`;
  const context = 'Sent on paper with the batch of 3 May';
  const { body } = await stack.api<{ id: string }>('POST', remediations, { context, evidence: 'OPS-1234' });
  await stack.api('POST', `/v1/remediations/${body.id}/unsuccessful`, { context: 'The paper came back' });
  await stack.put('confirmation', submitted(kept));
  await stack.idle();
  return { kept, lost, tried };
}
