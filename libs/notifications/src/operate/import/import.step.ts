import { Injectable } from '@nestjs/common';
import { v5 as uuidOf } from 'uuid';
import { PrismaService, readInstant } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { legacyOf } from '../../batch/legacy.list.js';
import type { LegacyRecord } from '../../batch/legacy.list.js';
import { BatchSteps } from '../../batch/batch.steps.js';
import type { Applied, Looked, RowStep, StepAct } from '../../batch/batch.steps.js';
import type { WorkingBatch } from '../../batch/batch.turns.js';
import { lockSubmissions } from '../../remediate/remediation.service.js';
import { lockNames, ReturnStore } from '../../returns/return.store.js';
import { hasHappened } from '../../terms/instants.js';
import { ImportedFacts, LEGACY_NAMESPACE } from './imported.facts.js';
import type { KnownSubmission } from './imported.facts.js';
import { judge } from './legacy.rules.js';
import type { ReadRecord, Verdict } from './legacy.rules.js';
import { LEGACY_STATES, legacyStateIn } from './legacy.states.js';

type Read = ReadRecord | { unread: Verdict; submissionId: string; taxReturnId?: string };

/** Keeps what another system knew of submissions, for each row of a list. Nobody is told of it: see decision 81. */
@Injectable()
export class ImportStep implements RowStep {
  readonly atOnce = 50;

  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnStore,
    private readonly facts: ImportedFacts,
    steps: BatchSteps,
  ) {
    steps.register('import', this);
  }

  async look(_batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>> {
    const records = subjects.map((subject) => ({ subject, read: readOf(legacyOf(subject)) }));
    const known = await this.facts.known(
      this.prisma,
      records.map(({ read }) => read.submissionId),
    );
    const holders = await this.facts.holders(this.prisma, backupIdsOf(records.map(({ read }) => read)));
    return new Map(
      records.map(({ subject, read }) => {
        const its = known.get(read.submissionId);
        const taxReturnId = its?.taxReturnId ?? null;
        return [subject, { key: subject, taxReturnId, ...verdictOf(read, its, holders) }];
      }),
    );
  }

  begin(batch: WorkingBatch): StepAct {
    return async (tx, rows) => {
      const read = rows.map(({ row, subject }) => ({ row, read: readOf(legacyOf(subject)) }));
      const ids = read.map((one) => one.read.submissionId);
      await this.lock(
        tx,
        read.map((one) => one.read),
      );
      const applied: Applied[] = [];
      const idsGiven: string[] = [];
      // One after another: what a row adds is known to the next.
      const known = await this.facts.known(tx, ids);
      const holders = await this.facts.holders(tx, backupIdsOf(read.map((one) => one.read)));
      for (const { row, read: record } of read) {
        const its = known.get(record.submissionId);
        const verdict = verdictOf(record, its, holders);
        if (verdict.outcome !== 'ready' || 'unread' in record) {
          applied.push({ row, ...outcomeOf(verdict) });
          continue;
        }
        const id = await this.facts.keep(tx, record, verdict.reason, its, batch);
        if (!its) idsGiven.push(record.submissionId);
        if (record.backupId !== undefined) holders.set(record.backupId, id);
        // A list may call it by the authority's id and by ours.
        const names = ids.filter((given) => given === record.submissionId || known.get(given)?.id === id);
        for (const [given, now] of await this.facts.known(tx, names)) known.set(given, now);
        applied.push({ row, outcome: 'applied', reason: verdict.reason });
      }
      return { applied, idsGiven };
    };
  }

  /** Returns before submissions, each in their order, as everybody takes them. */
  private async lock(tx: Transaction, records: Read[]): Promise<void> {
    const known = await this.facts.known(
      tx,
      records.map(({ submissionId }) => submissionId),
    );
    await this.returns.lock(
      tx,
      records.map(({ submissionId, taxReturnId }) => {
        const its = known.get(submissionId);
        return its ? { taxReturnId: its.taxReturnId } : { submissionId, taxReturnId };
      }),
    );
    await lockNames(tx, backupIdsOf(records));
    await lockSubmissions(
      tx,
      [...known.values()].map(({ id }) => id),
    );
  }
}

/** A state and a date that can be read; else why not. */
function readOf({ state: word, when: written, ...record }: LegacyRecord): Read {
  const state = legacyStateIn(word);
  if (!state) return { ...record, unread: { outcome: 'not-affected', reason: 'unknown-state' } };
  // As Rails prints it.
  const when = readInstant(written.replace(/ UTC$/, 'Z'));
  if (!when || !hasHappened(when))
    return { ...record, unread: { outcome: 'not-affected', reason: 'bad-date' } };
  return { ...record, state, fact: LEGACY_STATES[state].fact, when };
}

function verdictOf(read: Read, its: KnownSubmission | undefined, holders: Map<string, string>): Verdict {
  if ('unread' in read) return read.unread;
  const holder = holders.get(read.backupId ?? '');
  const isTaken = holder !== undefined && holder !== its?.id;
  const remediation = its && uuidOf(`${its.id}/${read.state}`, LEGACY_NAMESPACE);
  const known = its && {
    ...its,
    hasThisRemediation: its.remediations.some((id) => id === remediation),
    hasOwnRemediation: its.hasOwnRemediation,
  };
  return judge(read, known, isTaken);
}

function outcomeOf({ outcome, reason }: Verdict): Pick<Applied, 'outcome' | 'reason'> {
  return { outcome, reason };
}

function backupIdsOf(records: Read[]): string[] {
  return records.flatMap((read) =>
    'backupId' in read && read.backupId !== undefined ? [read.backupId] : [],
  );
}
