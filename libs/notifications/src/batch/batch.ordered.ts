import { withoutAddresses } from '#libs/platform/index.js';

/** How a step is to be done, as whoever ordered it said. */
export interface Ordered {
  /** Why, for the audit trail. */
  reason: string;
  /** What was done, in their own words. */
  context?: string;
  /** Where it can be looked up: a ticket, a list. */
  evidence?: string;
  ignoredAsDuplicate?: boolean;
  /** Refusals that the reason overrules. */
  override?: readonly string[];
  /** Rows that may be done: with more of them it is not started. */
  cap?: number;
  /** It ends with its report. */
  dryRun?: boolean;
}

/** As it is kept: without addresses. */
export function orderOf({ reason, context, evidence, ...how }: Ordered) {
  return {
    ...how,
    override: how.override && [...how.override],
    reason: withoutAddresses(reason),
    context: context && withoutAddresses(context),
    evidence: evidence && withoutAddresses(evidence),
  };
}
