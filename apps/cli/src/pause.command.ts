import type { Command } from 'commander';
import type { Pausable } from '#libs/notifications/index.js';
import { foresee } from './dry.run.js';
import type { Foreseen } from './dry.run.js';
import { oneOf } from './option.values.js';
import { actorOf, addActingOptions, reasonOf, withOperations } from './operate.js';
import { counted, moment, NotDone, note, printJson, printTable, WronglyCalled } from './terminal.js';

interface Options {
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

/** `receipt pause` and `receipt resume`: holds mails back, and lets them go on. */
export function register(receipt: Command): void {
  addActingOptions(
    receipt
      .command('pause')
      .description('hold back the mails of a template, a lane, or all; without one, show what is paused')
      .argument('[template]', 'a template, urgent, bulk, or all'),
  )
    .addHelpText(
      'after',
      `
Mails wait and nothing fails. What a worker has begun goes on.

Examples:
  receipt pause rejected --dry-run
  receipt pause rejected --reason "wrong link in the mail"
  receipt pause
  receipt resume rejected --reason "link mended"`,
    )
    .action(pause);
  addActingOptions(
    receipt
      .command('resume')
      .description('let go on what was paused')
      .argument('<template>', 'a template, urgent, bulk, or all'),
  ).action(resume);
}

async function pause(word: string | undefined, options: Options): Promise<void> {
  const { PauseService } = await import('#libs/notifications/index.js');
  if (word === undefined) return list(options.json);
  const template = await pausable(word);
  if (options.dryRun) return foresee(() => planPause(template), options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const created = await withOperations((app) => app.get(PauseService).pause(template, acting));
  if (options.json) return printJson({ template, created });
  note(created ? `Paused: ${template}.` : `It was paused already: ${template}.`);
}

async function planPause(template: Pausable): Promise<Foreseen> {
  const { PauseService } = await import('#libs/notifications/index.js');
  const { created, waiting } = await withOperations((app) => app.get(PauseService).planPause(template));
  const would = created
    ? `Would pause ${template}: ${counted(waiting, 'mail')} would wait.`
    : `It was paused already: ${template}.`;
  return { would, figures: { template, created, waiting } };
}

async function list(json?: boolean): Promise<void> {
  const { PauseService } = await import('#libs/notifications/index.js');
  const pauses = await withOperations((app) => app.get(PauseService).list());
  if (json) return printJson(pauses);
  if (pauses.length === 0) return note('Nothing is paused.');
  printTable(
    ['PAUSED', 'SINCE', 'BY', 'WAITING', 'WHY'],
    pauses.map(({ template, since, actor, waiting, reason }) => [
      template,
      moment(since),
      actor,
      String(waiting),
      reason,
    ]),
  );
}

async function resume(word: string, options: Options): Promise<void> {
  const { PauseService } = await import('#libs/notifications/index.js');
  const template = await pausable(word);
  if (options.dryRun) return foresee(() => planResume(template), options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const queued = await withOperations((app) => app.get(PauseService).resume(template, acting));
  if (queued === undefined) throw notPaused(template);
  if (options.json) return printJson({ template, queued });
  note(`Resumed: ${template}. ${counted(queued, 'mail that waited is', 'mails that waited are')} queued.`);
}

async function planResume(template: Pausable): Promise<Foreseen> {
  const { PauseService } = await import('#libs/notifications/index.js');
  const queued = await withOperations((app) => app.get(PauseService).planResume(template));
  if (queued === undefined) throw notPaused(template);
  const would = `Would resume ${template}: ${counted(queued, 'mail that waits', 'mails that wait')} would be queued.`;
  return { would, figures: { template, queued } };
}

function notPaused(template: Pausable): NotDone {
  return new NotDone(`It is not paused: ${template}.`);
}

async function pausable(word: string): Promise<Pausable> {
  const { PAUSABLE } = await import('#libs/notifications/index.js');
  const template = oneOf('The template', word, PAUSABLE);
  if (!template) throw new WronglyCalled(`Name what to pause: ${PAUSABLE.join(', ')}.`);
  return template;
}
