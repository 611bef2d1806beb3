import { foreignWords } from '#libs/platform/index.js';
import { blamed } from './blame.rules.js';
import type { SmtpStep } from './blame.rules.js';
import type { HandOver } from './hand.over.js';
import { replyCode } from './reply.code.js';
import { statusCodeIn } from './status.code.js';

/** How a conversation ended, as the connection saw it. */
export interface Ending {
  step: SmtpStep;
  /** Bytes of the mail may have left. */
  began: boolean;
  /** What the relay answered last, whole; undefined when it said nothing. */
  response?: string;
  /** What else went wrong. */
  error?: Error;
  /** Answers came that no command of ours had asked for. */
  isOutOfStep?: boolean;
}

/**
 * What the end of a conversation means. Before the body began to go out nothing was sent, whatever the relay says. After it only a
 * plain yes is a yes and only 4xx and 5xx are a no: whatever else it says, or leaves unsaid, nobody can know.
 */
export function outcomeOf(ending: Ending): HandOver {
  const said = ending.response === undefined ? undefined : answerIn(ending.response);
  const words = foreignWords(ending.response ?? ending.error?.message ?? '');
  if (ending.began) {
    if (ending.response === undefined && !ending.isOutOfStep)
      return { outcome: 'unknown', reason: 'lost-after-data', response: words };
    if (ending.isOutOfStep || said === undefined)
      return { outcome: 'unknown', reason: 'unclear-answer', response: words };
    if (said.kind === 'yes') return { outcome: 'accepted', responseCode: said.code, response: words };
  }
  // Whoever closes the connection says so whenever he likes.
  if (said?.code === 421) return noOf('not now', said.code, ending.step, words);
  if (ending.isOutOfStep || said?.kind === 'yes')
    return { outcome: 'deferred', reason: 'relay-out-of-step', response: words };
  if (ending.response === undefined)
    return { outcome: 'deferred', reason: 'relay-unreachable', response: words };
  if (said === undefined) return { outcome: 'deferred', reason: 'relay-out-of-step', response: words };
  return noOf(said.kind, said.code, ending.step, words);
}

function noOf(kind: 'not now' | 'no', responseCode: number, step: SmtpStep, response: string): HandOver {
  const answer = { responseCode, response };
  if (kind === 'not now')
    return {
      outcome: 'deferred',
      reason: isAboutThisMail(step, response) ? 'relay-busy' : 'relay-full',
      ...answer,
      retryAfter: retryAfter(response),
    };
  switch (blamed(step, response)) {
    case 'recipient':
      return { outcome: 'refused', reason: 'recipient-refused', ...answer };
    case 'message':
      return { outcome: 'refused', reason: 'message-refused', ...answer };
    case 'us':
      return { outcome: 'deferred', reason: 'relay-refused', ...answer, retryAfter: retryAfter(response) };
  }
}

/** Undefined: it fits none of our questions. 25x alone means that a mail was taken; 220, 221, 235 and their like answer others. */
function answerIn(response: string): { kind: 'yes' | 'not now' | 'no'; code: number } | undefined {
  const code = replyCode(response) ?? 0;
  if (code >= 250 && code < 260) return { kind: 'yes', code };
  if (code >= 400) return { kind: code < 500 ? 'not now' : 'no', code };
  return undefined;
}

/** Whoever says 421, speaks of his system, or says no before a recipient is named, speaks of himself. */
function isAboutThisMail(step: SmtpStep, response: string): boolean {
  if (response.startsWith('421') || statusCodeIn(response)?.subject === 'system') return false;
  return step !== 'start' && step !== 'mail';
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
