import { Injectable } from '@nestjs/common';
import { TemplateArchive } from '#libs/email/index.js';
import type { Context, RenderedMail, Site } from '#libs/email/index.js';
import { PrismaService, Sealer } from '#libs/platform/index.js';
import type { DeliveryOutcome } from '#libs/platform/index.js';

/** A mail as it was handed to a relay. Whom it went to is not part of it. */
export interface PastMail {
  mail: RenderedMail;
  attempt: number;
  outcome: DeliveryOutcome | null;
  openedAt: Date;
}

/** What a delivery keeps of what it was rendered from. */
interface Values {
  context: Context;
  site: Site;
}

/** Whom a mail went to and what it said has been erased: it cannot be shown any more. */
export class MailErased extends Error {
  constructor(readonly erasedAt: Date) {
    super('erased');
  }
}

/** Shows again what was sent: the version and the values of the delivery, whatever became of template and settings since. */
@Injectable()
export class PastMailService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
    private readonly archive: TemplateArchive,
  ) {}

  /**
   * The mail of a notification's last try, or undefined when there was none whose values are kept.
   * @throws MailErased; SealError when its values cannot be opened, TemplateError when its version was never kept
   */
  async find(notificationId: string): Promise<PastMail | undefined> {
    const delivery = await this.prisma.delivery.findFirst({
      where: { notificationId, values: { not: null } },
      orderBy: { attempt: 'desc' },
    });
    if (!delivery?.values) return this.noneOf(notificationId);
    const { attempt, outcome, openedAt, templateVersion } = delivery;
    const row = `deliveries.values:${notificationId}-${attempt}`;
    const { context, site } = JSON.parse(this.sealer.open(delivery.values, row)) as Values;
    return { mail: await this.archive.render(templateVersion, context, site), attempt, outcome, openedAt };
  }

  private async noneOf(id: string): Promise<undefined> {
    const mail = await this.prisma.notification.findUnique({ where: { id }, select: { erasedAt: true } });
    if (mail?.erasedAt) throw new MailErased(mail.erasedAt);
  }
}
