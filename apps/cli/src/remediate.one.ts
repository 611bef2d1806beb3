import type { Note, Noted, RemediationService, ScopedSubmission } from '#libs/notifications/index.js';
import { foresee } from './dry.run.js';
import { oneOf, uuid, wholeNumber } from './option.values.js';
import { withOperations } from './operate.js';
import { actingOf, submissionOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { moment, NotDone, note, printJson, printLine, printTable, WronglyCalled } from './terminal.js';

interface ListOptions {
  scope: string;
  limit?: string;
  json?: boolean;
}

interface AddOptions extends ActingOptions {
  unsuccessful?: boolean;
  duplicate?: boolean;
  dryRun?: boolean;
}

/** Submissions of a scope. */
export async function list({ scope: word, limit, json }: ListOptions): Promise<void> {
  const { LISTED_SCOPES, StandingService } = await import('#libs/notifications/index.js');
  const scope = oneOf('--scope', word, LISTED_SCOPES) ?? 'failure';
  const most = wholeNumber('--limit', limit) ?? 100;
  const found = await withOperations((app) => app.get(StandingService).list(scope, most));
  if (json) return printJson(found);
  if (found.length === 0) return note(`No submission is in the scope ${scope}.`);
  printTable(SUBMISSION_TITLES, found.map(submissionCells));
}

/** How submissions stand in a table. */
export const SUBMISSION_TITLES = ['SUBMISSION', 'MADE', "AUTHORITY'S ID", 'TAX RETURN'];

/** One of them, as {@link SUBMISSION_TITLES} has it. */
export function submissionCells({ id, createdAt, submissionId, taxReturnId }: ScopedSubmission): string[] {
  return [id, moment(createdAt), submissionId ?? '-', taxReturnId];
}

/** Where one stands, and what people did about it. */
export async function show(id: string, { json }: { json?: boolean }): Promise<void> {
  const { NoteService, RemediationService, SubmissionService } = await import('#libs/notifications/index.js');
  const { submission, remediations } = await withOperations(async (app) => {
    const submission = await submissionOf(app.get(SubmissionService), id);
    const made = await app.get(RemediationService).of(submission.id);
    return { submission, remediations: await app.get(NoteService).withNotes('remediation', made) };
  });
  if (json) return printJson({ ...submission, remediations });
  printLine(`${submission.id} of tax return ${submission.taxReturnId}: ${submission.delivered}`);
  if (remediations.length === 0) return note('It has no remediation.');
  printTable(
    ['REMEDIATION', 'AT', 'SUCCESS', 'WHO', 'EVIDENCE', 'WHAT'],
    remediations.flatMap((remediation) =>
      saidOf(remediation).map(({ at, actor, text }) => [
        remediation.id,
        moment(at),
        remediation.ignoredAsDuplicate ? 'duplicate' : remediation.success ? 'yes' : 'no',
        actor,
        remediation.evidence ?? '-',
        text,
      ]),
    ),
  );
}

type Remediation = Awaited<ReturnType<RemediationService['of']>>[number];

/** Of its own life: what was done, and that it was taken back; and what people noted on it. */
function saidOf({ notes, noted }: Noted<Remediation>): Note[] {
  const life = notes.map(({ at, actor, context }) => ({ at, actor, text: context }));
  const later = noted.map((note) => ({ ...note, text: `note: ${note.text}` }));
  return [...life, ...later].toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** Keeps that somebody mended a submission, or tried to. */
export async function add(id: string, options: AddOptions): Promise<void> {
  const { unsuccessful = false, duplicate: ignoredAsDuplicate = false, dryRun, evidence, json } = options;
  if (unsuccessful && ignoredAsDuplicate)
    throw new WronglyCalled('A duplicate needs nothing more, so it is a success: leave --unsuccessful out.');
  const outcome = { success: !unsuccessful, ignoredAsDuplicate };
  if (dryRun) return plan(id, outcome, json);
  const asked = { ...actingOf(options), ...outcome, evidence };
  const { RemediationService, SubmissionService } = await import('#libs/notifications/index.js');
  const made = await withOperations(async (app) => {
    const submission = await submissionOf(app.get(SubmissionService), id);
    return app.get(RemediationService).remediate(submission.id, asked);
  });
  if (json) return printJson(made);
  note(`Kept as remediation ${made.id}. \`receipt remediate show ${id}\` says where the submission stands.`);
}

async function plan(
  id: string,
  outcome: { success: boolean; ignoredAsDuplicate: boolean },
  json?: boolean,
): Promise<void> {
  const { RemediationService, SubmissionService } = await import('#libs/notifications/index.js');
  await foresee(async () => {
    const standings = await withOperations(async (app) => {
      const submission = await submissionOf(app.get(SubmissionService), id);
      return app.get(RemediationService).plan(submission.id, outcome);
    });
    return {
      would: `It stands at ${standings.before}, and would at ${standings.after}.`,
      figures: standings,
    };
  }, json);
}

/** Takes back that a remediation was a success. */
export async function unsuccessful(
  given: string,
  options: ActingOptions & { dryRun?: boolean },
): Promise<void> {
  const { RemediationService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a remediation', given);
  if (options.dryRun)
    return foresee(async () => {
      const standings = await withOperations((app) => app.get(RemediationService).planUnsuccessful(id));
      if (!standings) throw noSuchRemediation();
      const would = `Would take it back: its submission stands at ${standings.before}, and would at ${standings.after}.`;
      return { would, figures: standings };
    }, options.json);
  const asked = actingOf(options);
  const marked = await withOperations((app) => app.get(RemediationService).markAsUnsuccessful(id, asked));
  if (!marked) throw noSuchRemediation();
  if (options.json) return printJson(marked);
  note('It is no success any more. Where it was the latest, its submission is open again.');
}

function noSuchRemediation(): NotDone {
  return new NotDone('No remediation of this id is known.');
}
