import { prose } from '../docs/prose.js';

/** The prose of these operations. */

export const eventsWords = {
  summary: 'Read what happened, from a cursor',
  about:
    prose(`Events of submissions, each once, in an order in which nothing turns up behind your back: keep \`nextCursor\` and go on from it, now
or in a year. While \`more\` is true there is more already; else ask again in a while.

An event is given when every transaction that began before its own has ended: usually at once, and as long after as the slowest of
them takes. So it may be late by that, and is never left out. \`status\` is that of the return when you read.

To begin with what is new, ask with \`from=now\` once. To be called instead of asking: \`PUT /v1/call-backs/{name}\`.`),
};

export const registerWords = {
  summary: 'Be called when something happens',
  about: prose(`From now on each event of these kinds is sent to \`url\`, at least once, signed as
[Standard Webhooks](https://www.standardwebhooks.com) says: verify it with one of its libraries and the \`secret\`, which is answered this
once. A 2xx means that you have it; anything else is tried again, as \`webhook-id\` says the same event. Answer first and work later: a call
may take ten seconds. 410 ends the calls; 429 and 503 with \`Retry-After\` put them off.

201: it is new. 200: it was there, and goes on where it was, with this address and these kinds. Who lost the secret asks for another.`),
};

export const resumeWords = {
  summary: 'Let it go on now',
  about:
    prose(`Whether it was stopped by a 410 or waits since it fails: the next call is made at once, and each event that was put aside, given up or
not, is tried again.`),
};

export const replayWords = {
  summary: 'Tell it again from a cursor',
  about:
    prose(`All that comes after the cursor is sent, also what was sent before, under the same \`webhook-id\`. What is aside stays so. Going forward
works as well: what lies between is not told.`),
};
