import type { NotificationReason } from '../send/notification.reason.js';

/** What a reason means to somebody who is woken by it, and what to do now. Null: nothing is to be done. */
export interface ReasonWords {
  sentence: string;
  todo: string | null;
}

const wait = 'Nothing now: it is tried again by itself. If all mails fare like this, look at the relay.';

/** Words for each reason that a notification or a delivery can have. Total over the closed list: the compiler counts. */
export const REASON_WORDS: Record<NotificationReason, ReasonWords> = {
  'too-late': {
    sentence:
      'whoever asked for it named an instant after which it is not to be sent, and its turn came later',
    todo: 'Ask its caller whether it is still wanted. If so, re-send it with the override `too-late`.',
  },
  'superseded-by-acceptance': {
    sentence: 'the return was accepted meanwhile, so it was no longer true',
    todo: null,
  },
  'superseded-by-rejection': {
    sentence: 'the submission was rejected meanwhile, so it was no longer true',
    todo: null,
  },
  'superseded-by-resolution': {
    sentence: 'the failure was repaired meanwhile, so it was no longer true',
    todo: null,
  },
  'superseded-by-submission': {
    sentence: 'the return was submitted again meanwhile, so there was nothing to remind of',
    todo: null,
  },
  'superseded-by-resend': {
    sentence: 'a person sent it again as a new mail, which counts in its place',
    todo: null,
  },
  'superseded-by-other-means': {
    sentence: 'a person told the taxpayer by other means, which counts in its place',
    todo: null,
  },
  'batch-aborted': {
    sentence: 'somebody ended its batch before its turn came, so it was not sent',
    todo: 'If it is true all the same, re-send it; `--batch` re-sends all of its batch. Else resolve it, or tell the taxpayer by other means.',
  },
  erased: {
    sentence: "somebody asked that its return's data be erased before its turn came, so it was not sent",
    todo: 'If the taxpayer must be told all the same, do so by other means and say so, or let the backend register an address and ask for the mail anew.',
  },
  suppressed: {
    sentence: 'its address bounced for good or complained before, so nothing is sent to it',
    todo: 'Let the backend register another address, or lift the suppression, then re-send it.',
  },
  'no-address': {
    sentence: 'nobody has given an address',
    todo: 'Let the backend register an address of the return (PUT /v1/tax-returns/{id}): the mail is sent by itself then.',
  },
  unreadable: {
    sentence: 'its address or its contents cannot be decrypted: their key is not among ENCRYPTION_KEYS',
    todo: 'Put the key back among ENCRYPTION_KEYS, restart the workers, and re-send it.',
  },
  'not-renderable': {
    sentence:
      'the template does not take what it was to be filled with; the log of the worker names the member',
    todo: 'Mend the template or the context, deploy, and re-send it.',
  },
  'recipient-refused': {
    sentence: 'the relay refuses this recipient for good',
    todo: 'Ask the backend for another address and let it register that, then re-send it.',
  },
  'message-refused': {
    sentence: 'the relay refuses this message for good, whoever the recipient',
    todo: 'Read its answer: size, content or sender policy. Mend that, then re-send it.',
  },
  'relay-unreachable': { sentence: 'the relay could not be reached; nothing was sent', todo: wait },
  'relay-full': { sentence: 'the relay takes nothing of anybody right now; nothing was sent', todo: wait },
  'relay-busy': {
    sentence: 'the relay did not take this mail now and asks to try again; nothing was sent',
    todo: wait,
  },
  'relay-refused': {
    sentence: 'the relay does not serve us, whoever the recipient; nothing was sent',
    todo: 'Look at user, password and sender policy of SMTP_URL. It is tried again by itself meanwhile.',
  },
  'relay-out-of-step': {
    sentence:
      'before the mail went out the relay gave an answer that fits none of our commands; nothing was sent',
    todo: 'Nothing now: it is tried again by itself over another connection. If it goes on, look for what answers in the place of the relay.',
  },
  'too-many-tries': {
    sentence: 'it was given up after RETRY_MAX_ATTEMPTS answers that deferred it; nothing was sent',
    todo: 'Read the last answer of the relay, mend its cause, then re-send it.',
  },
  'too-old': {
    sentence:
      'it was given up at the age of RETRY_MAX_AGE, after the relay had deferred each try; nothing was sent',
    todo: 'Read the last answer of the relay, mend its cause, then re-send it.',
  },
  'unclear-answer': {
    sentence:
      'the relay had the mail and gave an answer that is neither yes nor no, or more than one, so nobody can know whether it arrived',
    todo: 'Look for its Message-ID in the log of the relay, then resolve it: told, or send again.',
  },
  'lost-after-data': {
    sentence: 'the connection broke after the whole mail was given to the relay: it may have arrived',
    todo: 'Look for its Message-ID in the log of the relay, then resolve it: it arrived, or send it again.',
  },
  'worker-lost': {
    sentence: 'the worker that held it died',
    todo: 'If it is unknown, look for its Message-ID in the log of the relay and resolve it. If it failed, look why workers die, then re-send it.',
  },
  'unknown-resend': {
    sentence:
      'it may have arrived, and UNKNOWN_RESEND_AFTER says that this template is sent again all the same',
    todo: null,
  },
  'confirmed-by-person': {
    sentence: 'its outcome was unknown, and a person found out that it arrived',
    todo: null,
  },
  receipt: {
    sentence: 'what came back later shows that the relay had taken it',
    todo: null,
  },
};

/** Words for a reason as it stands in a row, which may be of another release. */
export function wordsFor(reason: string): ReasonWords {
  return isKnown(reason)
    ? REASON_WORDS[reason]
    : {
        sentence: `the reason is \`${reason}\``,
        todo: 'This release has no words for it: look into the release notes.',
      };
}

function isKnown(reason: string): reason is NotificationReason {
  return Object.hasOwn(REASON_WORDS, reason);
}
