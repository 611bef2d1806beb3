/** Why a call was in vain: a closed list. */
export const CALL_REASONS = [
  'host-not-allowed',
  'address-not-allowed',
  'no-address',
  'no-connection',
  'not-trusted',
  'timed-out',
  'redirected',
  'answered',
  'busy',
  'gone',
] as const;
export type CallReason = (typeof CALL_REASONS)[number];

/** What came of a call. */
export type CallAnswer =
  | { kind: 'told' }
  /** It wants no more calls, ever. */
  | { kind: 'gone'; reason: 'gone'; status: number }
  /** It wants fewer calls: this says nothing of the event. */
  | { kind: 'busy'; reason: 'busy'; status: number; retryAfter?: number }
  | { kind: 'failed'; reason: CallReason; status?: number };

/** What a status says. Bodies say nothing that anybody would look at. */
export function answerOf(status: number, retryAfter: string | undefined, now: Date): CallAnswer {
  if (status >= 200 && status < 300) return { kind: 'told' };
  if (status === 410) return { kind: 'gone', reason: 'gone', status };
  if (status === 429 || status === 503)
    return { kind: 'busy', reason: 'busy', status, retryAfter: millisecondsOf(retryAfter, now) };
  if (status >= 300 && status < 400) return { kind: 'failed', reason: 'redirected', status };
  return { kind: 'failed', reason: 'answered', status };
}

/** Of a Retry-After: seconds, or a date. */
function millisecondsOf(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** What kept a call from being answered. */
export function failureOf(error: unknown): CallAnswer {
  const { code = '' } = error as { code?: string };
  if (code === NOT_ALLOWED) return { kind: 'failed', reason: 'address-not-allowed' };
  if (code === TIMED_OUT || code === 'ETIMEDOUT') return { kind: 'failed', reason: 'timed-out' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'failed', reason: 'no-address' };
  const isOfTls = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|UNABLE_TO_|SELF_SIGNED/.test(code);
  return { kind: 'failed', reason: isOfTls ? 'not-trusted' : 'no-connection' };
}

/** Codes of our own, beside those of the system. */
export const NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED';
export const TIMED_OUT = 'CALL_TIMED_OUT';

/** What people read of a reason, and what they may do. */
export const CALL_WORDS: Record<CallReason, string> = {
  'host-not-allowed': 'CALL_BACK_HOSTS does not allow its host any more.',
  'address-not-allowed': 'Its host leads to an address inside a private network, which is never called.',
  'no-address': 'Its host is not known to the name service.',
  'no-connection': 'It cannot be reached, or breaks off.',
  'not-trusted': 'Its certificate is not one that is trusted here, or it speaks no TLS.',
  'timed-out': 'It does not answer in time.',
  redirected: 'It answers that it has moved. Calls go nowhere else: register its new address.',
  answered: 'It answers with an error.',
  busy: 'It asks for time.',
  gone: 'It said that it wants no more calls (410). It gets none until somebody lets it go on.',
};
