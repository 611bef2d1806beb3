import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { BackfillAsked, BackfillOutcome } from '#libs/notifications/index.js';
import { withOperations } from './operate.js';
import { actingOf, saidOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { surroundings } from './surroundings.js';
import { NotDone, note, printLine, printTable, WronglyCalled } from './terminal.js';

interface Options extends ActingOptions {
  duplicate?: boolean;
  dryRun?: boolean;
}

/** Ids that are read before they are looked at: the longest list needs no more memory. */
const CHUNK = 500;

/** Keeps that the submissions of a list were mended. */
export async function fromList(file: string, options: Options): Promise<void> {
  const { dryRun = false, duplicate: ignoredAsDuplicate = false, json = false } = options;
  const evidence = saidOf('--evidence', options.evidence, 'Name the list');
  const asked = { ...actingOf(options), evidence, ignoredAsDuplicate, dryRun };
  const source = await sourceOf(file);
  const counts = json ? await asJson(source, asked) : await asTable(source, asked);
  if (dryRun) note('Nothing was done: this was a dry run.');
  if (counts.unknown > 0) throw new NotDone(`${counts.unknown} ids are unknown. The others are not held up.`);
}

type Asked = Omit<BackfillAsked, 'ids'>;
type Counts = Record<BackfillOutcome, number>;

async function asTable(source: Readable, asked: Asked): Promise<Counts> {
  const counts = await run(source, asked, (id) => printLine(`unknown  ${id}`));
  printTable(
    ['SUBMISSIONS', ''],
    [
      [String(counts.remediated), asked.dryRun ? 'would be remediated' : 'remediated'],
      [String(counts.known), 'known: on this list before'],
      [String(counts.unknown), 'unknown'],
    ],
  );
  return counts;
}

/**
 * Written as it goes, since nobody knows how many are unknown. What breaks off is no JSON, so nobody takes it for whole. Whoever takes
 * no more of it, as `head`, ends nothing: the console does not mind.
 */
async function asJson(source: Readable, asked: Asked): Promise<Counts> {
  const { console } = surroundings();
  let last: string | undefined;
  console.log(`{\n  "dryRun": ${asked.dryRun},\n  "unknown": [`);
  const counts = await run(source, asked, (id) => {
    if (last !== undefined) console.log(`    ${last},`);
    last = JSON.stringify(id);
  });
  if (last !== undefined) console.log(`    ${last}`);
  console.log(`  ],\n  "outcomes": ${JSON.stringify(counts)}\n}`);
  return counts;
}

async function run(source: Readable, asked: Asked, onUnknown: (id: string) => void): Promise<Counts> {
  const { BackfillService } = await import('#libs/notifications/index.js');
  const { unstorableIn, withoutAddresses } = await import('#libs/platform/index.js');
  const isUnstorable = (id: string) => unstorableIn(id).length > 0;
  const counts: Counts = { remediated: 0, known: 0, unknown: 0 };
  return withOperations(async (app) => {
    for await (const ids of chunksOf(source)) {
      // Such as a list that was saved as UTF-16: nothing in the database could be called so.
      const [impossible, possible] = [ids.filter(isUnstorable), ids.filter((id) => !isUnstorable(id))];
      const outcomes = await app.get(BackfillService).run({ ...asked, ids: possible });
      const unknown = impossible.map((id) => ({ id, outcome: 'unknown' as const }));
      for (const { id, outcome } of [...outcomes, ...unknown]) {
        counts[outcome] += 1;
        if (outcome === 'unknown') onUnknown(withoutAddresses(id));
      }
      note(`${counts.remediated + counts.known + counts.unknown} ids looked at`);
    }
    return counts;
  });
}

async function* chunksOf(source: Readable): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  for await (const line of createInterface({ input: source, crlfDelay: Infinity })) {
    // A byte order mark is white space too.
    const id = line.trim();
    if (id === '') continue;
    chunk.push(id);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function sourceOf(file: string): Promise<Readable> {
  if (file === '-') return surroundings().stdin;
  try {
    const list = await open(file);
    if (!(await list.stat()).isDirectory()) return list.createReadStream();
    await list.close();
  } catch (error) {
    throw new WronglyCalled(`The list cannot be read: ${(error as Error).message}`);
  }
  throw new WronglyCalled('The list cannot be read: it is a folder.');
}
