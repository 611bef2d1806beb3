import type { Command } from 'commander';
import type { Overview, Pause } from '#libs/notifications/index.js';
import { uuid } from './filter.options.js';
import { withOperations } from './operate.js';
import { moment, NotDone, note, printJson, printTable } from './terminal.js';

/** `receipt status`: what needs a person now, or where one return stands. */
export function register(receipt: Command): void {
  receipt
    .command('status')
    .description('what needs a person now; with a tax return, its status')
    .argument('[taxReturnId]', 'of the tax return')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Without a tax return it ends with 1 when somebody is untold, so that a script can call people.

Examples:
  receipt status
  receipt status 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11`,
    )
    .action(status);
}

async function status(given: string | undefined, { json }: { json?: boolean }): Promise<void> {
  if (given !== undefined) return statusOf(uuid('The id of a tax return', given), json);
  const { OverviewService, PauseService } = await import('#libs/notifications/index.js');
  const [overview, pauses] = await withOperations((app) =>
    Promise.all([app.get(OverviewService).now(), app.get(PauseService).list()]),
  );
  if (json) printJson({ ...overview, pauses });
  else print(overview, pauses);
  const untold = overview.untold.reduce((sum, { mails }) => sum + mails, 0);
  if (untold > 0) throw new NotDone(`${untold} mails left their taxpayers untold.`);
}

function print({ untold, onTheirWay, parked }: Overview, pauses: Pause[]): void {
  if (untold.length === 0) console.log('Nobody is untold.');
  else
    printTable(
      ['MAILS', 'OLDEST', 'TEMPLATE', 'STATE', 'REASON', 'WHAT TO DO'],
      untold.map(({ mails, oldest, template, state, reason, todo }) => [
        String(mails),
        moment(oldest),
        template,
        state,
        reason ?? '-',
        todo,
      ]),
    );
  console.log(`${onTheirWay} mails are on their way; ${parked} messages are in quarantine.`);
  for (const { template, since, actor, waiting } of pauses)
    console.log(`Paused since ${moment(since)} by ${actor}: ${template}; ${waiting} mails wait.`);
}

async function statusOf(id: string, json?: boolean): Promise<void> {
  const { SubmissionService } = await import('#libs/notifications/index.js');
  const found = await withOperations((app) => app.get(SubmissionService).statusOf(id));
  if (!found) throw new NotDone('No submission of this tax return is known.');
  const { status, editable, exportable, counting, rejectionCodes } = found;
  if (json)
    return printJson({ status, editable, exportable, submissionId: counting.submissionId, rejectionCodes });
  console.log(status);
  note(
    `Editable: ${editable}. Exportable: ${exportable}. Submission: ${counting.submissionId ?? counting.id}.`,
  );
}
