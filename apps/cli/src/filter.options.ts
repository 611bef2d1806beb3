import type { Command } from 'commander';
import type { MailFilter } from '#libs/notifications/index.js';
import { WronglyCalled } from './terminal.js';

/** Options that say which mails. */
export interface FilterOptions {
  template?: string;
  state?: string;
  stateReason?: string;
  standing?: string;
  need?: string;
  taxReturn?: string;
  batch?: string;
  incident?: string;
  since?: string;
  until?: string;
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--template <name>', 'mails of this template')
    .option('--state <state>', 'failed, unknown, withheld, no_address, handed_over, queued or sending')
    .option('--state-reason <word>', 'why they are in their state, such as too-old')
    .option('--standing <standing>', 'failure (not told), in-process or success')
    .option('--need <need>', 'what they need: failed, unknown, no-address, bounced, withheld, stuck or any')
    .option('--tax-return <id>', 'mails of this tax return')
    .option('--batch <id>', 'mails of this batch, as their caller called it')
    .option('--incident <name>', 'mails of this incident, as the message named it that made them due')
    .option('--since <time>', 'requested at or after, such as 2026-02-04T03:00Z, or 2h for two hours ago')
    .option('--until <time>', 'requested before');
}

/** @throws WronglyCalled naming the option that cannot be read, and what it takes. */
export async function filterOf(ids: string[], options: FilterOptions): Promise<MailFilter> {
  const { NEEDS, STANDINGS, templateByName, TEMPLATES } = await import('#libs/notifications/index.js');
  const { NotificationState } = await import('#libs/platform/index.js');
  const template = options.template === undefined ? undefined : templateByName(options.template)?.template;
  if (options.template !== undefined && !template)
    throw new WronglyCalled(`--template takes ${TEMPLATES.join(', ')}`);
  return {
    ...(ids.length > 0 ? { ids: ids.map((id) => uuid('An id of a mail', id)) } : {}),
    template,
    state: oneOf('--state', options.state, Object.values(NotificationState)),
    reason: options.stateReason,
    standing: oneOf('--standing', options.standing, STANDINGS),
    need: oneOf('--need', options.need, [...NEEDS, 'any']),
    taxReturnId: options.taxReturn === undefined ? undefined : uuid('--tax-return', options.taxReturn),
    batchId: options.batch === undefined ? undefined : uuid('--batch', options.batch),
    incident: options.incident,
    since: await instant('--since', options.since),
    until: await instant('--until', options.until),
  };
}

export function isEmpty(filter: object): boolean {
  return Object.values(filter).every((member) => member === undefined);
}

export function oneOf<Word extends string>(
  option: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((candidate) => candidate === text);
  if (text !== undefined && word === undefined)
    throw new WronglyCalled(`${option} takes ${words.join(', ')}`);
  return word;
}

export function uuid(what: string, text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new WronglyCalled(`${what} is a UUID; ${text.length} characters were given that are none`);
}

export function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new WronglyCalled(`${option} takes a whole number of at least 1`);
}

/** An instant, or how long ago. */
export async function instant(option: string, text: string | undefined): Promise<Date | undefined> {
  if (text === undefined) return undefined;
  const { milliseconds } = await import('#libs/platform/index.js');
  const ago = milliseconds(text);
  const read = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(read.getTime()))
    throw new WronglyCalled(`${option} takes a time such as 2026-02-04T03:00Z, or 2h for two hours ago`);
  return read;
}
