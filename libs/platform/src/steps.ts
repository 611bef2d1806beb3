import { channel } from 'node:diagnostics_channel';

/** The steps of a mail's life, in order, and that of a poll. After each of them a process may die: see docs/crashes.md. */
export type Step =
  | 'received'
  | 'recorded'
  | 'enqueued'
  | 'acknowledged'
  | 'claimed'
  | 'rendered'
  | 'opened'
  | 'data-began'
  | 'handed-over'
  | 'settled'
  | 'upstream-answered';

/** Where steps are announced; nobody listens in production but a tracer or a test that pulls the plug. */
export const stepChannel = channel('return-receipt:step');

/** Says that a step is done. Costs nothing while nobody listens. */
export function announce(step: Step, id: string): void {
  if (stepChannel.hasSubscribers) stepChannel.publish({ step, id });
}
