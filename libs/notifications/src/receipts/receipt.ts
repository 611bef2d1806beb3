import { createHash } from 'node:crypto';
import { foreignWords } from '#libs/platform/index.js';
import type { BounceType, ReceiptKind } from '#libs/platform/index.js';

/** Why a mail came back. A closed list. */
export type BounceReason =
  | 'no-such-mailbox'
  | 'mailbox-disabled'
  | 'mailbox-full'
  | 'too-large'
  | 'content-refused'
  | 'not-reachable'
  /** The provider keeps a list of its own, and the address is on it. */
  | 'suppressed-by-provider'
  /** It came back, and nobody says more. */
  | 'bounced';

/** What was said of a mail that decides nothing: it may still arrive, or has. A closed list. */
export type NoticeReason =
  /** The other server still tries. */
  | 'delayed'
  /** It was handed on to where no more is reported from, or to the members of a list. */
  | 'passed-on'
  /** The mailbox answered by itself: out of office and its like. */
  | 'answered-by-itself'
  /** A reader said that it is no spam, or wants no more of it; a server, that a check of the sender failed. */
  | 'remarked';

/** What a provider says of one mail of ours. No member of it holds an address. */
export interface Receipt {
  /** The provider's own id, so that the same receipt counts once. */
  id: string;
  notificationId: string;
  kind: ReceiptKind;
  bounceType?: BounceType;
  reason?: BounceReason | NoticeReason;
  /** True: the reason was read from words, since no code gave it. */
  byWords?: boolean;
  /** As whoever wrote it says: his clock may be wrong. */
  occurredAt: Date;
  /** When the provider took the mail over: it tells which try the receipt is about. */
  sentAt?: Date;
  /** The other server's words. */
  diagnostic?: string;
}

/** What a document says: a receipt, nothing that matters here, or something that is not to be used, and why. */
export type ReadReceipt = { receipt: Receipt } | { unheeded: string } | Refused;

/** Something for a person to look at, and which mail of ours it is about where that is known. */
export interface Refused {
  refused: string;
  detail: string;
  notificationId?: string;
}

/** Other servers quote the recipient as a matter of course. Undefined when they say nothing. */
export function diagnosticOf(text: string | null | undefined): string | undefined {
  return foreignWords(startOf(text ?? '')) || undefined;
}

/** In characters: far more than are kept. */
const LONGEST = 32_768;

/** Not cut within a word: half an address would not be told for one. */
function startOf(text: string): string {
  return text.length > LONGEST ? text.slice(0, text.lastIndexOf(' ', LONGEST) + 1) : text;
}

/** An id of ours for what a provider names by any text at all, and mails by one that looks like an address. */
export function receiptId(provider: 'ses' | 'dsn' | 'arf' | 'mail', ...named: string[]): string {
  return `${provider}:${createHash('sha256').update(named.join('\n')).digest('base64url')}`;
}

/**
 * The notification that a Message-ID names, with or without its brackets.
 * @param domain the right-hand side of ours. Undefined for what is not ours.
 */
export function notificationOf(messageId: string, domain: string): string | undefined {
  const [, id, host] =
    /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([^\s>]+)>?$/i.exec(messageId.trim()) ?? [];
  return host?.toLowerCase() === domain.toLowerCase() ? id?.toLowerCase() : undefined;
}

/**
 * Which mail of ours a mail about it names by these Message-IDs: exactly one, or why it cannot be used.
 * @param namesAny whether it names a mail at all, ours or not.
 */
export function mailNamedBy(
  ids: readonly string[],
  domain: string,
  namesAny = ids.length > 0,
): { notificationId: string } | Refused {
  const [notificationId, ...more] = new Set(ids.flatMap((id) => notificationOf(id, domain) ?? []));
  if (notificationId === undefined) return namesAny ? NOT_OURS : NAMES_NO_MAIL;
  return more.length > 0 ? NAMES_SEVERAL : { notificationId };
}

export const NOT_OURS = {
  refused: 'not-ours',
  detail: 'The Message-ID of the mail is none that this service gives.',
} as const;

export const NAMES_NO_MAIL = {
  refused: 'names-no-mail',
  detail:
    'The receipt does not hold the Message-ID of the mail. Let the provider include the original headers, then bring it again.',
} as const;

/** Whether a document is about no mail of ours. One that quotes two of ours is, and somebody is to look at it. */
export function isOfOthers({ refused }: Refused): boolean {
  return refused === NOT_OURS.refused || refused === NAMES_NO_MAIL.refused;
}

const NAMES_SEVERAL = {
  refused: 'names-several-mails',
  detail: 'The mail quotes more than one mail of this service, so nobody can tell which it is about.',
} as const;
