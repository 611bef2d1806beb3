import type { BounceType, DeliveryOutcome, ReceiptKind } from '#libs/platform/index.js';

/** A conversation after which the relay had the mail, or may have had it. */
export interface Handed {
  attempt: number;
  outcome: DeliveryOutcome | null;
  openedAt: Date;
}

/** A receipt as it is on record. */
export interface Fact {
  id: string;
  attempt: number;
  kind: ReceiptKind;
  bounceType: BounceType | null;
  reason: string | null;
  occurredAt: Date;
}

/** What the receipts of a mail come to. At most one of the two times is set. */
export interface Verdict {
  deliveredAt: Date | null;
  bouncedAt: Date | null;
  bounceReason: string | null;
}

/** The tries that a receipt can be about. */
export function handedOf<T extends Handed>(deliveries: T[]): T[] {
  return deliveries.filter(({ outcome }) => outcome === 'accepted' || outcome === 'unknown');
}

/** The try that a receipt is about: the last one that had begun when the provider took the mail; all have one Message-ID. */
export function attemptOf<T extends Handed>(
  receipt: { sentAt?: Date; occurredAt: Date },
  handed: T[],
): T | undefined {
  const at = receipt.sentAt ?? receipt.occurredAt;
  const inOrder = handed.toSorted((a, b) => a.attempt - b.attempt);
  return inOrder.findLast(({ openedAt }) => openedAt <= at) ?? inOrder[0];
}

/** How far clocks of well-kept servers go apart, in milliseconds: within that, the order of two reports is that of their clocks. */
const SKEW = 3_600_000;

/** When it happened, as far as it can be so: not before the conversation, and before now. Clocks of other servers go as they like. */
export function timeWithin(occurredAt: Date, handed: Pick<Handed, 'openedAt'>, now: Date): Date {
  const latest = occurredAt > now ? now : occurredAt;
  return latest.getTime() < handed.openedAt.getTime() - SKEW ? handed.openedAt : latest;
}

/**
 * Did the mail arrive? Follows from what is on record alone, not from the order in which it came. It came back when
 * every try that is known to have left us did.
 */
export function verdictOf(handed: Handed[], facts: Fact[]): Verdict {
  const telling = facts.filter(({ kind }) => kind !== 'notice');
  const deciding = handed.flatMap(
    ({ attempt }) => decidingOf(telling.filter((fact) => fact.attempt === attempt)) ?? [],
  );
  const arrivals = deciding.filter(({ kind }) => kind !== 'bounce');
  const bounces = deciding.filter(({ kind }) => kind === 'bounce');
  const isSilent = handed.some(
    ({ attempt, outcome }) => outcome === 'accepted' && !deciding.some((fact) => fact.attempt === attempt),
  );
  if (arrivals.length > 0)
    return {
      deliveredAt: arrivals.toSorted(byTime)[0]?.occurredAt ?? null,
      bouncedAt: null,
      bounceReason: null,
    };
  const last = isSilent ? undefined : bounces.toSorted(byTime).at(-1);
  return { deliveredAt: null, bouncedAt: last?.occurredAt ?? null, bounceReason: last?.reason ?? null };
}

/**
 * The receipt that counts of one try. Who complains has the mail. A hard bounce is the last word, also after a delivery:
 * servers accept first and look for the mailbox later. Of deliveries and soft bounces the later one counts, and of two at
 * the same time the bounce: rather once too often untold than in the dark.
 */
function decidingOf(facts: Fact[]): Fact | undefined {
  const inOrder = facts.toSorted(byTime);
  return (
    inOrder.find(({ kind }) => kind === 'complaint') ??
    inOrder.findLast(({ bounceType }) => bounceType === 'hard') ??
    inOrder.at(-1)
  );
}

/** At the same time deliveries go before bounces; the id makes it one order. */
function byTime(a: Fact, b: Fact): number {
  return (
    a.occurredAt.getTime() - b.occurredAt.getTime() ||
    Number(a.kind === 'bounce') - Number(b.kind === 'bounce') ||
    (a.id < b.id ? -1 : 1)
  );
}
