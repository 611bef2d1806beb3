import { BATCH_ACTIONS } from './batch.actions.js';
import { batchAsk } from './batch.ask.js';
import type { Asked } from './batch.intake.js';
import { ListRefused } from './batch.refused.js';
import type { WorkingBatch } from './batch.turns.js';

const HOW = `Put it into a folder that is named for what is to be done: ${BATCH_ACTIONS.map((action) =>
  action === 'reminder-state' ? 'reminder-state/MA for the state' : action,
).join(', ')}. Or give the object metadata named action, state and incident.`;

/**
 * What a CSV in the bucket asks for: what its owner wrote about it, else the folder that it is in; unless somebody said so who
 * sent us there.
 * @throws ListRefused when nothing says what is to be done.
 */
export function askedOfObject(
  batch: Pick<WorkingBatch, 'action' | 'topic' | 'incident'>,
  key: string,
  metadata: Record<string, string>,
): Pick<Asked, 'action' | 'topic' | 'incident'> {
  if (batch.action !== 'unknown')
    return { action: batch.action, topic: batch.topic, incident: batch.incident };
  const written = metadata.action === undefined ? askedByFolder(key) : { action: metadata.action };
  const { state, incident } = metadata;
  const read = batchAsk.safeParse({ ...written, ...(state && { state }), ...(incident && { incident }) });
  if (!read.success)
    throw new ListRefused('unknown-action', `Nothing says what is to be done for this list. ${HOW}`);
  return { action: read.data.action, topic: read.data.state ?? null, incident: read.data.incident ?? null };
}

function askedByFolder(key: string): { action?: string; state?: string } {
  const [above, folder] = ['', '', ...key.split('/').slice(0, -1)].slice(-2);
  return above === 'reminder-state' ? { action: above, state: folder } : { action: folder };
}
