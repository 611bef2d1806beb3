import { Injectable } from '@nestjs/common';
import { Prisma, Sealer } from '#libs/platform/index.js';
import type { NotificationState, Transaction } from '#libs/platform/index.js';
import { NotificationRequests } from '../../request/notification.requests.js';
import type { RequestedMail } from '../../request/notification.requests.js';
import type { Stage, Template } from '../../terms/mail.kinds.js';
import { beginsAnew } from '../../send/reopening.js';
import { HELD_BY_BATCH } from '../../terms/held.batches.js';
import { standingOf } from '../../standing/told.js';
import type { Addressed } from '../../send/addressee.js';
import type { QueuedRow } from '../../send/send.queue.js';
import type { NotificationReason } from '../../send/notification.reason.js';
import type { Overruled } from '../../send/still-due.rules.js';
import { originalOf, resendNumberOf } from './resend.rules.js';
import type { ResendCandidate } from './resend.rules.js';

/** A notification whose row is held, with all that it takes to send it again. */
export interface HeldMail extends Omit<ResendCandidate, 'hasAddress' | 'isSuppressed'>, Addressed {
  template: Template;
  stage: Stage | null;
  submissionId: string | null;
  userId: string | null;
  language: string | null;
  context: string | null;
  batchId: string | null;
  incident: string | null;
  attempt: number;
  openedAt: Date;
  bouncedAt: Date | null;
  chain: Relative[];
}

/** The original of a mail or one of its re-sends. */
interface Relative {
  id: string;
  occurrence: string;
  sources: string[];
}

/** A new round of a mail that no relay accepted. */
interface Round {
  id: string;
  overruled: Overruled[];
  /** It is to go to the address registered for the return, not to the one that it went to. */
  toRegistered: boolean;
}

type HeldRow = Omit<HeldMail, 'standing' | 'newest' | 'chain'>;

/** The statements of a re-send. */
@Injectable()
export class ResendWrites {
  constructor(
    private readonly requests: NotificationRequests,
    private readonly sealer: Sealer,
  ) {}

  /**
   * Reads mails with their re-sends.
   * @param box milliseconds within which telling counts as in process.
   * @param lock true holds the rows until the transaction ends, in one order, so that nobody waits in a circle.
   */
  async read(tx: Transaction, ids: string[], box: number, lock: boolean): Promise<HeldMail[]> {
    const rows = await tx.$queryRaw<HeldRow[]>`
      SELECT n.id, n.tax_return_id AS "taxReturnId", n.template, n.occurrence, n.stage, n.submission_uuid AS "submissionUuid",
             n.submission_id AS "submissionId", n.user_id AS "userId", n.language, n.address, n.context, n.not_after AS "notAfter",
             n.batch_id AS "batchId", n.incident, n.source || n.earlier_sources AS sources, n.is_asked AS "isAsked",
             n.state::text AS state, n.reason, n.attempt, n.opened_at AS "openedAt", n.bounced_at AS "bouncedAt",
             n.to_account AS "toAccount", n.erased_at IS NOT NULL AS "isErased", ${Prisma.raw(HELD_BY_BATCH)} AS "isHeld", t.email, t.account_email AS "accountEmail"
      FROM notifications n LEFT JOIN tax_returns t ON t.id = n.tax_return_id
      WHERE n.id = ANY(${ids}::uuid[]) ORDER BY n.id ${lock ? Prisma.sql`FOR UPDATE OF n` : Prisma.empty}`;
    const chains = await chainsOf(tx, rows);
    const now = new Date();
    return rows.map((row) => {
      const chain = chains.get(nameOf(row)) ?? [];
      const newest = Math.max(0, ...chain.map(({ occurrence }) => resendNumberOf(occurrence)));
      // What a re-send made of this mail counts as asked for by that re-send, whichever of them is looked at.
      const sources = [...row.sources, ...chain.flatMap((relative) => relative.sources)];
      return { ...row, sources, chain, newest, standing: standingOf(row, now, box) };
    });
  }

