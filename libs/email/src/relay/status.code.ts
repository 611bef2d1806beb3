/** What an enhanced status code (RFC 3463) speaks of. */
export type StatusSubject =
  /** The recipient's address: 5.1.1 and its like. */
  | 'address'
  | 'mailbox'
  /** Whoever sends: his address, his host, his credentials, his domain's policies. */
  | 'sender'
  | 'size'
  /** The other system, as a whole. */
  | 'system'
  | 'route'
  | 'protocol'
  | 'content'
  | 'policy';

export interface StatusCode {
  /** 2 success, 4 for now, 5 for good. */
  group: number;
  /** Undefined where the code says only that something is so. */
  subject: StatusSubject | undefined;
  /** The last number. */
  detail: number;
}

/** Proofs of the sender that failed: signing in, SPF, DKIM, DMARC, the name of its host (IANA's list, 5.7.x). */
const PROOFS = new Set([8, 9, 11, 13, 14, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30]);

/**
 * The status code of an answer ("550 5.1.1 no such user", also "550-5.1.1", "550 #5.1.1") or one that stands alone, as in the Status
 * of a bounce. Undefined where there is none, or one that contradicts the reply code before it.
 */
export function statusCodeIn(text: string): StatusCode | undefined {
  const found = /^\s*(?:(\d)\d\d[ -])?[ #]*([245])\.(\d{1,3})\.(\d{1,3})(?![.\d])/.exec(text);
  return found ? codeOf(found) : undefined;
}

/**
 * The first status code of a refusal anywhere in what is told of an answer ("smtp; 550 5.1.1 …", "… (#5.1.1)"): one that says
 * what it is about, else one that does not.
 */
export function statusCodeWithin(text: string): StatusCode | undefined {
  const codes = [...text.matchAll(WITHIN)].flatMap((found) => codeOf(found) ?? []);
  return codes.find(isSpecific) ?? codes[0];
}

/** Neither the numbers of a version or of an address, nor a part of them. */
const WITHIN = /(?<![\w.])(?:(\d)\d\d[ -]{1,3})?#?([45])\.(\d{1,3})\.(\d{1,3})(?!\w|\.\d)/g;

/** Whether a code says more than that something is so: of x.0.0, x.5.0 and their like each server means what it likes. */
export function isSpecific(code: StatusCode): boolean {
  return code.subject !== undefined && code.detail !== 0;
}

function codeOf([, reply, group, subject, detail]: RegExpMatchArray): StatusCode | undefined {
  if (reply !== undefined && reply !== group) return undefined;
  return {
    group: Number(group),
    subject: subjectOf(Number(subject), Number(detail)),
    detail: Number(detail),
  };
}

function subjectOf(subject: number, detail: number): StatusSubject | undefined {
  switch (subject) {
    case 1:
      return detail === 7 || detail === 8 ? 'sender' : 'address';
    case 2:
      return 'mailbox';
    case 3:
      if (detail === 4) return 'size';
      return detail === 0 ? undefined : 'system';
    case 4:
      // 5: congestion, and for some their limit of what one sender may send.
      return detail === 5 ? 'system' : 'route';
    case 5:
      return 'protocol';
    case 6:
      return 'content';
    case 7:
      return PROOFS.has(detail) ? 'sender' : 'policy';
    default:
      return undefined;
  }
}
