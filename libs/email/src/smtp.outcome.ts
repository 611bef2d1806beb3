import { foreignWords } from '#libs/platform/index.js';

/** What became of one conversation with a relay. A closed set: whoever switches over it covers all of it. */
export type HandOver =
  | { outcome: 'accepted'; responseCode: number; response: string }
  | {
      outcome: 'deferred';
      reason: DeferredReason;
      responseCode?: number;
      response?: string;
      retryAfter?: number;
    }
  | {
      outcome: 'refused';
      reason: 'recipient-refused' | 'message-refused';
      responseCode: number;
      response: string;
    }
  | { outcome: 'unknown'; reason: 'lost-after-data' | 'worker-lost'; response?: string };

/**
 * `relay-unreachable`: no conversation; `relay-full`: it takes nothing more of anybody right now; `relay-busy`: not this
 * mail, not now; `relay-refused`: it does not serve us, whoever the recipient.
 */
export type DeferredReason = 'relay-unreachable' | 'relay-full' | 'relay-busy' | 'relay-refused';

/** What Nodemailer puts on its errors. */
interface SmtpError {
  message: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

/**
 * Reads an SMTP failure. An error without an answer looks the same before and after the body was sent, which is why the
 * transport notes when DATA began: before it nothing was sent, after it nobody can know.
 */
export function outcomeOf(error: SmtpError, dataBegan: boolean): HandOver {
  const { responseCode, command } = error;
  const response = foreignWords(error.response ?? error.message);
  if (responseCode === undefined) {
    return dataBegan
      ? { outcome: 'unknown', reason: 'lost-after-data', response }
      : { outcome: 'deferred', reason: 'relay-unreachable', response };
  }
  if (responseCode < 500)
    return {
      outcome: 'deferred',
      reason: aboutThisMail(responseCode, command) ? 'relay-busy' : 'relay-full',
      responseCode,
      response,
      retryAfter: retryAfter(response),
    };
  if (command === 'RCPT TO')
    return { outcome: 'refused', reason: 'recipient-refused', responseCode, response };
  if (command === 'DATA') return { outcome: 'refused', reason: 'message-refused', responseCode, response };
  return { outcome: 'deferred', reason: 'relay-refused', responseCode, response };
}

/** Whoever says 421, or no before a recipient is named, speaks of himself. */
function aboutThisMail(responseCode: number, command: string | undefined): boolean {
  return responseCode !== 421 && (command === 'RCPT TO' || command === 'DATA');
}

/** Milliseconds of "try again in 300 seconds" and its like. */
function retryAfter(response: string): number | undefined {
  const [, amount, unit] =
    /(?:again|retry|wait)\D{0,20}?(\d{1,5})\s*(s|sec|second|m|min|minute|h|hour)s?\b/i.exec(response) ?? [];
  if (!amount || !unit) return undefined;
  const perUnit = unit.toLowerCase().startsWith('s')
    ? 1000
    : unit.toLowerCase().startsWith('m')
      ? 60_000
      : 3_600_000;
  return Number(amount) * perUnit;
}