  /** Opens a new round of what no relay accepted. */
  async openAgain(tx: Transaction, rounds: Round[], source: string): Promise<QueuedRow[]> {
    if (rounds.length === 0) return [];
    return tx.$queryRaw<QueuedRow[]>`
      UPDATE notifications n
      SET ${beginsAnew(Prisma.sql`o.overruled`)}, source = ${source},
          earlier_sources = array_append(earlier_sources, source),
          address = CASE WHEN o."toRegistered" THEN NULL ELSE n.address END,
          to_account = n.to_account AND NOT o."toRegistered"
      FROM jsonb_to_recordset(${JSON.stringify(rounds)}::jsonb) AS o(id uuid, overruled text[], "toRegistered" boolean)
      WHERE n.id = o.id
      RETURNING n.id, n.template, n.state::text AS state, n.attempt, n.batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait`;
  }

  /** Settles what something else took the place of: withheld, unless a relay had it. */
  async overtake(tx: Transaction, mails: { id: string; reason: NotificationReason }[]): Promise<void> {
    if (mails.length === 0) return;
    await tx.$executeRaw`
      UPDATE notifications n
      SET state = CASE n.state WHEN 'handed_over' THEN n.state ELSE 'withheld' END, reason = o.reason, settled_at = now()
      FROM jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) AS o(id uuid, reason text) WHERE n.id = o.id`;
  }

  /**
   * Asks for what was accepted as a mail of its own.
   * @throws SealError when its address or its context cannot be opened.
   */
  async makeNew(
    tx: Transaction,
    mails: (Omit<Round, 'id'> & { mail: HeldMail; n: number })[],
    source: string,
  ): Promise<RequestedMail[]> {
    return this.requests.request(
      tx,
      mails.map(({ mail, n, overruled, toRegistered }) => ({
        taxReturnId: mail.taxReturnId,
        template: mail.template,
        occurrence: `${originalOf(mail.occurrence)}.resend-${n}`,
        stage: mail.stage ?? undefined,
        submissionUuid: mail.submissionUuid ?? undefined,
        submissionId: mail.submissionId ?? undefined,
        userId: mail.userId ?? undefined,
        language: mail.language ?? undefined,
        ...this.opened({ ...mail, address: toRegistered ? null : mail.address }),
        notAfter: mail.notAfter ?? undefined,
        batchId: mail.batchId ?? undefined,
        incident: mail.incident ?? undefined,
        source,
        isAsked: mail.isAsked,
        overruled,
        toAccount: mail.toAccount && !toRegistered,
        delay: 0,
      })),
    );
  }

  /** @throws SealError */
  opened({ id, address, context }: Pick<HeldMail, 'id' | 'address' | 'context'>) {
    return {
      address: address === null ? undefined : this.sealer.open(address, `notifications.address:${id}`),
      context:
        context === null
          ? undefined
          : (JSON.parse(this.sealer.open(context, `notifications.context:${id}`)) as Record<string, unknown>),
    };
  }
}

/** The re-sends of mails, by what was sent first. */
async function chainsOf(tx: Transaction, rows: HeldRow[]): Promise<Map<string, Relative[]>> {
  const keys = rows.map(({ taxReturnId, template }) => ({ taxReturnId, template }));
  const relatives = await tx.$queryRaw<(Relative & { taxReturnId: string; template: string })[]>`
    SELECT DISTINCT n.id, n.tax_return_id AS "taxReturnId", n.template, n.occurrence, n.source || n.earlier_sources AS sources
    FROM notifications n
    JOIN jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS k("taxReturnId" uuid, template text)
      ON n.tax_return_id = k."taxReturnId" AND n.template = k.template
    WHERE n.occurrence ~ '\\.resend-[0-9]+$'`;
  const chains = new Map<string, Relative[]>();
  for (const relative of relatives)
    chains.set(nameOf(relative), [...(chains.get(nameOf(relative)) ?? []), relative]);
  return chains;
}

function nameOf(mail: { taxReturnId: string; template: string; occurrence: string }): string {
  return `${mail.taxReturnId}/${mail.template}/${originalOf(mail.occurrence)}`;
}

/** As much of a mail as the audit trail keeps. */
export function traceOf({
  state,
  reason,
  attempt,
}: {
  state: NotificationState;
  reason: string | null;
  attempt: number;
}) {
  return { state, reason, attempt };
}
