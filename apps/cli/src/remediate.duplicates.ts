import type { StandingSubmission } from '#libs/notifications/index.js';
import { withOperations } from './operate.js';
import { actingOf, submissionOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { SUBMISSION_TITLES, submissionCells } from './remediate.one.js';
import { NotDone, note, printJson, printTable } from './terminal.js';

interface Options extends ActingOptions {
  mark?: boolean;
  dryRun?: boolean;
}

/** What else the same person sent; marks what failed of it where that is asked for. */
export async function duplicates(id: string, options: Options): Promise<void> {
  if (options.mark && !options.dryRun) return mark(id, options);
  const { DuplicateService, SubmissionService } = await import('#libs/notifications/index.js');
  const found = await withOperations(async (app) => {
    const { id: own } = await submissionOf(app.get(SubmissionService), id);
    const service = app.get(DuplicateService);
    return options.mark ? service.plan(own) : service.siblings(own);
  });
  if (options.json) printJson(options.mark ? { dryRun: true, submissions: found } : found);
  else show(found, options.mark ? 'would be marked' : 'are known of the same person');
  if (options.mark) note('Nothing was done: this was a dry run.');
}

function show(found: StandingSubmission[], what: string): void {
  if (found.length === 0) return note(`No others ${what}.`);
  printTable(
    [...SUBMISSION_TITLES, 'REACHED THE AUTHORITY'],
    found.map((one) => [...submissionCells(one), one.delivered]),
  );
}

async function mark(id: string, options: Options): Promise<void> {
  const asked = { ...actingOf(options), evidence: options.evidence };
  const { DuplicateService, SubmissionService } = await import('#libs/notifications/index.js');
  const made = await withOperations(async (app) => {
    const { id: own } = await submissionOf(app.get(SubmissionService), id);
    return app.get(DuplicateService).markDuplicatesOf(own, asked);
  });
  if (options.json) printJson({ remediations: made });
  else note(`${made.length} submissions are marked as duplicates.`);
  if (made.length === 0) throw new NotDone('Nothing else of this person failed.');
}
