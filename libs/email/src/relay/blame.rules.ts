import { statusCodeIn } from './status.code.js';

/** How far a conversation had come when the relay said no. `start`: greeting, encryption, signing in. */
export type SmtpStep = 'start' | 'mail' | 'rcpt' | 'data' | 'body';

/** Whom a refusal for good is about: this recipient, this message, or us, whoever the recipient. */
export type Blamed = 'recipient' | 'message' | 'us';

/**
 * Whose fault a refusal is: by its enhanced status code, else by the step and the words of common relays. Relays put off what they
 * have against the client and the sender until a recipient is named (Postfix does by default), so a no at RCPT alone says little.
 */
export function blamed(step: SmtpStep, response: string): Blamed {
  if (step === 'start') return 'us';
  switch (statusCodeIn(response)?.subject) {
    case 'address':
    case 'mailbox':
    case 'route':
      return step === 'mail' ? 'us' : 'recipient';
    case 'sender':
    case 'system':
      return 'us';
    case 'size':
      return 'message';
    case 'content':
      // Nobody has seen the content yet: it is what this recipient can read.
      return step === 'rcpt' ? 'recipient' : 'message';
    case 'policy':
    case 'protocol':
      return step === 'body' ? 'message' : 'us';
    case undefined:
      return byStep(step, response);
  }
}

function byStep(step: SmtpStep, response: string): Blamed {
  if (step === 'body') return 'message';
  if (step !== 'rcpt') return 'us';
  return CLIENT_CODES.test(response) || CLIENT_WORDS.some((words) => words.test(response))
    ? 'us'
    : 'recipient';
}

/** Codes that no address can be the reason of: what we said, in which order, and who we are (RFC 5321, 4954, 7504). */
const CLIENT_CODES = /^(?:500|502|503|521|530|535|538)\b/;

/** What Postfix, Exim, Sendmail, Exchange, qmail and the large providers say at RCPT of a client or a sender that they do not serve. */
const CLIENT_WORDS = [
  /\brelay(?:ing)?\b.{0,40}\b(?:denied|not (?:permitted|allowed)|prohibited|disallowed|refused)\b/i,
  /\b(?:not (?:permitted|allowed|authori[sz]ed)|unable|cannot|refuse[sd]?|do not|don't) (?:to )?relay/i,
  /\bwe do not relay\b|\brcpthosts\b/i,
  /\bsender (?:address|verify|verification|domain|not)\b|\bdomain of sender\b|\bsend as this sender\b/i,
  /\b(?:client|helo|ehlo)\b.{0,40}\b(?:rejected|denied|blocked|refused|permissions)\b/i,
  /\b(?:reverse (?:dns|hostname|lookup)|ptr record|not owned by user)\b/i,
  /\b(?:dns|block|black)(?:-| )?(?:list|listed|bl|lists)\b|\bdnsbl\b|\brbl\b|\bspamhaus\b|\bblocked using\b|\bpoor reputation\b/i,
  /\bauthenti?cat(?:ion|e|ed)\b.{0,30}\b(?:required|first|failed)\b|\b(?:must|need to) (?:authenticate|issue a starttls|log ?in)/i,
  /\b(?:daily|hourly|sending|message|rate) (?:user )?(?:sending )?(?:limit|quota)\b.{0,20}\b(?:exceeded|reached)\b/i,
];
