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
same call with the same \`Idempotency-Key\`, and what is left is done.`),
};

export const resolveWords = {
  summary: 'Decide what became of a mail whose outcome is unknown',
  about:
    prose(`The connection broke after the whole mail was given to the relay. Look for its Message-ID (the id of the notification, at the
domain of MESSAGE_ID_DOMAIN) in the log of the relay. \`arrived\` needs evidence; \`send-again\` sends the same mail under the same
Message-ID, although it may come twice.`),
};
