import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import {
  AuditTrail,
  DuplicateService,
  LISTED_SCOPES,
  NoteService,
  RemediationService,
  StandingService,
  SubmissionService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readForm, tokenField } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { idPath, uuidPath } from '../../contract/request.terms.js';
import { readAs, words } from '../form.fields.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { submissionPage } from './submission.page.js';
import { submissionsPage } from './submissions.page.js';
import { pageOf, TRAIL } from '../trail/trail.part.js';

const query = z.object({ scope: z.enum(LISTED_SCOPES).default('failure'), after: z.guid().optional() });
const said = z.object({ context: words });

/** Each outcome as the two facts that it is. */
const OUTCOMES = {
  helped: { success: true, ignoredAsDuplicate: false },
  duplicate: { success: true, ignoredAsDuplicate: true },
  'did-not-help': { success: false, ignoredAsDuplicate: false },
};
const remediation = said.extend({
  id: uuidPath,
  evidence: z
    .string()
    .trim()
    .max(500)
    .transform((text) => text || undefined),
  outcome: z.enum(['helped', 'duplicate', 'did-not-help']),
});

const PAGE = 50;

/** Which submissions did not reach the authority, and what people do about it. */
@Controller('ops')
@UseFilters(RefusalPageFilter)
export class OnCallSubmissionsController {
  constructor(
    private readonly submissions: SubmissionService,
    private readonly standings: StandingService,
    private readonly remediations: RemediationService,
    private readonly duplicates: DuplicateService,
    private readonly notes: NoteService,
    private readonly trail: AuditTrail,
  ) {}

  @Get('submissions')
  @NeedsScope('read')
  async list(
    @Query({ schema: query }) { scope, after }: z.infer<typeof query>,
    @Res() response: Response,
  ): Promise<void> {
    const now = new Date();
    const [counts, submissions] = await Promise.all([
      this.standings.audit(now),
      this.standings.list(scope, PAGE, now, after),
    ]);
    const next = submissions.length === PAGE ? submissions.at(-1)?.id : undefined;
    sendPage(response, submissionsPage({ scope, submissions, counts, next, now }));
  }

  @Get('submissions/:id')
  @NeedsScope('read')
  async show(@Param('id', { schema: idPath }) given: string, @Res() response: Response): Promise<void> {
    const submission = await this.submissions.find(given);
    if (!submission) throw Problem.notFound('No submission of this id is known.');
    const { id } = submission;
    const [made, siblings, mayBeKept, trail] = await Promise.all([
      this.remediations.of(id),
      this.duplicates.siblings(id),
      this.duplicates.mayBeKept(id),
      this.trail.page({ kind: 'submission', target: id, limit: TRAIL }),
    ]);
    const remediations = await this.notes.withNotes('remediation', made);
    const form = { token: tokenField(response.req), remediationId: uuid() };
    sendPage(
      response,
      submissionPage({ submission, remediations, siblings, mayBeKept, trail, ...form, now: new Date() }),
    );
  }

  @Post('submissions/:id/remediations')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async remediate(
    @Param('id', { schema: uuidPath }) submission: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { outcome, ...asked } = readAs(remediation, await readForm(request));
    const acting = { actor, reason: asked.context };
    await this.remediations.remediate(submission, { ...asked, ...OUTCOMES[outcome], ...acting });
    response.redirect(303, pageOf('submission', submission));
  }

  @Post('submissions/:id/duplicates')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async markDuplicates(
    @Param('id', { schema: uuidPath }) submission: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { context } = readAs(said, await readForm(request));
    await this.duplicates.markDuplicatesOf(submission, { context, actor, reason: context });
    response.redirect(303, pageOf('submission', submission));
  }

  /** A remediation is seen on the page of its submission. */
  @Get('remediations/:id')
  @NeedsScope('read')
  async showRemediation(
    @Param('id', { schema: uuidPath }) id: string,
    @Res() response: Response,
  ): Promise<void> {
    const found = await this.remediations.find(id);
    if (!found) throw Problem.notFound('No remediation of this id is known.');
    response.redirect(303, `${pageOf('submission', found.submissionUuid)}#remediation-${id}`);
  }

  @Post('remediations/:id/unsuccessful')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async takeBack(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { context } = readAs(said, await readForm(request));
    const marked = await this.remediations.markAsUnsuccessful(id, { context, actor, reason: context });
    if (!marked) throw Problem.notFound('No remediation of this id is known.');
    response.redirect(303, pageOf('submission', marked.submissionUuid));
  }
}
