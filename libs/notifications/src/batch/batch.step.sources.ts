import type { PrismaService } from '#libs/platform/index.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import type { MailFilter } from '../standing/mail.filter.js';
import type { MailSearch } from '../standing/mail.search.js';
import { givenOf } from './batch.filter.js';
import type { KeptMailFilter, KeptParkedFilter } from './batch.filter.js';
import { rowOf } from './list.row.js';
import type { ListRow } from './list.row.js';

/** Rows that are read together. */
const PAGE = 2_000;

/** The mails that a filter finds, newest first. */
export async function* mailRows(search: MailSearch, filter: KeptMailFilter): AsyncGenerator<ListRow> {
  let row = 0;
  for await (const ids of search.walk(givenOf<MailFilter>(filter), PAGE))
    for (const id of ids) yield rowOf((row += 1), id, 'notificationId');
}

/** The parked messages that a filter finds, oldest first. */
export async function* parkedRows(prisma: PrismaService, filter: KeptParkedFilter): AsyncGenerator<ListRow> {
  const where = whereParked(givenOf<QuarantineFilter>(filter));
  let row = 0;
  let last: string | undefined;
  do {
    const rows: { id: string }[] = await prisma.quarantineEntry.findMany({
      where: { AND: [where, { id: { gt: last } }] },
      select: { id: true },
      orderBy: { id: 'asc' },
      take: PAGE,
    });
    for (const { id } of rows) yield rowOf((row += 1), id, 'quarantineId');
    last = rows.length === PAGE ? rows.at(-1)?.id : undefined;
  } while (last !== undefined);
}
