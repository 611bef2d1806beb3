import { decide } from '../record/confirmation.rules.js';
import type { Decision, Policy } from '../record/confirmation.rules.js';
import type { ReturnHistory } from '../returns/return.history.js';
import { statusOf } from '../returns/return.status.js';
import { supersededBy } from '../send/still-due.rules.js';
import type { StatusEntry } from '../terms/entries.js';
import { workOf } from './batch.actions.js';
import type { BatchAction, MailWork } from './batch.actions.js';
import type { CheckedOutcome } from './batch.outcome.js';

/** What is known of whom a row names. */
export interface RowFacts {
  history: ReturnHistory;
  /** A mail of this campaign is there already. */
  isAsked: boolean;
  hasAddress: boolean;
  isSuppressed: boolean;
}

/** How a row stands, and why. */
export interface Eligibility {
  outcome: CheckedOutcome;
  reason?: string;
}

const READY: Eligibility = { outcome: 'ready' };

/**
 * Whether a row is run: the rules of the record and of sending, asked before anything is written. The same is asked again when
 * its turn comes. Pure.
 * @param entry the status that would be recorded, for an action that records one.
 */
export function eligibilityOf(
  action: BatchAction,
  facts: RowFacts,
  entry: StatusEntry,
  policy: Policy,
): Eligibility {
  const work = workOf(action);
  // A step looks at its rows itself.
  if ('step' in work) return READY;
  if ('status' in work) {
    const decision = decide({ entry, source: '' }, facts.history, policy, () => '');
    if (decision.outcome !== 'applied') return endingOf(decision);
    return decision.due.length > 0 ? reachable(facts) : READY;
  }
  return whyNotOwed(work, facts.history) ?? (facts.isAsked ? { outcome: 'already-told' } : reachable(facts));
}

/** What a decision of the record makes of a row that it does not apply. */
export function endingOf({
  reason,
  outcome,
}: Pick<Exclude<Decision, { outcome: 'applied' }>, 'outcome' | 'reason'>): Eligibility {
  if (outcome === 'duplicate') return { outcome: 'already-told', reason };
  if (reason === 'already-accepted') return { outcome: 'accepted' };
  if (reason === 'unknown-tax-return' || reason === 'unknown-submission') return { outcome: 'unknown' };
  return { outcome: 'not-affected', reason };
}

function whyNotOwed({ template, agrees }: MailWork, history: ReturnHistory): Eligibility | undefined {
  const status = statusOf(history);
  if (agrees)
    return status?.event?.type === agrees ? undefined : { outcome: 'not-affected', reason: 'other-status' };
  // Nobody resubmits what was never submitted.
  if (template === 'reminder-resubmit' && !status)
    return { outcome: 'not-affected', reason: 'no-submission' };
  const superseded = supersededBy(
    { template, occurrence: '', submissionUuid: null, notAfter: null, isAsked: true },
    history,
  );
  if (superseded === 'superseded-by-acceptance') return { outcome: 'accepted' };
  return superseded && { outcome: 'not-affected', reason: superseded };
}

function reachable({ hasAddress, isSuppressed }: RowFacts): Eligibility {
  if (!hasAddress) return { outcome: 'no-address' };
  return isSuppressed ? { outcome: 'suppressed' } : READY;
}
