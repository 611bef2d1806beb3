import type { QuarantineKind } from '#libs/platform/index.js';
import type { Waiting } from '../receipts/receipt.ledger.js';

/** What to do now with entries of a kind, where their reason asks for nothing of its own. */
const BY_KIND: Record<QuarantineKind, string> = {
  unreadable:
    'Read what is wrong with it, let its sender mend it or deploy a fix, then replay it. Dismiss what is not for us.',
  refused: 'Mend the cause, then replay it. Dismiss what no replay will ever apply.',
  unmatched:
    'Nothing, if it is young: it is applied by itself. If it is old, let what it waits for be registered.',
};

/** What to do with receipts, whose mail nobody can register, and with what came on a queue that nothing here reads. */
const BY_REASON: Record<string, string> = {
  'unknown-notification':
    'Nothing, if it is young: it is applied by itself. If it is old, its mail was erased, or another service sends under our MESSAGE_ID_DOMAIN: dismiss it.',
  'awaits-delivery':
    'Nothing, if it is young: it is applied by itself. If it is old, open its mail and look why its sending does not end.',
  'never-handed-over':
    "Open its mail and look for it in the relay's log: the provider had it, and no try here says so. It is applied by itself once a try does. Dismiss it when the mail needs nothing more.",
  'names-no-mail': 'Let the provider include the original headers and bring it again, then dismiss this one.',
  'unknown-action':
    'Read what the other server said. If the mail came back, re-send it or ask the backend for another address; then dismiss this.',
  'no-report':
    'Read it: a person or a program wrote about the mail. If it came back, re-send it or ask the backend for another address; then dismiss this.',
  'names-several-mails': 'Nobody can tell which mail it is about: dismiss it.',
  'no-door':
    'Give its queue the name again that it came by, or deploy a version that reads this queue; then replay it. Dismiss what is not for us.',
  'other-bucket':
    'Dismiss it, and let the notifications of that bucket go elsewhere; or correct BATCH_BUCKET and BATCH_PREFIX, then replay it.',
  'unusable-name': 'Give the object another name and put it there again, then dismiss this.',
  'not-ours': 'Dismiss it, and let whoever hands receipts on leave out those of other senders.',
} satisfies Record<Waiting, string> & Record<string, string>;

/** What to do now with what is parked for this reason, in words. */
export function parkedTodo({ kind, reason }: { kind: QuarantineKind; reason: string }): string {
  return BY_REASON[reason] ?? BY_KIND[kind];
}
