import { prose } from '../docs/prose.js';

/** The prose of what is done with lists of returns. */

export const makeWords = {
  summary: 'Bring a list of returns, or say which it is',
  about:
    prose(`Nothing is sent by that: the list is read and each row is looked at. \`GET /v1/batches/{id}\` then says how many will be mailed, and how
many will not and why; \`POST /v1/batches/{id}/start\` runs it.

**A list.** Send it as \`text/csv\`, of any length and as a spreadsheet or a log search writes it, with \`action\` in the query. It is
written down while it comes. One that breaks off ends as \`refused\`, and is to be sent again.

**Which it is.** As JSON, either a \`filter\` over what the service knows, or the \`s3Uri\` of an object.

202 says that the batch is there, not that it can be run. A list without a usable row, or that cannot be read, is \`refused\` with the
reason. So is one that holds what an earlier one held, of the same action and incident: \`sameAs\` names that one, and nothing is done
twice. So a list needs no \`Idempotency-Key\`.`),
};

export const batchesWords = {
  summary: 'List batches, newest first',
  about: 'With how far each has come. What became of the mails of one is counted when you look at that one.',
};

export const readWords = {
  summary: 'See how far a batch has come',
  about:
    prose(`\`counts\` has how many rows are in each outcome now, and what became of the mails. The rows that are looked at are in one outcome each;
\`ready\` ones become \`applied\` as they are run. \`GET /v1/notifications?batchId=…\` lists its mails.`),
};

export const samplesWords = {
  summary: 'Look at its first mails, before they are sent',
  about:
    prose(`Its report, and three of its mails as their readers will get them, each in the language of its reader. Whoever approves the batch names
their \`revision\`, so that what is approved is what was looked at. As for mails that were sent, a key needs the scope \`mails\`.`),
};

export const resultsWords = {
  summary: 'Take the result of every row as CSV',
  about:
    prose(`As far as it has come, in the order of the list; \`row\` is the line of the file on which the row begins. Where no return is known,
\`taxReturnId\` is what stands there. \`standing\` is that of the mail. Ids and reasons, no addresses; nothing in it is run by a spreadsheet.`),
};

export const remainingWords = {
  summary: 'Take the rows that were not run as CSV',
  about:
    'A list that can be brought again as it is: what is left after a batch was ended, or while it waits.',
};

const repeat =
  'It answers the batch as it is then. Refused (409) when the batch is not in a state for it: the detail says in which it is. Send an `Idempotency-Key`, and repeat the call without fear.';

export const approveWords = {
  summary: 'Approve a large batch that somebody else made',
  about:
    prose(`Above BATCH_APPROVAL_ABOVE rows nothing runs without that. \`GET /v1/batches/{id}/samples\` shows its report and three of its mails, with
the \`revision\` that is sent here as \`seen\`. Where it would send something else by now, that is refused (409): look at it again. Whoever made
it, by the key, cannot approve it. ${repeat}`),
};

export const startWords = {
  summary: 'Start it',
  about: `Workers run it, a chunk at a time, each row once. Each row is looked at again when its turn comes. ${repeat}`,
};

export const pauseWords = {
  summary: 'Pause it',
  about: `When this is answered no further row is run, and no further mail begins. Mails that are being sent go. ${repeat}`,
};

export const resumeWords = {
  summary: 'Let it go on where it was',
  about: `Also one that stopped by itself. Mails that were held back go on at once. ${repeat}`,
};

export const abortWords = {
  summary: 'End it',
  about: `What was run stays. Mails that have not begun are not sent: their rows say \`batch-aborted\`, and they can be re-sent. The rest is in \`remaining.csv\`. ${repeat}`,
};

export const rateWords = {
  summary: 'Say how fast it runs',
  about: `Also while it runs. ${repeat}`,
};
