import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import {
  announce,
  Prepared,
  PrismaService,
  SETTINGS,
  since,
  stepBegins,
  unlessRefused,
  unstorableIn,
  withoutAddresses,
} from '#libs/platform/index.js';
import type { ListedObject, Settings, Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import { parkedForm, QuarantineService } from '../quarantine/quarantine.service.js';
import type { Recorded } from '../send/send.queue.js';
import type { EntryOutcome, ReadEntry } from '../terms/entries.js';
import { addressOf, isNoList } from './object.name.js';

/** An object that has come into the bucket, as a message says. */
export interface ObjectNews {
  /** Absent where the message speaks of the bucket of lists, by a path. */
  bucket?: string;
  key: string;
  /** Without its quotes. */
  etag?: string;
  versionId?: string;
}

interface IncomingNews extends ReadEntry<ObjectNews> {
  queue: string;
  source: string;
}

/** Why nothing is made of an object. */
interface Refusal {
  reason: 'other-bucket' | 'unusable-name';
  detail: string;
}

/** Bytes of the longest name that S3 knows. */
const LONGEST_KEY = 1024;

/** Makes a batch of each object that comes, once. A worker reads it then: whoever brings the news need not wait. */
@Injectable()
export class ObjectArrivals {
  constructor(
    private readonly prisma: PrismaService,
    private readonly quarantine: QuarantineService,
    private readonly trail: AuditTrail,
    @Inject(SETTINGS)
    private readonly settings: Pick<Settings, 'BATCH_BUCKET' | 'BATCH_PREFIX' | 'BATCH_POLL'>,
  ) {}

  /** Each in a transaction of its own, so that none harms another. @throws only when the database cannot be reached. */
  async record(entries: IncomingNews[]): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    for (const entry of entries) {
      const began = stepBegins();
      const outcome = await this.orPark(entry, () => this.prisma.retrying((tx) => this.take(tx, entry)));
      if (began) announce({ step: 'recorded', id: entry.source, outcome: outcome.outcome, ms: since(began) });
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /** The same within a transaction of the caller's. */
  async recordIn(tx: Transaction, entries: IncomingNews[]): Promise<Recorded> {
    const outcomes: EntryOutcome[] = [];
    for (const entry of entries)
      outcomes.push(await this.orPark(entry, () => this.prisma.apart(tx, () => this.take(tx, entry)), tx));
    return { outcomes, mails: [] };
  }

  /** What was found in the bucket: what is new becomes a batch. @returns how many. */
  async found(objects: ListedObject[]): Promise<number> {
    const { BATCH_BUCKET } = this.settings;
    const lists = objects.filter(({ key }) => this.refusalOf({ key }) === undefined && !isNoList(key));
    const names = lists.map(({ key }) => addressOf(BATCH_BUCKET, key));
    const fresh = await NEW_ONES.run(
      this.prisma.pool,
      names,
      lists.map(({ etag }) => etag),
    );
    for (const { name, etag } of fresh)
      await this.prisma.retrying((tx) => this.make(tx, name, etag, foundSource(name, etag)));
    return fresh.length;
  }

  private orPark(
    entry: IncomingNews,
    record: () => Promise<EntryOutcome>,
    tx?: Transaction,
  ): Promise<EntryOutcome> {
    return unlessRefused(record, async (error) => {
      const kept = await this.quarantine.keepUnstorable(parkedForm(entry), error, tx);
      return { outcome: 'parked', ...kept };
    });
  }

  private async take(tx: Transaction, entry: IncomingNews): Promise<EntryOutcome> {
    const { content, source } = entry;
    if ('refused' in content)
      return this.refuse(tx, entry, { reason: 'not-understood', detail: content.refused });
    const { bucket, etag, versionId } = content.entry;
    const key = bucket === undefined ? this.withPrefix(content.entry.key) : content.entry.key;
    if (isNoList(key)) return { outcome: 'applied', reason: 'no-list' };
    const refusal = this.refusalOf({ bucket, key });
    if (refusal) return this.refuse(tx, entry, refusal);
    const name = addressOf(this.settings.BATCH_BUCKET, key);
    const tag = etag && `"${etag}"`;
    // Where the bucket is looked through as well, the same object is the same news.
    const isFoundToo = this.settings.BATCH_POLL !== undefined && tag !== undefined;
    const version = versionId && versionId !== 'null' ? versionId : tag;
    return this.make(tx, name, version, isFoundToo ? foundSource(name, tag) : source);
  }

  private async make(
    tx: Transaction,
    name: string,
    version: string | undefined,
    source: string,
  ): Promise<EntryOutcome> {
    const [made] = await MAKE.run(tx, uuid(), name, version ?? null, source);
    if (!made) return { outcome: 'duplicate', reason: 'same-entry' };
    await this.trail.record(tx, [
      {
        actor: MADE_BY,
        reason: 'The object came into the bucket.',
        action: 'make-batch',
        kind: 'batch',
        target: made.id,
        after: { origin: 'object', name },
      },
    ]);
    return { outcome: 'applied' };
  }

  private async refuse(
    tx: Transaction,
    entry: IncomingNews,
    why: { reason: string; detail: string },
  ): Promise<EntryOutcome> {
    await this.quarantine.keep(tx, [{ ...parkedForm(entry), kind: 'refused', ...why }]);
    return { outcome: 'refused', ...why };
  }

  private withPrefix(path: string): string {
    const { BATCH_PREFIX = '' } = this.settings;
    return path.startsWith(BATCH_PREFIX) ? path : `${BATCH_PREFIX}${path}`;
  }

  private refusalOf({ bucket, key }: Pick<ObjectNews, 'bucket' | 'key'>): Refusal | undefined {
    const { BATCH_BUCKET, BATCH_PREFIX = '' } = this.settings;
    if (bucket !== undefined && bucket !== BATCH_BUCKET)
      return {
        reason: 'other-bucket',
        detail: 'Lists are read from the bucket that BATCH_BUCKET names, and this object is in another one.',
      };
    if (!key.startsWith(BATCH_PREFIX))
      return {
        reason: 'other-bucket',
        detail: 'The object belongs to another installation: its name does not begin with BATCH_PREFIX.',
      };
    const isUsable =
      withoutAddresses(key) === key &&
      unstorableIn(key).length === 0 &&
      Buffer.byteLength(key) <= LONGEST_KEY;
    if (isUsable) return undefined;
    return {
      reason: 'unusable-name',
      detail:
        'The name of the object holds an e-mail address or what cannot be kept. Give it another name and put it there again.',
    };
  }
}

const MADE_BY = 's3';

function foundSource(name: string, etag: string): string {
  return `${name}@${etag}`;
}

const MAKE = new Prepared<[id: string, name: string, version: string | null, source: string], { id: string }>(
  'make batch of an object',
  `INSERT INTO batches (id, action, origin, name, version, source, starts_itself, made_by)
   VALUES ($1::uuid, 'unknown', 'object', $2::text, $3::text, $4::text, true, '${MADE_BY}')
   ON CONFLICT (source) DO NOTHING RETURNING id`,
);

/** What a job message has named, and nobody has read yet, is not new either. */
const NEW_ONES = new Prepared<[names: string[], etags: string[]], { name: string; etag: string }>(
  'new objects',
  `SELECT o.name, o.etag FROM unnest($1::text[], $2::text[]) AS o(name, etag)
   WHERE NOT EXISTS (SELECT 1 FROM batches b WHERE b.source = o.name || '@' || o.etag)
     AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.name = o.name AND b.origin = 'object'
                      AND (b.version = o.etag OR (b.version IS NULL AND b.state = 'validating')))`,
);
