import { randomUUID } from 'node:crypto';
import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  AuditTrail,
  DuplicateService,
  LISTED_SCOPES,
  RemediationService,
  StandingService,
  SubmissionService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../access.js';
import type { CalledRequest } from '../key.guard.js';
import { Actor } from '../operate/acting.js';
import { readForm, SameOriginGuard, tokenField } from '../pages/form.js';
import { sendPage } from '../pages/frame.js';
import { Problem } from '../problem.js';
import { idPath, uuidPath } from '../request.schemas.js';
import { readAs, words } from './form.fields.js';
import { RefusalPageFilter } from './refusal.page.js';
import { submissionPage } from './submission.page.js';
import { submissionsPage } from './submissions.page.js';

/** Submissions of one list. */
const SHOWN = 100;
/** Entries of the trail that the page of one submission shows. */
const TRAIL = 50;

const listQuery = z.object({ scope: z.enum(LISTED_SCOPES).default('failure') });
const context = words.max(4000);
const evidence = z.preprocess((text) => text || undefined, z.string().trim().max(500).optional());
const remediation = z.object({
  id: z.guid(),
  context,
  evidence,
  outcome: z.enum(['success', 'duplicate', 'failure']),
});
const said = z.object({ context });

/** Submissions that did not reach the authority: to see which, and to keep what was done about them. */
@Controller('ops')
@UseFilters(RefusalPageFilter)
export class OpsSubmissionsController {
  constructor(
    private readonly standings: StandingService,
    private readonly submissions: SubmissionService,
    private readonly remediations: RemediationService,
    private readonly duplicates: DuplicateService,
    private readonly trail: AuditTrail,
  ) {}

  @Get('submissions')
  @NeedsScope('read')
  async list(
    @Query({ schema: listQuery }) { scope }: z.infer<typeof listQuery>,
    @Res() response: Response,
  ): Promise<void> {
    const now = new Date();
    const [counts, submissions] = await Promise.all([
      this.standings.audit(now),
      this.standings.list(scope, SHOWN, now),
    ]);
    sendPage(response, submissionsPage({ scope, submissions, counts, now }));
  }

  @Get('submissions/:id')
  @NeedsScope('read')
  async show(@Param('id', { schema: idPath }) given: string, @Res() response: Response): Promise<void> {
    const submission = await this.find(given);
    const { id } = submission;
    const [remediations, siblings, trail] = await Promise.all([
      this.remediations.of(id),
      this.duplicates.siblings(id),
      this.trail.page({ kind: 'submission', target: id, limit: TRAIL }),
    ]);
    const token = tokenField(response.req);
    sendPage(
      response,
      submissionPage({ submission, remediations, siblings, trail, token, newId: randomUUID() }),
    );
  }

  @Post('submissions/:id/remediations')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async remediate(
    @Param('id', { schema: idPath }) given: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { outcome, ...asked } = readAs(remediation, await readForm(request));
    const { id } = await this.find(given);
    const verdict = { success: outcome !== 'failure', ignoredAsDuplicate: outcome === 'duplicate' };
    await this.remediations.remediate(id, { ...asked, ...verdict, actor, reason: asked.context });
    response.redirect(303, `/ops/submissions/${id}`);
  }

  @Post('submissions/:id/duplicates')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async markDuplicates(
    @Param('id', { schema: idPath }) given: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { context: why } = readAs(said, await readForm(request));
    const { id } = await this.find(given);
    await this.duplicates.markDuplicatesOf(id, { context: why, reason: why, actor });
    response.redirect(303, `/ops/submissions/${id}`);
  }

  @Post('remediations/:id/unsuccessful')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async markAsUnsuccessful(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { context: why } = readAs(said, await readForm(request));
    const marked = await this.remediations.markAsUnsuccessful(id, { context: why, reason: why, actor });
    if (!marked) throw Problem.notFound('No remediation of this id is known.');
    response.redirect(303, `/ops/submissions/${marked.submissionUuid}`);
  }

  private async find(id: string) {
    const found = await this.submissions.find(id);
    if (!found) throw Problem.notFound('No submission of this id is known.');
    return found;
  }
}
