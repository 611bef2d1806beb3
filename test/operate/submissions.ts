import { expect } from 'vitest';
import { isDuplicate, isRemediated, StandingService } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import { factsOfDelivery } from '../../libs/notifications/src/standing/standing.service.js';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import type { Stack } from '../support/stack.js';

/** What is heard of a submission, or done for it. */
export type News =
  | { receiptId: string }
  | { backup: { id: string; status?: BackupStatus } }
  | { says: string }
  | { remediated: boolean | 'duplicate' }
  | 'taken back';

/** Milliseconds. */
export const day = 86_400_000;
/** The instant at which submissions are judged where it matters. */
export const now = new Date('2026-05-03T12:00:00Z');

const scopes = ['success', 'in-process', 'failure', 'remediated', 'duplicate'] as const;

/** Submissions of a stack: made, told of and asked for as callers would, and judged in every way there is. */
export class Submissions {
  readonly standings: StandingService;
  private readonly prisma: PrismaService;

  constructor(private readonly stack: Stack) {
    this.standings = stack.app.get(StandingService);
    this.prisma = stack.app.get(PrismaService);
  }

  /** Registered over HTTP, as old as given at an instant; then the news, in their order. @returns our id. */
  async make(age: number, news: News[] = [], at = now): Promise<string> {
    const owner = aName();
    await this.stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { userId: owner.userId });
    const createdAt = new Date(at.getTime() - age).toISOString();
    await this.put(owner.taxReturnId, { submissionId: owner.submissionId, createdAt });
    const id = await this.idOf(owner);
    for (const one of news) await this.hear(id, one);
    return id;
  }

  /** A return with an address, whose submission nothing took in forty days. */
  async makeLost(): Promise<{ owner: MadeReturn; id: string }> {
    const owner = await aReturn(this.stack);
    await this.put(owner.taxReturnId, { createdAt: new Date(now.getTime() - 40 * day).toISOString() });
    return { owner, id: await this.idOf(owner) };
  }

  async hear(id: string, news: News): Promise<void> {
    const { body } = await this.stack.api<{ taxReturnId: string; submissionId: string }>(
      'GET',
      `/v1/submissions/${id}`,
    );
    if (news === 'taken back') {
      const made = (await this.remediationsOf(id)).at(-1);
      await this.stack.api('POST', `/v1/remediations/${made?.id}/unsuccessful`, { context: 'it came back' });
    } else if ('says' in news) {
      await this.report({ ...body, status: news.says });
    } else if ('remediated' in news) {
      const { remediated: kind } = news;
      const made = {
        context: 'sent on paper',
        success: kind !== false,
        ignoredAsDuplicate: kind === 'duplicate',
      };
      await this.stack.api('POST', `/v1/submissions/${id}/remediations`, made);
    } else {
      // Each submission has an id of its own there.
      const told = 'backup' in news ? { backup: { ...news.backup, id: `B-${id}` } } : news;
      await this.put(body.taxReturnId, told);
    }
  }

  async report(
    {
      taxReturnId,
      submissionId,
      status,
    }: Pick<MadeReturn, 'taxReturnId' | 'submissionId'> & { status: string },
    headers = {},
  ): Promise<void> {
    const failure = status.startsWith('error_') ? { failure: { category: 'processing' } } : {};
    const message = { taxReturnId, submissionId, status, ...failure };
    expect((await this.stack.api('POST', '/v1/submission-status', message, headers)).status).toBe(202);
  }

  /** Where a submission stands. Fails where the function and the scopes do not say the same. */
  async standingNow(id: string, at = now): Promise<string> {
    const facts = await this.prisma.submission.findUniqueOrThrow({ where: { id }, select: factsOfDelivery });
    const standing = this.standings.delivered(facts, at);
    expect(await this.scopesOf(id, at)).toEqual([
      standing,
      ...(isRemediated(facts) ? ['remediated'] : []),
      ...(isDuplicate(facts) ? ['duplicate'] : []),
    ]);
    return standing;
  }

  async scopesOf(id: string, at = now): Promise<string[]> {
    const found = await Promise.all(
      scopes.map(async (scope) => ((await this.idsIn(scope, at)).has(id) ? scope : [])),
    );
    return found.flat();
  }

  async idsIn(scope: (typeof scopes)[number], at = now): Promise<Set<string>> {
    return new Set((await this.standings.list(scope, 100_000, at)).map(({ id }) => id));
  }

  remediationsOf(id: string) {
    return this.stack.sql<{ id: string; success: boolean; ignored_as_duplicate: boolean; actor: string }>(
      'SELECT * FROM remediations WHERE submission_uuid = $1 ORDER BY sequence',
      [id],
    );
  }

  /** The lines of the lives of its remediations. */
  linesOf(id: string) {
    return this.stack.sql<{ at: Date; context: string }>(
      `SELECT n.* FROM remediation_notes n JOIN remediations r ON r.id = n.remediation_id
       WHERE r.submission_uuid = $1 ORDER BY n.sequence`,
      [id],
    );
  }

  private async idOf({ submissionId }: MadeReturn): Promise<string> {
    return (await this.stack.api<{ id: string }>('GET', `/v1/submissions/${submissionId}`)).body.id;
  }

  private async put(taxReturnId: string, body: object): Promise<void> {
    const { status } = await this.stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
    expect(status).toBe(200);
  }
}
