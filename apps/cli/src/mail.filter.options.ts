import type { Command } from 'commander';
import type { MailFilter } from '#libs/notifications/index.js';
import { instant, oneOf, uuid } from './option.values.js';
import { WronglyCalled } from './terminal.js';

/** Options that say which mails. */
export interface MailFilterOptions {
  template?: string;
  state?: string;
  stateReason?: string;
  standing?: string;
  need?: string;
  became?: string;
  taxReturn?: string;
  batch?: string;
  incident?: string;
  since?: string;
  until?: string;
}

export function addMailFilterOptions(command: Command): Command {
  return command
    .option('--template <name>', 'mails of this template')
    .option('--state <state>', 'failed, unknown, withheld, no_address, handed_over, queued or sending')
    .option('--state-reason <word>', 'why they are in their state, such as too-old')
    .option('--standing <standing>', 'failure (not told), in-process or success')
    .option('--need <need>', 'what they need: failed, unknown, no-address, bounced, withheld, stuck or any')
    .option(
      '--became <what>',
      'what became of them: told, waiting, failed or uncertain, as a batch counts them',
    )
    .option('--tax-return <id>', 'mails of this tax return')
    .option(
      '--batch <id>',
      'mails that this batch asked for, as their caller called it; what one sent again stands in `receipt batch results`',
    )
    .option('--incident <name>', 'mails of this incident, as the message named it that made them due')
    .option('--since <time>', 'requested at or after, such as 2026-02-04T03:00Z, or 2h for two hours ago')
    .option('--until <time>', 'requested before');
}

/** @throws WronglyCalled naming the option that cannot be read, and what it takes. */
export async function mailFilterOf(ids: string[], options: MailFilterOptions): Promise<MailFilter> {
  const { BECAME, NEEDS, STANDINGS, templateByName, TEMPLATES } =
    await import('#libs/notifications/index.js');
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
    became: oneOf('--became', options.became, BECAME),
    taxReturnId: options.taxReturn === undefined ? undefined : uuid('--tax-return', options.taxReturn),
    batchId: options.batch === undefined ? undefined : uuid('--batch', options.batch),
    incident: options.incident,
    since: await instant('--since', options.since),
    until: await instant('--until', options.until),
  };
}
