import type { StandingSubmission } from '#libs/notifications/index.js';
import { unlessRefused } from './dry.run.js';
import { withOperations } from './operate.js';
import { actingOf, submissionOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { SUBMISSION_TITLES, submissionCells } from './remediate.one.js';
import { counted, NotDone, note, printJson, printTable } from './terminal.js';

interface Options extends ActingOptions {
  mark?: boolean;
  dryRun?: boolean;
}

const NOTHING_FAILED = 'Nothing else of this person failed.';

/** What else the same person sent; marks what failed of it where that is asked for. */
export async function duplicates(id: string, options: Options): Promise<void> {
  if (options.mark && !options.dryRun) return mark(id, options);
  if (options.mark) return planMark(id, options.json);
  const { DuplicateService, SubmissionService } = await import('#libs/notifications/index.js');
  const found = await withOperations(async (app) => {
    const { id: own } = await submissionOf(app.get(SubmissionService), id);
    return app.get(DuplicateService).siblings(own);
  });
  if (options.json) printJson(found);
  else show(found, 'are known of the same person');
}

async function planMark(id: string, json?: boolean): Promise<void> {
  const { DuplicateService, SubmissionService } = await import('#libs/notifications/index.js');
  const found = await unlessRefused(
    () =>
      withOperations(async (app) => {
        const { id: own } = await submissionOf(app.get(SubmissionService), id);
        return app.get(DuplicateService).plan(own);
      }),
    json,
  );
  if (json) printJson({ dryRun: true, submissions: found });
  else show(found, 'would be marked');
  note('Nothing was done: this was a dry run.');
  if (found.length === 0) throw new NotDone(NOTHING_FAILED);
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
  else
    note(
      `${counted(made.length, 'submission is marked as a duplicate', 'submissions are marked as duplicates')}.`,
    );
  if (made.length === 0) throw new NotDone(NOTHING_FAILED);
}
