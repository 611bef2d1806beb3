import type { INestApplicationContext } from '@nestjs/common';
import type { BatchSample, ShownBatch } from '#libs/notifications/index.js';
import { batchIn } from './batch.look.js';
import { foreseeMove } from './batch.moves.js';
import { printReport } from './batch.report.js';
import { uuid } from './option.values.js';
import { actorOf, reasonOf, withOperations } from './operate.js';
import type { ActingOptions } from './operate.js';
import { answerTo } from './question.js';
import { NotDone, note, printJson, printLine } from './terminal.js';

interface Options extends ActingOptions {
  seen?: string;
}

interface Acting {
  actor: string;
  reason: string;
}

/** Approves a batch: whoever does has looked at its report and at its mails, here or in a call before. */
export async function approve(given: string, options: Options): Promise<void> {
  const { ApproveModule, BatchApproval } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a batch', given);
  const actor = actorOf(options);
  if (options.dryRun) return foreseeMove('approve-batch', id, actor, options.json);
  const acting = { actor, reason: reasonOf(options) };
  await withOperations(async (app) => {
    const seen = options.seen ?? (await looked(app, id, acting, options.json));
    await app.get(BatchApproval).approve(id, seen, acting);
  }, ApproveModule);
  if (options.json) return printJson({ id, done: 'approve-batch' });
  note(`Approved. Start it: receipt batch start ${id} --reason "…"`);
}

/** Shows what would be approved, and asks. @returns what was seen. @throws NotDone unless the answer is yes. */
async function looked(
  app: INestApplicationContext,
  id: string,
  acting: Acting,
  json?: boolean,
): Promise<string> {
  const { BatchReader, BatchSamples, BatchService, noSampleWords } =
    await import('#libs/notifications/index.js');
  const reader = app.get(BatchReader);
  const batch = await batchIn(reader, id);
  // Nobody reads three mails only to hear that somebody else has to.
  await app.get(BatchService).planMove(id, 'approve-batch', acting);
  const shown = await app.get(BatchSamples).shown(batch);
  const again = `receipt batch approve ${id} --seen ${shown.revision} --reason "…"`;
  if (json) {
    printJson({ ...batch, ...shown });
    throw new NotDone(`Nothing was approved. When you have looked at it: ${again}`);
  }
  await printReport(reader, batch, { isToBeAnswered: true });
  if (shown.samples.length === 0) printLine(`\n${noSampleWords(batch.action)}`);
  printMails(shown);
  const answer = await answerTo('\nIs that what everyone on it shall get? Type yes to approve it: ');
  if (answer === undefined)
    throw new NotDone(`Nothing was approved. If that is what everyone on it shall get: ${again}`);
  if (answer !== 'yes') throw new NotDone('Nothing was approved.');
  return shown.revision;
}

function printMails({ samples }: ShownBatch): void {
  samples.forEach((sample, place) => printMail(sample, place + 1, samples.length));
}

function printMail({ taxReturnId, mail }: BatchSample, number: number, all: number): void {
  printLine(`\nMAIL ${number} OF ${all}, to the owner of ${taxReturnId}`);
  printLine(
    mail
      ? `${mail.subject}\n\n${mail.text.trim()}`
      : 'This mail cannot be rendered, and would fail. Do not run the batch before it can.',
  );
}
