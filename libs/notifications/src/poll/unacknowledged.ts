import { Inject, Injectable } from '@nestjs/common';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { BackupStatus, Settings } from '#libs/platform/index.js';
import { entrySource, HTTP_DOOR } from '../quarantine/entry.source.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import type { IncomingEntry } from '../record/confirmation.service.js';
import { ReturnWrites } from '../returns/return.writes.js';
import type { StatusEntry } from '../terms/entries.js';
import { ACKNOWLEDGEMENTS } from './acknowledgement.answer.js';
import type { Acknowledgement } from './acknowledgement.answer.js';
import type { Answered, PollPath } from './poll.path.js';
import { readAnswer } from './upstream.answer.js';
import { ASKED_AT_ONCE } from './upstream.js';

/** Rows that are looked at in one go for those that are undecided. */
const LOOKED_AT = 500;
/** Of its age that a submission waits until it is asked about again: after ten days a day. None is ever given up. */
const SHARE_OF_AGE = 0.1;

/**
 * Submissions of which the authority has not said what became of them. Each has a time at which it is due, so that old ones are
 * asked about less often; what was decided meanwhile is noticed when its time comes, which costs those who record it nothing.
 */
@Injectable()
export class Unacknowledged implements PollPath<Acknowledgement> {
  readonly name = 'acknowledgements';
  readonly endpoint = 'acknowledgements';
  readonly mayBeMissing = true;
  readonly about = 'the primary path';

  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ReturnWrites,
    private readonly confirmations: ConfirmationService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'UPSTREAM_EVERY'>,
  ) {}

  async *batches(_resumeAfter: string, isDry: boolean): AsyncGenerator<string[]> {
    let waiting: string[] = [];
    for await (const rows of this.due()) {
      const decided = idsOf(rows.filter((row) => row.isDecided));
      if (decided.length > 0 && !isDry)
        await this.prisma.retryingPrepared((session) => this.writes.askNoMore(session, decided));
      waiting.push(...idsOf(rows.filter((row) => !row.isDecided)));
      // Also where nobody is to be asked, so that many who are decided keep no process from ending.
      if (waiting.length < ASKED_AT_ONCE) yield [];
      for (; waiting.length >= ASKED_AT_ONCE; waiting = waiting.slice(ASKED_AT_ONCE))
        yield waiting.slice(0, ASKED_AT_ONCE);
    }
    if (waiting.length > 0) yield waiting;
  }

  read(asked: string[], answer: unknown) {
    return readAnswer(ACKNOWLEDGEMENTS, asked, answer);
  }

  /** By the door of every status: what it says is checked, recorded and told as if it had come on the queue. */
  async settle({ verdicts, heard, unheard }: Answered<Acknowledgement>): Promise<BackupStatus[]> {
    const outcomes = await this.confirmations.confirm(verdicts.map(entryOf));
    await this.again(heard, SHARE_OF_AGE);
    // What failed is no reason to wait for long.
    await this.again(unheard, 0);
    return verdicts.flatMap(({ status }, index) => (outcomes[index]?.outcome === 'applied' ? [status] : []));
  }

  /** All that are due, in order, as of the moment in which it begins. */
  private async *due(): AsyncGenerator<DueRow[]> {
    const [clock] = await this.prisma.$queryRaw<
      { now: Date }[]
    >`SELECT date_trunc('milliseconds', now()) AS now`;
    const until = clock?.now ?? new Date();
    let last: Pick<DueRow, 'askAt' | 'submissionId'> = { askAt: new Date(0), submissionId: '' };
    for (;;) {
      const rows = await DUE.run(this.prisma.pool, until, last.askAt, last.submissionId, LOOKED_AT);
      const end = rows.at(-1);
      if (!end) return;
      yield rows;
      last = end;
    }
  }

  private async again(submissionIds: string[], share: number): Promise<void> {
    if (submissionIds.length === 0) return;
    await this.prisma.retryingPrepared((session) =>
      this.writes.askAgain(session, submissionIds, this.settings.UPSTREAM_EVERY, share),
    );
  }
}

interface DueRow {
  submissionId: string;
  askAt: Date;
  isDecided: boolean;
}

function idsOf(rows: DueRow[]): string[] {
  return rows.map(({ submissionId }) => submissionId);
}

function entryOf({ id: submissionId, status, occurredAt, rejectionCodes }: Acknowledgement): IncomingEntry {
  const entry: StatusEntry = { submissionId, status, occurredAt, rejectionCodes };
  return {
    content: { entry },
    body: JSON.stringify(entry),
    submissionId,
    // Whoever asked hears what became of it: a refused one need not be parked as well.
    queue: HTTP_DOOR,
    source: entrySource(`upstream/${submissionId}.${status}`, 0),
  };
}

export const DUE = new Prepared<[until: Date, after: Date, submissionId: string, most: number], DueRow>(
  'due acknowledgements',
  `SELECT s.submission_id AS "submissionId", s.ask_at AS "askAt",
     (EXISTS (SELECT 1 FROM submission_events e WHERE e.submission_uuid = s.id AND e.type = 'accepted')
      OR EXISTS (SELECT 1 FROM submission_events e WHERE e.submission_uuid = s.id AND e.type = 'rejected')) AS "isDecided"
   FROM submissions s
   WHERE s.submission_id IS NOT NULL AND s.ask_at <= $1::timestamptz AND (s.ask_at, s.submission_id) > ($2::timestamptz, $3::text)
   ORDER BY s.ask_at, s.submission_id LIMIT $4::int`,
);
