import type { SubmissionService } from '#libs/notifications/index.js';
import { actorOf } from './operate.js';
import { NotDone, WronglyCalled } from './terminal.js';

/** Options of whoever did something for a submission. */
export interface ActingOptions {
  context?: string;
  reason?: string;
  evidence?: string;
  as?: string;
  json?: boolean;
}

/** Who acts, what they say they did, and why: the context where no reason is given, as over HTTP. */
export function actingOf(options: ActingOptions): { actor: string; context: string; reason: string } {
  const context = saidOf('--context', options.context, 'Say what was done');
  return { actor: actorOf(options), context, reason: options.reason?.trim() || context };
}

/** A text that says something. @throws WronglyCalled before anything is opened. */
export function saidOf(option: string, text: string | undefined, plea: string): string {
  const said = text?.trim();
  if (said) return said;
  throw new WronglyCalled(`${plea}: ${option} "…". It is kept.`);
}

/** A submission by the authority's id or our own. @throws NotDone when there is none. */
export async function submissionOf(submissions: SubmissionService, id: string) {
  const found = await submissions.find(id);
  if (found) return found;
  throw new NotDone('No submission of this id is known.');
}
