import { channel } from 'node:diagnostics_channel';
import type { BounceType, DeliveryOutcome, NotificationState, ReceiptKind } from './generated/enums.js';

/**
 * What is known when a step of a mail's life is done, or that of a poll: what is not known at a step is not there. Ids, names, words
 * of closed lists and milliseconds that the step took; never an address, nor what a mail says.
 */
export type StepFact = {
  id: string;
  ms: number;
  /** What it is part of, where it was done together with that of others: alone it is part of what its process does just now. */
  traceparent?: string;
} & (
  | { step: QueueStep }
  | { step: 'recorded'; outcome: 'applied' | 'duplicate' | 'refused' | 'parked' }
  // `in-vain`: it failed, or refused all that it was asked about.
  | { step: 'upstream-answered'; outcome: 'answered' | 'in-vain' }
  // A receipt that was not known before; `id` is the mail's, `reason` why it came back: '' where nothing is to be said.
  | { step: 'came-back'; kind: CameBack; reason: string }
  // Of something that is done every so often; `id` is its name.
  | { step: 'round-ended'; outcome: 'done' | 'failed' }
  | ({ template: string } & (
      | { step: 'enqueued' | 'claimed' | 'rendered' }
      // No conversation took place.
      | {
          step: 'concluded';
          lane: string;
          outcome: 'superseded' | Exclude<NotificationState, 'queued' | 'sending'>;
        }
      // `relay`: its host and port.
      | ({ relay: string } & (
          | { step: 'opened' | 'data-began' }
          // `attempt`: counted from 1. `reason`: why the relay did not take it, '' where it did.
          | { step: 'handed-over'; outcome: DeliveryOutcome; attempt: number; reason: string }
          // What the outcome makes of the notification. `sinceAsked`: milliseconds since the mail was asked for, or for again.
          | { step: 'settled'; lane: string; outcome: NotificationState; sinceAsked: number }
        ))
    ))
);

/** Of all messages that one call of a queue brought: `id` is the queue's name. To receive is also to wait for them. */
type QueueStep = 'received' | 'acknowledged';

/** A receipt's kind, with that of a bounce. */
export type CameBack = Exclude<ReceiptKind, 'bounce'> | `${BounceType}-bounce`;

/** In order, a mail's: received, recorded, enqueued, acknowledged, claimed, … After each of them a process may die: see docs/crashes.md. */
export type Step = StepFact['step'];

const steps = channel('return-receipt:step');

/**
 * When a step begins; 0 while nobody listens, and then nothing of it is measured or announced: a step costs nothing, and one that
 * somebody begins to listen in the middle of is not heard.
 *
 *     const began = stepBegins();
 *     …
 *     if (began) announce({ step: 'claimed', id, template, ms: since(began) });
 */
export function stepBegins(): number {
  return steps.hasSubscribers ? performance.now() : 0;
}

/** Milliseconds since a step began. */
export function since(began: number): number {
  return performance.now() - began;
}

/** Says that a step is done. */
export function announce(fact: StepFact): void {
  steps.publish(fact);
}

/**
 * Hears of every step in this process, at once and before the next one: metrics, traces, a test that pulls the plug.
 * @param listener must not throw: that would end the process.
 * @returns ends it.
 */
export function onStep(listener: (fact: StepFact) => void): () => void {
  const hear = (fact: unknown) => listener(fact as StepFact);
  steps.subscribe(hear);
  return () => steps.unsubscribe(hear);
}
