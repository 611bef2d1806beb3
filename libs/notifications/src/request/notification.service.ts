import { Inject, Injectable, Logger } from '@nestjs/common';
import { TemplateCatalogue } from '#libs/email/index.js';
import { PrismaService, SETTINGS, takingApart } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { NotificationRequests } from './notification.requests.js';
import { deliveryView, notificationView } from './notification.view.js';
import { SendQueue } from '../send/send.queue.js';
import { requestsOf } from './mail.asks.js';
import type { AskedMail } from './mail.asks.js';
import { whereAfter } from '../standing/mail.filter.js';
import type { MailFilter } from '../standing/mail.filter.js';
import { MailSearch } from '../standing/mail.search.js';
import { standingOf } from '../standing/told.js';

/** What became of an asking; undefined when the database would not take it. */
export type Asked = { id: string; created: boolean } | undefined;

export interface NotificationPage extends MailFilter {
  /** The place of the last one of the page before. */
  after?: { at: Date; id: string };
  limit: number;
}

const deliveries = { select: deliveryView, orderBy: { attempt: 'asc' } } as const;

/** What our own callers ask of notifications: to send one, to see one, to list them. */
@Injectable()
export class NotificationService {
  private readonly logger = new Logger(NotificationService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly requests: NotificationRequests,
    private readonly catalogue: TemplateCatalogue,
    private readonly queue: SendQueue,
    private readonly search: MailSearch,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What is wrong with a context, in sentences without values. Empty when the template takes it. */
  problems({ template, stage, context }: Pick<AskedMail, 'template' | 'stage' | 'context'>): string[] {
    return this.catalogue.problems(template, {
      taxYear: this.settings.TAX_YEAR,
      ...(stage ? { stage } : {}),
      ...context,
    });
  }

  /**
   * Asks for mails whose contexts fit, in one transaction; once committed they are queued. The same occurrence gives the
   * same notification. One that the database refuses does not keep the others.
   * @throws when the database cannot be reached.
   */
  ask(asked: AskedMail[]): Promise<Asked[]> {
    return takingApart<AskedMail, Asked>(
      asked,
      (some) => this.commit(some),
      ({ source }, error) => {
        this.logger.error({ message: 'A notification cannot be stored', source, err: error });
        return undefined;
      },
    );
  }

  private async commit(asked: AskedMail[]): Promise<Asked[]> {
    const rows = await this.prisma.retrying(async (tx) =>
      this.requests.request(tx, await requestsOf(tx, asked)),
    );
    await this.queue.enqueue(rows);
    return firstOfEach(rows);
  }

  async find(id: string) {
    const row = await this.prisma.notification.findUnique({
      where: { id },
      select: { ...notificationView, deliveries },
    });
    return row && this.shown(row);
  }

  async page({ after, limit, ...filter }: NotificationPage) {
    const rows = await this.prisma.notification.findMany({
      where: { AND: [await this.search.where(filter), after ? whereAfter(after) : {}] },
      select: notificationView,
      orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map((row) => this.shown(row));
  }

  private shown<T extends Parameters<typeof standingOf>[0]>(row: T) {
    return { ...row, standing: standingOf(row, new Date(), this.settings.TOLD_WITHIN) };
  }
}

/** Two that ask for one mail in one transaction: only the first has created it. */
function firstOfEach(rows: { id: string; created: boolean }[]): { id: string; created: boolean }[] {
  const seen = new Set<string>();
  return rows.map(({ id, created }) => {
    const isFirst = !seen.has(id);
    seen.add(id);
    return { id, created: created && isFirst };
  });
}
