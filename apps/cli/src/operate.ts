import { userInfo } from 'node:os';
import type { INestApplicationContext, Type } from '@nestjs/common';
import type { Command } from 'commander';
import { environment } from './data.js';
import { surroundings } from './surroundings.js';
import { NotDone, WronglyCalled } from './terminal.js';

/**
 * Opens what a person may do for a piece of work and closes it again: the services that the pages and HTTP call. Needs the
 * settings of the service but for the relay's, since it sends nothing.
 * @param besides modules that few need, and that take their time.
 */
export async function withOperations<Result>(
  work: (app: INestApplicationContext) => Promise<Result>,
  ...besides: Type[]
): Promise<Result> {
  const { NestFactory } = await import('@nestjs/core');
  const { JsonLogger, PlatformModule, readSettingsOf, settingsWithoutRelay } =
    await import('#libs/platform/index.js');
  const { ActionRefused, NothingToActOn, OperateModule } = await import('#libs/notifications/index.js');
  const settings = readSettingsOf(settingsWithoutRelay, await environment());
  const imports = [PlatformModule.with(settings), OperateModule, ...besides];
  const module = { module: class Terminal {}, imports };
  // Standard output belongs to what was asked for.
  const { console } = surroundings();
  const logger = new JsonLogger('warn', (line) => console.error(line.trimEnd()));
  const app = await NestFactory.createApplicationContext(module, { logger, abortOnError: false });
  try {
    return await work(app);
  } catch (error) {
    if (error instanceof ActionRefused || error instanceof NothingToActOn) throw new NotDone(error.message);
    throw error;
  } finally {
    await app.close();
  }
}

/** What every command takes that acts. */
export interface ActingOptions {
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

export function addActingOptions(command: Command): Command {
  return command
    .option('--dry-run', 'only say what would be done; needs no reason')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document');
}

/** Who acts: the user of this machine, unless they say who they are. */
export function actorOf({ as }: { as?: string }): string {
  if (as !== undefined) {
    if (/^[\w .:/-]{1,64}$/.test(as)) return as;
    throw new WronglyCalled('--as takes 1 to 64 letters, digits, spaces and . : / _ -');
  }
  try {
    return userInfo().username;
  } catch {
    throw new WronglyCalled('This user of the machine has no name. Say who you are: --as NAME.');
  }
}

/** An action without a reason is refused before anything is opened. */
export function reasonOf({ reason }: { reason?: string }): string {
  const said = reason?.trim();
  if (said) return said;
  throw new WronglyCalled('Say why: --reason "…". It goes into the audit trail.');
}

export function noSuchMail(): NotDone {
  return new NotDone('There is no mail of this id.');
}
