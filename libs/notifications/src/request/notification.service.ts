import { Inject, Injectable } from '@nestjs/common';
import { TemplateCatalogue } from '#libs/email/index.js';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { NotificationRequests } from './notification.requests.js';
import type { Stage, Template } from './notification.template.js';
import { SendQueue } from '../send/send.queue.js';
import { requestOf } from './send-mail.service.js';
import { standingOf, whereStanding } from './told.js';
import type { Standing } from './told.js';

/** A mail that one of our own callers asks for. */
export interface NotificationAsked {
  taxReturnId: string;
  template: Template;
  stage?: Stage;
  submissionId?: string;
  occurrence?: string;
  context?: Record<string, unknown>;
  notAfter?: Date;
}

/** The context does not fit the template: every problem, in sentences without values. */
export class ContextProblems extends Error {
  constructor(readonly problems: string[]) {
    super('The context does not fit the template.');
  }
}

export interface NotificationFilter {
  standing?: Standing;
  template?: Template;
  taxReturnId?: string;
  since?: Date;
  /** The id of the last one of the page before. */
  after?: string;
  limit: number;
}

/** Everything but addresses and contents. */
const view = {
  id: true,
  taxReturnId: true,
  template: true,
  stage: true,
  occurrence: true,
  submissionId: true,
  userId: true,
  incident: true,
  state: true,
  reason: true,
  attempt: true,
  dueAt: true,
  notAfter: true,
  requestedAt: true,
  openedAt: true,
  settledAt: true,
} as const;

const deliveries = {
  select: {
    attempt: true,
    outcome: true,
    reason: true,
    responseCode: true,
    response: true,
    relay: true,
    language: true,
    templateVersion: true,
    openedAt: true,
    settledAt: true,
  },
  orderBy: { attempt: 'asc' },
} as const;

/** What our own callers ask of notifications: to send one, to see one, to list them. */
@Injectable()
export class NotificationService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly requests: NotificationRequests,
    private readonly catalogue: TemplateCatalogue,
    private readonly queue: SendQueue,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Asks for a mail; once committed it is queued. The same occurrence gives the same notification.
   * @throws ContextProblems when the template would not take the context.
   */
  async ask(asked: NotificationAsked, source: string): Promise<{ id: string; created: boolean }> {
    const { taxReturnId, template, stage, submissionId, occurrence, context, notAfter } = asked;
    const problems = this.catalogue.problems(template, {
      taxYear: this.settings.TAX_YEAR,
      ...(stage ? { stage } : {}),
      ...context,
    });
    if (problems.length > 0) throw new ContextProblems(problems);
    const entry = { taxReturnId, template, stage, submissionId, occurrence, context, notAfter };
    const [row] = await this.prisma.$transaction(async (tx) =>
      this.requests.request(tx, [await requestOf(tx, entry, source)]),
    );
    if (!row) throw new Error('nothing was requested');
    await this.queue.enqueue([row]);
    return { id: row.id, created: row.created };
  }

  async find(id: string) {
    const row = await this.prisma.notification.findUnique({ where: { id }, select: { ...view, deliveries } });
    return row && this.shown(row);
  }

  async page(filter: NotificationFilter) {
    const { standing, template, taxReturnId, since, after, limit } = filter;
    const rows = await this.prisma.notification.findMany({
      where: {
        template,
        taxReturnId,
        requestedAt: since && { gte: since },
        id: after && { lt: after },
        ...(standing ? whereStanding(standing, new Date(), this.settings.TOLD_WITHIN) : {}),
      },
      select: view,
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map((row) => this.shown(row));
  }

  private shown<T extends Parameters<typeof standingOf>[0]>(row: T) {
    return { ...row, standing: standingOf(row, new Date(), this.settings.TOLD_WITHIN) };
  }
}
