import type { BatchAsk, BatchFilter } from '#libs/notifications/index.js';
import { instant, isEmpty, oneOf } from './option.values.js';
import { WronglyCalled } from './terminal.js';

/** Options that say what is done, and for whom where no file says so. */
export interface AskOptions {
  action?: string;
  state?: string;
  incident?: string;
  column?: string;
  failureCategory?: string;
  failureDetail?: string;
  template?: string;
  ofIncident?: string;
  since?: string;
  until?: string;
}

/** @throws WronglyCalled naming the option that is missing or wrong. */
export async function askOf({ action: word, state, incident }: AskOptions): Promise<BatchAsk> {
  const { BATCH_ACTIONS, batchAsk } = await import('#libs/notifications/index.js');
  const action = oneOf('--action', word, BATCH_ACTIONS);
  if (!action)
    throw new WronglyCalled(`Say what is done for each of them: --action ${BATCH_ACTIONS.join(', ')}.`);
  const read = batchAsk.safeParse({ action, state, incident });
  if (read.success) return { action, topic: state, incident };
  throw wrong(read.error.issues);
}

/** Undefined where none was given. @throws WronglyCalled naming the option that is wrong. */
export async function filterOf(options: AskOptions): Promise<BatchFilter | undefined> {
  const { batchFilter, templateByName } = await import('#libs/notifications/index.js');
  const { failureCategory, failureDetail, template, ofIncident: incident } = options;
  const [since, until] = [await instant('--since', options.since), await instant('--until', options.until)];
  const asked = {
    failureCategory,
    failureDetail,
    // By any of its names; what is none is refused as it was given.
    template: template && (templateByName(template)?.template ?? template),
    incident,
    since: since?.toISOString(),
    until: until?.toISOString(),
  };
  if (isEmpty(asked)) return undefined;
  if (options.column !== undefined) throw new WronglyCalled('--column is for a file, not for a filter.');
  const read = batchFilter.safeParse(asked);
  if (read.success) return read.data;
  throw wrong(read.error.issues, { incident: '--of-incident' });
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

function wrong([issue]: Issue[], names: Record<string, string> = {}): WronglyCalled {
  const member = issue?.path[0];
  if (typeof member !== 'string') return new WronglyCalled(`The filter ${issue?.message ?? 'is wrong'}.`);
  const option = names[member] ?? `--${member.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`;
  return new WronglyCalled(`${option} ${issue?.message ?? 'is wrong'}.`);
}
