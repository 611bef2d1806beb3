import { Controller, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { emailAddress, TestMailRefused, TestMailService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import type { CalledRequest } from '../access/key.guard.js';
import { Actor } from '../access/acting.js';
import { readForm } from '../pages/form.js';
import { SameOriginGuard } from '../access/same-origin.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { Problem } from '../problems/problem.js';
import { ShownMails } from './shown.mails.js';
import { addressOf, pathOf, viewQuery } from './preview.query.js';

const form = viewQuery.pick({ lang: true, values: true }).extend({ to: emailAddress });

/** Sends a sample to a colleague. It sends real mail, so it takes a key even where looking does not. */
@Controller('preview/:template/:sample/test-mails')
@NeedsScope('preview')
@UseGuards(SameOriginGuard)
@UseFilters(ProblemPageFilter)
export class TestMailController {
  constructor(
    private readonly mails: ShownMails,
    private readonly testMails: TestMailService,
  ) {}

  @Post()
  async send(
    @Param('template') template: string,
    @Param('sample') sample: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const read = form.safeParse(await readForm(request));
    if (!read.success)
      throw Problem.invalid(
        read.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, detail: message })),
      );
    const { lang, values, to } = read.data;
    const { mail, problems, edited } = await this.mails.show(template, sample, { lang, values });
    if (!mail) throw Problem.invalid(problems.map((detail) => ({ pointer: '/values', detail })));
    try {
      const sent = await this.testMails.send({
        mail,
        to,
        sample: edited ? undefined : sample,
        by: actor,
      });
      response.redirect(303, addressOf(pathOf(template, sample), { lang, values, sent }));
    } catch (error) {
      if (!(error instanceof TestMailRefused)) throw error;
      throw error.reason === 'too-many'
        ? Problem.of('too-many-requests', error.message, { retryAfter: 60 })
        : Problem.of('forbidden', error.message);
    }
  }
}
