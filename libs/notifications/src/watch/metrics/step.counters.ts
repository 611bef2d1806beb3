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

/** Counts what this process does, as it is announced. */
export function count(fact: StepFact, to: Instruments): void {
  switch (fact.step) {
    case 'recorded':
      return to.messages.inc({ outcome: fact.outcome });
    case 'handed-over':
      to.conversations.inc({ relay: fact.relay, outcome: fact.outcome satisfies DeliveryOutcome });
      return to.conversationSeconds.observe({ relay: fact.relay }, fact.ms / 1000);
    case 'settled':
      to.mails.inc({ template: fact.template, outcome: OUTCOMES[fact.outcome] });
      if (fact.outcome === 'handed_over')
        to.handOverSeconds.observe({ template: fact.template }, fact.sinceAsked / 1000);
      return;
    case 'concluded':
      return to.mails.inc({ template: fact.template, outcome: OUTCOMES[fact.outcome] });
    case 'upstream-answered':
      return to.polls.inc();
    case 'round-ended':
      return to.rounds.setToCurrentTime({ timer: fact.id });
    default:
      return undefined;
  }
}
