import type { DeliveryOutcome, NotificationState, StepFact } from '#libs/platform/index.js';
import type { Instruments } from './instruments.js';

/** What a settled mail is counted as. */
const OUTCOMES: Record<NotificationState | 'superseded', string> = {
  queued: 'deferred',
  sending: 'deferred',
  handed_over: 'handed-over',
  failed: 'refused',
  unknown: 'unknown',
  withheld: 'withheld',
  superseded: 'superseded',
  no_address: 'no-address',
};

type Ended = StepFact & { step: 'settled' | 'concluded' };

/** Counts what this process does, as it is announced. */
export function count(fact: StepFact, to: Instruments): void {
  switch (fact.step) {
    case 'recorded':
      return to.messages.inc({ outcome: fact.outcome });
    case 'handed-over':
      to.conversations.inc({ relay: fact.relay, outcome: fact.outcome satisfies DeliveryOutcome });
      if (fact.reason !== '') to.failures.inc({ outcome: fact.outcome, reason: fact.reason });
      return to.conversationSeconds.observe({ relay: fact.relay }, fact.ms / 1000);
    case 'settled':
      mail(fact, to);
      if (fact.outcome === 'handed_over') {
        const { template, lane, sinceAsked } = fact;
        to.handOverSeconds.observe({ template, lane }, sinceAsked / 1000);
      }
      return;
    case 'concluded':
      return mail(fact, to);
    case 'came-back':
      return to.receipts.inc({ kind: fact.kind, reason: fact.reason });
    case 'upstream-answered':
      return to.polls.inc({ outcome: fact.outcome });
    case 'round-ended':
      if (fact.outcome === 'failed') return to.failedRounds.inc({ timer: fact.id });
      return to.rounds.setToCurrentTime({ timer: fact.id });
    default:
      return undefined;
  }
}

function mail({ template, lane, outcome }: Ended, to: Instruments): void {
  to.mails.inc({ template, lane, outcome: OUTCOMES[outcome] });
}
