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

/** What of a receipt tells which try it is about. */
type Told = Pick<Fact, 'kind' | 'occurredAt'> & { sentAt?: Date };

/**
 * The try that a receipt is about: the last one that had begun when the provider took the mail; all have one Message-ID. What came
 * back for good does not come back again: a bounce that would be the second of a mail that fell back is the fallback's, which
 * begins so soon after that a clock of whole seconds, or one that is behind, tells it so. Rather once too often untold.
 * @param facts what is known of the mail
 * @param fellBackAt null where the order of the receipts must not matter: no try began because of one.
 */
export function attemptOf<T extends Handed>(
  { kind, occurredAt, sentAt }: Told,
  handed: T[],
  facts: readonly Fact[],
  fellBackAt: Date | null,
): T | undefined {
  const at = sentAt ?? occurredAt;
  const inOrder = handed.toSorted((a, b) => a.attempt - b.attempt);
  const byClock = inOrder.findLast(({ openedAt }) => openedAt <= at) ?? inOrder[0];
  if (!fellBackAt || kind !== 'bounce' || byClock === undefined || byClock.openedAt >= fellBackAt)
    return byClock;
  const hard = facts.find((fact) => fact.attempt === byClock.attempt && fact.bounceType === 'hard');
  // Taken over before the first one came back: the next try was not begun.
  if (hard === undefined || (sentAt && sentAt <= hard.occurredAt)) return byClock;
  const next = inOrder.find(({ openedAt }) => openedAt >= fellBackAt);
  const isSoon = next !== undefined && next.openedAt.getTime() <= at.getTime() + CLOSE;
  const isSilent = !facts.some((fact) => fact.attempt === next?.attempt && fact.kind !== 'notice');
  return isSoon && isSilent ? next : byClock;
}

/** In milliseconds: two tries that are closer can be mistaken for each other by their clocks. */
const CLOSE = 300_000;

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
