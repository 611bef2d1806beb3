import { Inject, Injectable } from '@nestjs/common';
import { ObjectError, ObjectStore, SETTINGS } from '#libs/platform/index.js';
import type { OpenObject, Settings } from '#libs/platform/index.js';
import { subjectOf } from './batch.actions.js';
import type { Asked } from './batch.intake.js';
import { ListAway, ListRefused } from './batch.refused.js';
import type { WorkingBatch } from './batch.turns.js';
import { csvRows } from './csv.list.js';
import { readJob } from './job.file.js';
import type { Job } from './job.file.js';
import type { ListRow } from './list.row.js';
import { textOf } from './list.text.js';
import type { ListText } from './list.text.js';
import { askedOfObject } from './object.asked.js';
import { partsOf } from './object.name.js';

/** Characters of the longest job file: it is parsed as a whole. */
export const LONGEST_JOB = 32 * 1024 * 1024;

/** A list that an object holds, and what it says of itself. */
interface ObjectList {
  asked: Asked;
  rows: AsyncIterable<ListRow>;
  close(): void;
}

/** Opens the lists that lie in S3: a job file of Direct File, or a CSV, which is read while it comes. */
@Injectable()
export class ObjectLists {
  constructor(
    private readonly store: ObjectStore,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_BUCKET'>,
  ) {}

  /** @throws ListRefused when there is nothing to read; ListAway when S3 gives nothing just now. */
  async open(batch: WorkingBatch): Promise<ObjectList> {
    const key = this.keyOf(batch);
    const object = await this.find(key, batch.version ?? undefined);
    try {
      return { ...(await this.read(batch, key, object)), close: () => object.bytes.destroy() };
    } catch (error) {
      object.bytes.destroy();
      throw error;
    }
  }

  private keyOf({ name }: WorkingBatch): string {
    const parts = partsOf(name ?? '');
    if (parts?.bucket !== this.settings.BATCH_BUCKET)
      throw new ListRefused('object-gone', 'Lists are read from the bucket that BATCH_BUCKET names alone.');
    return parts.key;
  }

  private async find(key: string, version: string | undefined): Promise<OpenObject> {
    try {
      return await this.store.open(key, version);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private async read(
    batch: WorkingBatch,
    key: string,
    object: OpenObject,
  ): Promise<Omit<ObjectList, 'close'>> {
    const text = await textOf(this.bytesOf(object));
    const version = object.version ?? null;
    if (isJob(text)) {
      const job = readJob(await wholeOf(text, object.size));
      return { asked: { ...askedOfJob(batch, job), version }, rows: oneByOne(job.rows) };
    }
    const asked = askedOfObject(batch, key, object.metadata);
    const rows = csvRows(text, { kind: subjectOf(asked.action), column: batch.column ?? undefined });
    return { asked: { ...asked, version, filter: null }, rows };
  }

  private async *bytesOf({ bytes }: OpenObject): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw refusalOf(this.store.broken(error));
    }
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof ObjectError)) return error;
  switch (error.fault) {
    case 'gone':
      return new ListRefused(
        'object-gone',
        'There is no such object in the bucket, or no longer. Put it there again.',
      );
    case 'replaced':
      return new ListRefused(
        'object-replaced',
        'The object was replaced before it was read. The new one is a list of its own: where nothing has announced it, put it there once more.',
      );
    case 'away':
      return new ListAway(error.message, { cause: error });
  }
}

/** A brace with an id in it is how a log search writes an id. */
function isJob({ head }: ListText): boolean {
  return /^\s*\{(?!\s*[0-9a-f]{8}-)/i.test(head);
}

/** @throws ListRefused when it is too long. */
async function wholeOf({ pieces }: ListText, size = 0): Promise<string> {
  const parts: string[] = [];
  let length = size;
  if (length <= LONGEST_JOB) length = 0;
  for await (const piece of length > 0 ? [] : pieces) {
    length += piece.length;
    if (length > LONGEST_JOB) break;
    parts.push(piece);
  }
  if (length > LONGEST_JOB)
    throw new ListRefused(
      'unreadable',
      `A job file may have ${LONGEST_JOB / 1024 / 1024} MiB, since it is read as a whole. Cut it in two, or send a CSV, which may be longer.`,
    );
  return parts.join('');
}

function askedOfJob({ action, incident }: WorkingBatch, job: Job): Omit<Asked, 'version'> {
  if (action !== 'unknown' && action !== job.action)
    throw new ListRefused(
      'unknown-action',
      'This job file says itself what is to be done, and it is not what was asked for.',
    );
  const filter = job.unsubmitted && { kind: 'unsubmitted' as const, between: job.unsubmitted };
  return { action: job.action, topic: job.topic ?? null, incident, filter: filter ?? null };
}

async function* oneByOne(rows: Iterable<ListRow>): AsyncGenerator<ListRow> {
  await Promise.resolve();
  yield* rows;
}
