import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { Place } from '../../standing/mail.filter.js';
import { FIRST_PLACE, hasNoAddressLeft, UNTOLD } from '../../standing/unreachable.js';
import type { KnownAddress, UntoldMail } from '../../standing/unreachable.js';
import { AddressesLeft } from './addresses.left.js';
import { noAddressWords, notToldOf } from './unreachable.words.js';

/** A mail whose taxpayer is untold and has no address left: a letter or a call that a person has to make. Without any address. */
export interface UnreachableMail extends Omit<
  UntoldMail,
  'requestedAt' | 'toAccount' | 'address' | 'email' | 'accountEmail'
> {
  /** What they were not told, in words. */
  notTold: string;
  /** When the mail was asked for. */
  since: Date;
  /** The addresses that were given, and what speaks against each; none where nobody gave one. */
  addresses: KnownAddress[];
  /** The same in words. */
  why: string;
}

/** How many there are, as far as somebody looked. */
export interface UnreachableCount {
  /** None only where there may be some behind those that were looked at. */
  mails: number;
  /** When the oldest of them was asked for; null where none was found. */
  since: Date | null;
  /** Untold mails that were looked at, the longest wait first. */
  lookedAt: number;
  /** False: there may be more behind these. */
  isAll: boolean;
}

/** A page of them. It may be short, or empty, and not the last. */
export interface UnreachablePart {
  mails: UnreachableMail[];
  /** Where the next one begins; undefined on the last. */
  end: Place | undefined;
}

/** Untold mails that are read in one step. */
const CHUNK = 500;
/** Untold mails that a count or a page looks at: in an outage there may be a million, all with an address. */
const LOOKED_AT = 2000;

/** Whom no mail reaches: derived anew each time, so that another address or a lifting ends it at once. */
@Injectable()
export class UnreachableService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly left: AddressesLeft,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * A page of them, the longest wait first. It ends with the last untold mail that was looked at, so that it costs no more in an outage.
   * @param most untold mails that are looked at.
   */
  async page({
    after,
    limit,
    most = LOOKED_AT,
  }: {
    after?: Place;
    limit: number;
    most?: number;
  }): Promise<UnreachablePart> {
    const found: UnreachableMail[] = [];
    let seen = 0;
    for await (const part of this.walk(after, Math.min(CHUNK, most))) {
      found.push(...part.mails);
      seen += part.seen;
      const last = found[limit - 1];
      if (last) return { mails: found.slice(0, limit), end: { at: last.since, id: last.id } };
      if (seen >= most) return { mails: found, end: part.end };
    }
    return { mails: found, end: undefined };
  }

  /** All of them, a part at a time, the longest wait first. */
  async *list(): AsyncGenerator<UnreachableMail[]> {
    for await (const { mails } of this.walk()) if (mails.length > 0) yield mails;
  }

  /** Undefined where there is none: not where none was found and others were not looked at. */
  async count(): Promise<UnreachableCount | undefined> {
    let [lookedAt, mails] = [0, 0];
    let since: Date | null = null;
    for await (const part of this.walk()) {
      lookedAt += part.seen;
      mails += part.mails.length;
      since ??= part.mails[0]?.since ?? null;
      if (part.end && lookedAt >= LOOKED_AT) return { mails, since, lookedAt, isAll: false };
    }
    return mails > 0 ? { mails, since, lookedAt, isAll: true } : undefined;
  }

  private async *walk(after?: Place, chunk = CHUNK): AsyncGenerator<UnreachablePart & { seen: number }> {
    const inProcessSince = new Date(Date.now() - this.settings.TOLD_WITHIN);
    let last = after ? { at: after.at.toISOString(), id: after.id } : FIRST_PLACE;
    for (;;) {
      const rows = await UNTOLD.run(this.prisma.pool, last.at, last.id, inProcessSince, chunk);
      const known = await this.left.of(this.prisma, rows);
      const mails = rows.flatMap((row, place) => {
        const addresses = known[place] ?? [];
        return hasNoAddressLeft(addresses) ? [shown(row, addresses)] : [];
      });
      const row = rows.length === chunk ? rows.at(-1) : undefined;
      yield { seen: rows.length, mails, end: row && { at: row.requestedAt, id: row.id } };
      if (!row) return;
      last = { at: row.requestedAt.toISOString(), id: row.id };
    }
  }
}

function shown(row: UntoldMail, addresses: KnownAddress[]): UnreachableMail {
  const { id, taxReturnId, submissionUuid, submissionId, userId, taxYear, template, stage } = row;
  const known = { id, taxReturnId, submissionUuid, submissionId, userId, taxYear, template, stage };
  return {
    ...known,
    notTold: notToldOf(template),
    since: row.requestedAt,
    addresses,
    why: noAddressWords(addresses),
  };
}
