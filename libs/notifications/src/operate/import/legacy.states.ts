/**
 * The states of the old state machine, and which fact each is. The table is that of the design which took them out ("526 State Repair
 * Technical Design Document", 2. "Remove the `aasm_state` value"): each state is implied by a fact, or by the lack of one, and what
 * it says of each stands beside it in its own words. Nothing is made up where a state is implied by a lack.
 */
export const LEGACY_STATES = {
  delivered_to_primary: {
    fact: 'receipt',
    implied: 'by the presence of a `submitted_claim_id`. … This is a success type submission.',
  },
  failed_primary_delivery: {
    fact: 'none',
    implied: 'by the absence of a `submitted_claim_id`. This was originally a transitional state …',
  },
  rejected_by_primary: {
    fact: 'none',
    implied: 'A meaningless state … also implied by the absence of a `submitted_claim_id`.',
  },
  delivered_to_backup: {
    fact: 'backup',
    implied: 'by the presence of `backup_submitted_claim_id` and a `backup_submitted_claim_status` of `nil`.',
  },
  failed_backup_delivery: {
    fact: 'none',
    implied: 'by the absence of both … and the timebox age limit',
  },
  rejected_by_backup: {
    fact: 'backup-rejected',
    implied:
      'by presence of a `backup_submitted_claim_id` and a `backup_submitted_claim_status` of `:rejected`',
  },
  in_remediation: {
    fact: 'remediation',
    implied:
      'by the presence of a `submission_remediation`, except now we also have context and `success` state',
  },
  finalized_as_successful: {
    fact: 'success',
    implied: 'a catch-all to say we were done with it … replaced by the concept of success type submissions.',
  },
  unprocessable: {
    fact: 'none',
    implied: 'a generic failure state, this was never used. There are now other, better ways',
  },
  processed_in_batch_remediation: {
    fact: 'remediation',
    implied: 'by presence of a `submission_remediation` with applicable `context`',
  },
  ignorable_duplicate: {
    fact: 'duplicate',
    implied:
      'the presence of a `submission_remediation` record with a value of `ignored_as_duplicate: true`.',
  },
} as const;

export type LegacyState = keyof typeof LEGACY_STATES;

/**
 * receipt: the authority has it. backup, backup-rejected: the backup path has it, and what it said. remediation, duplicate: what people
 * did. success: whichever of these the row has an id for. none: nothing happened that could be kept, but that there was a submission.
 */
export type LegacyFact = (typeof LEGACY_STATES)[LegacyState]['fact'];

/** As it is written in exports: `:delivered_to_primary`, `Delivered to primary`. Undefined when it is none. */
export function legacyStateIn(text: string): LegacyState | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^:/, '')
    .replace(/[\s-]+/g, '_');
  return Object.hasOwn(LEGACY_STATES, name) ? (name as LegacyState) : undefined;
}
