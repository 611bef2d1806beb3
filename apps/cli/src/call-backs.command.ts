import type { Command } from 'commander';
import type { SeenCallBack } from '#libs/notifications/index.js';
import { foresee } from './dry.run.js';
import { actorOf, addActingOptions, reasonOf, withOperations } from './operate.js';
import { counted, moment, note, printJson, printTable } from './terminal.js';

interface ActOptions {
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

/** `receipt call-backs`: backends that are told what happens, and the ways to let one go on. */
export function register(receipt: Command): void {
  const callBacks = receipt
    .command('call-backs')
    .description('backends that are told what happens, and what keeps them from it')
    .enablePositionalOptions()
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  receipt call-backs
  receipt call-backs resume filing --reason "the endpoint is back"
  receipt call-backs replay filing --after ZS45MTIuNDQ --reason "their copy was lost"`,
    )
    .action(list);
  const acting = (command: Command) => addActingOptions(command.argument('<name>', 'of the call-back'));
  acting(
    callBacks
      .command('resume')
      .description('let it go on now, with all that it was put on without, whether it was stopped or waits'),
  ).action(resume);
  acting(
    callBacks
      .command('replay')
      .description('tell it again all that comes after a cursor')
      .requiredOption('--after <cursor>', 'of an event, as GET /v1/events and each call have it'),
  ).action(replay);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const { CallBackLooks } = await import('#libs/notifications/index.js');
  const found = await withOperations((app) => app.get(CallBackLooks).list());
  if (json) return printJson(found);
  if (found.length === 0) return note('Nobody is called back.');
  printTable(
    ['NAME', 'STANDS', 'TOLD', 'BEHIND SINCE', 'ASIDE', 'GIVEN UP', 'ADDRESS'],
    found.map((one) => [
      one.name,
      standOf(one),
      moment(one.toldAt),
      moment(one.behindSince),
      String(one.aside),
      String(one.givenUp),
      one.url,
    ]),
  );
}

function standOf({ state, reason, status }: SeenCallBack): string {
  const why = [reason, status].filter((word) => word !== null).join(' ');
  if (state === 'stopped') return `stopped: ${why}`;
  return why === '' ? 'well' : `fails: ${why}`;
}

async function resume(name: string, options: ActOptions): Promise<void> {
  const { CallBacks } = await import('#libs/notifications/index.js');
  if (options.dryRun)
    return foresee(async () => {
      const { state, again } = await withOperations((app) => app.get(CallBacks).planResume(name));
      const events = counted(again, 'event that was put aside', 'events that were put aside');
      const would = `${state === 'stopped' ? 'Would go on again' : 'Would go on at once'}, and try ${events} again.`;
      return { would, figures: { name, state, again } };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const again = await withOperations((app) => app.get(CallBacks).resume(name, acting));
  if (options.json) return printJson({ name, again });
  note(
    `It goes on now. ${counted(again, 'event that was put aside is', 'events that were put aside are')} tried again.`,
  );
}

async function replay(name: string, { after, ...options }: ActOptions & { after: string }): Promise<void> {
  const { CallBacks } = await import('#libs/notifications/index.js');
  if (options.dryRun)
    return foresee(async () => {
      await withOperations((app) => app.get(CallBacks).planReplay(name, after));
      return { would: `Would tell ${name} again all that comes after that.`, figures: { name, after } };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  await withOperations((app) => app.get(CallBacks).replay(name, after, acting));
  if (options.json) return printJson({ name, after });
  note('It is told again what comes after that.');
}
