import { MOST_AT_ONCE } from '#libs/notifications/index.js';
import { prose } from '../docs/prose.js';

/** The prose of the longer operations of on-call. */

export const resendWords = {
  summary: 'Send a mail again',
  about:
    prose(`What no relay ever accepted is opened again: the same mail, the same Message-ID. What was accepted is sent as a new mail, whose
number \`n\` you name: the next one, so that two people do not both send it. A number that is taken is answered 409.

Refused with the reason (409): what is on its way, what was told, superseded, too late or suppressed, and an unknown outcome, which is
resolved instead. \`override\` overrules those that it names.

Send an \`Idempotency-Key\`, and repeat the call without fear.`),
};

export const resendManyWords = {
  summary: 'Send many mails again, or see first what that would do',
  about:
    prose(`Begin with \`dryRun\`: how many, a sample, and who would be left out and why. Then the same with a \`reason\`.

Each mail is judged again under lock when its turn comes, so what happened between the two is not overlooked, and the numbers of the answer
say what was done. Nothing is sent when more than \`cap\` would be. Parts are committed as they are done: after a timeout send the very
same call with the same \`Idempotency-Key\`, and what is left is done.

**More than ${MOST_AT_ONCE} mails** that a filter finds become a batch: the answer is 202, with its id and its address, and nothing is
sent yet. \`GET /v1/batches/{id}\` has its report: \`ready\` ones would be sent. That of a dry run ends there. Any other is started with
\`POST /v1/batches/{id}/start\`, unless more are ready than \`cap\`, and has a result for each mail.`),
};

export const eraseWords = {
  summary: 'Erase what is kept of a tax return',
  about:
    prose(`Addresses, contents of mails, free text of failures and of the authority, and messages in quarantine. It cannot be undone. What
happened, and who was told when, stays by ids: counts and statuses stay as they are, and nothing that comes again counts twice.

Mails that were not sent yet are withheld. One in a conversation with the relay at this moment ends first: \`complete\` is false
until what is kept of it is erased too, within seconds as a rule. Later events are recorded as ever; their mails have no address until the backend
registers one anew.

Call it again, and you are told the same. What came since is erased then.`),
};

export const unreachableWords = {
  summary: 'List whom no mail reaches, the longest wait first',
  about:
    prose(`Untold, and no address is left: nobody gave one, or each that was given for the mail, for its return or for the account is
suppressed or was refused by the relay for good. A person has to write or to call, and then says so with \`POST /v1/notifications/{id}/resolution\`
and \`told-by-other-means\`. Derived anew each time: another address, or a lifted suppression, takes them off the list.
A page may be short or empty where many others are untold: go on as long as there is a \`next\`.`),
};

export const resolveWords = {
  summary: 'Decide what became of a mail, or say that you told its taxpayer by other means',
  about:
    prose(`Outcome unknown: the connection broke after the whole mail was given to the relay. Look for its Message-ID (the id of the notification, at the
domain of MESSAGE_ID_DOMAIN) in the log of the relay. \`arrived\` needs evidence; \`send-again\` sends the same mail under the same
Message-ID, although it may come twice. Both are for a mail whose outcome is unknown.

\`told-by-other-means\` is for any whose taxpayer is untold: \`context\` says by which means (a letter, a call), \`evidence\` where it can be
looked up. The taxpayer counts as told, and the mail is not sent any more.`),
};
