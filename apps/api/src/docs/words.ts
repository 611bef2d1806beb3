import { prose } from './prose.js';

/** The prose of the longer operations. Each says what happens, what may be repeated, and where to look next. */

const stream = `
**A stream.** With \`Content-Type: application/x-ndjson\` the body is one JSON object a line, as many as you like. Lines are committed a
few hundred at a time while you send, and answered line by line with their \`index\`; a line that cannot be used is answered with its
problem and the rest goes on. The service reads no faster than it commits, so read the answer while you send, or send
\`Prefer: return=minimal\` to be answered problems only. The last line counts: when it is missing, the stream broke off.

**Idempotency-Key.** With it each line is known by key and place. A stream that broke off may simply be sent again, whole, with the same
key: what is there already is answered and not doubled. (A stream's answer is not kept, so \`Idempotency-Replayed\` is never set.)`;

export const askWords = {
  summary: 'Ask for one mail, or for many',
  about:
    prose(`Asks for a mail that no event makes due: a reminder, a survey. 202 means that it is committed; it is sent by the workers, and
\`GET /v1/notifications/{id}\` shows what becomes of it.

A mail is unique by \`(taxReturnId, template, occurrence)\`, for ever: asking again answers its id with \`created: false\` and sends nothing.
Without an \`occurrence\` the submission is one; without a submission each call is, so send an \`Idempotency-Key\` and repeat the call
without fear.

**A list.** A JSON list of up to 1000 is answered with an outcome for each entry; a bad one does not keep the others.
${stream}`),
};

export const streamWords = {
  summary: 'Be told of the status of a tax return',
  about:
    prose(`Server-sent events: the status now, then again at each change, from the moment that it is committed. The \`id\` of an event is the
\`ETag\` of that answer. Come again with it as \`Last-Event-ID\`, as clients of such streams do by themselves: nothing is sent when nothing
has changed, and the newest state at once when something has. States in between are left out, for a stream that was away as for a
caller that reads slowly.

It ends when its key does, or when the process stops: come again after the milliseconds that \`retry\` names. A comment now and then says
that it is alive.`),
};

export const listWords = {
  summary: 'List mails, newest first',
  about:
    prose(`All filters may be combined. \`standing=failure\` finds who was not told: failed, unknown, without an address, or overdue.

Follow \`next\` until it is null. Mails that are asked for while you walk do not shift the pages: each mail that was there when you began
is found exactly once.`),
};

export const readWords = {
  summary: 'See what became of a mail',
  about: prose(`With each try and the relay's answer. Addresses and contents are never shown.`),
};

export const confirmWords = {
  summary: 'Say what happened to submissions',
  about:
    prose(`Takes one SubmissionStatusMessage, or a list of up to 1000: the same message and the same door as the queue
\`submission-confirmation-queue\` ([its schema](/docs/schemas/SubmissionStatusMessage.json)). 202 means that all of it is committed.

Each entry has its own outcome: \`applied\`; \`duplicate\` (it counted before); \`parked\` until its tax return or submission is registered;
\`refused\` with the reason. One message alone that is refused is answered with 422. Unknown members are ignored. An event that happens once counts once however often it is sent; a failure counts
once for each Idempotency-Key and place.
${stream}`),
};

export const receiptWords = {
  summary: 'Bring in a bounce, a complaint or a delivery',
  about:
    prose(`One document a call, as it comes: from SES (a feedback notification or an event), by itself or in an envelope of SNS, whose signature
is checked; or, as \`message/rfc822\`, the mail that a relay sends back (RFC 3464) or a feedback loop's complaint (ARF, RFC 5965). SNS
subscribes to this very URL, with the key as the password of HTTP Basic; the queue \`mail-receipts\` takes the same documents.

Repeat it without fear: a receipt counts once, in whatever order receipts come. \`parked\`: its mail is not known yet, or still in the
hands of a worker. \`refused\` documents are kept in quarantine with the reason.`),
};

export const suppressionWords = {
  summary: 'List the addresses that nothing is sent to, newest first',
  about:
    prose(`Without the addresses. With \`taxReturnId\`, those of the addresses of that return, whichever mail brought them about.
They end by themselves at \`expiresAt\`.`),
};

export const liftWords = {
  summary: 'Let mails go to an address again',
  about:
    prose(`Needs a reason, which goes into the audit trail. Mails that were withheld meanwhile stay so until somebody re-sends them.
Lifting one that is lifted changes nothing. A provider may have a list of its own, which this does not change.`),
};
