import { openList } from './batch.list.file.js';
import { workOffList } from './list.work.js';
import { actorOf, withOperations } from './operate.js';
import { actingOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';

/** Marks what failed of the same people as duplicates of the submissions of a list. */
export async function markDuplicates(
  file: string,
  options: ActingOptions & { dryRun?: boolean },
): Promise<void> {
  const { dryRun = false, evidence, json } = options;
  const foreseen = { context: 'a dry run', reason: 'a dry run' };
  const { context, ...acting } = dryRun ? { ...foreseen, actor: actorOf(options) } : actingOf(options);
  const list = await openList(file, { kind: 'submission' });
  const { BatchService } = await import('#libs/notifications/index.js');
  await withOperations(async (app) => {
    const ask = {
      action: 'mark-duplicates' as const,
      name: list.name,
      ordered: { context, evidence, dryRun },
    };
    const id = await app.get(BatchService).take(ask, 'terminal', list.rows, acting);
    await workOffList(app, id, { ...acting, dryRun, json, undone: 'Nothing else of these people failed.' });
  });
}
