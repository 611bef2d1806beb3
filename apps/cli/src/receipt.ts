import { readdirSync } from 'node:fs';
import { Command } from 'commander';
import { endFor } from './ending.js';
import { surroundings } from './surroundings.js';
import { WronglyCalled } from './terminal.js';
import type { CommandFile } from './terminal.js';

/**
 * Calls the operator's terminal.
 * @param args what stands behind `receipt`.
 * @param release what `--version` says.
 * @returns the exit code.
 */
export async function receipt(args: string[], release: string): Promise<number> {
  const program = await terminal(release);
  try {
    await program.hook('preAction', () => refuseUnstorable(args)).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return endFor(error);
  }
}

/** What could be neither kept nor looked for is refused before anything is opened, whichever command it is for. */
async function refuseUnstorable(args: string[]): Promise<void> {
  const { unstorableIn } = await import('#libs/platform/index.js');
  const [wrong] = unstorableIn(args);
  if (!wrong) return;
  const place = Number(wrong.path[0]);
  const before = args[place - 1] ?? '';
  const what = before.startsWith('--') ? before : `Argument ${place + 1}`;
  throw new WronglyCalled(`${what} ${wrong.message}.`);
}

/**
 * Each `<name>.command.ts` beside this file is one command: it exports `register` and loads what it works with only when
 * it runs, so that help comes at once. A new command is a new file.
 */
export async function terminal(release: string): Promise<Command> {
  const { console, stdout } = surroundings();
  const program = new Command('receipt')
    .description("The operator's terminal of Return Receipt.")
    .version(release, '-V, --version', 'which release this is')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => console.error(text.replace(/\n$/, '')),
    })
    // An option belongs to the command that it follows, so that two that are nested may both have it.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what it takes)')
    .addHelpText(
      'after',
      `
It works on the database that DATABASE_URL names; without one, on the local stack that runs from ./data (npm start).
Whatever asks for a reason takes --dry-run, which needs none: it changes nothing, says what would be done, and ends
with 1 where it would be refused.
Exit codes: 0 done, 1 not done, 2 called or set up wrongly.`,
    );
  for (const file of commandFiles()) {
    const { register } = (await import(new URL(file, import.meta.url).href)) as CommandFile;
    register(program);
  }
  return program;
}

/** As they were built, or as they were written. */
function commandFiles(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => /\.command\.[jt]s$/.test(file))
    .sort();
}
