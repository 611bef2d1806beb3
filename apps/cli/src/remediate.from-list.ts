import type { BatchReader, SeenBatch } from '#libs/notifications/index.js';
import { openList } from './batch.list.file.js';
import { refuseUndone, workedOff } from './list.work.js';
import { withOperations } from './operate.js';
import { actingOf, saidOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { surroundings } from './surroundings.js';
import { NotDone, note, printLine, printTable } from './terminal.js';

interface Options extends ActingOptions {
  duplicate?: boolean;
  dryRun?: boolean;
}

/** Keeps that the submissions of a list were mended. */
export async function fromList(file: string, options: Options): Promise<void> {
  const { dryRun = false, duplicate: ignoredAsDuplicate = false, json = false } = options;
  const evidence = saidOf('--evidence', options.evidence, 'Name the list');
  const { context, ...acting } = actingOf(options);
  const list = await openList(file, { kind: 'submission' });
  const { BatchReader, BatchService } = await import('#libs/notifications/index.js');
  await withOperations(async (app) => {
    const ordered = { context, evidence, ignoredAsDuplicate, dryRun };
    const ask = { action: 'remediate' as const, name: list.name, ordered };
    const id = await app.get(BatchService).take(ask, 'terminal', list.rows, acting);
    const batch = await workedOff(app, id, { ...acting, dryRun });
    note(`${batch.checked} ids looked at, as batch ${id}`);
    const counts = countsOf(batch, dryRun);
    const show = json ? showJson : showTable;
    await show(app.get(BatchReader), id, counts, dryRun);
    if (dryRun) note('Nothing was done: this was a dry run.');
    else refuseUndone(batch);
    if (counts.unknown > 0)
      throw new NotDone(`${counts.unknown} ids are unknown. The others are not held up.`);
  });
}

interface Counts {
  remediated: number;
  known: number;
  unknown: number;
  repeated: number;
}

/** What is no id is none that anybody knows. */
function countsOf({ counts }: SeenBatch, dryRun: boolean): Counts {
  return {
    remediated: dryRun ? counts.ready : counts.applied,
    known: counts['already-done'],
    unknown: counts.unknown + counts.malformed,
    repeated: counts.repeated,
  };
}

async function showTable(reader: BatchReader, id: string, counts: Counts, dryRun: boolean): Promise<void> {
  for await (const subjects of reader.unknown(id))
    for (const subject of subjects) printLine(`unknown  ${subject}`);
  printTable(
    ['SUBMISSIONS', ''],
    [
      [String(counts.remediated), dryRun ? 'would be remediated' : 'remediated'],
      [String(counts.known), 'known: on this list before'],
      [String(counts.unknown), 'unknown'],
      ...(counts.repeated > 0 ? [[String(counts.repeated), 'on the list more than once']] : []),
    ],
  );
}

/** Written as it is read, since nobody knows how many are unknown. What breaks off is no JSON, so nobody takes it for whole. */
async function showJson(
  reader: BatchReader,
  batch: string,
  outcomes: Counts,
  dryRun: boolean,
): Promise<void> {
  const { console } = surroundings();
  let last: string | undefined;
  console.log(`{\n  "dryRun": ${dryRun},\n  "batch": "${batch}",\n  "unknown": [`);
  for await (const subjects of reader.unknown(batch))
    for (const subject of subjects) {
      if (last !== undefined) console.log(`    ${last},`);
      last = JSON.stringify(subject);
    }
  if (last !== undefined) console.log(`    ${last}`);
  console.log(`  ],\n  "outcomes": ${JSON.stringify(outcomes)}\n}`);
}
