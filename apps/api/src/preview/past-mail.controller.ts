import { Controller, Get, Inject, Param, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { TemplateError } from '#libs/email/index.js';
import { MailErased, PastMailService } from '#libs/notifications/index.js';
import type { PastMail } from '#libs/notifications/index.js';
import { SealError, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { NeedsScope } from '../access/access.js';
import { sendBytes, sendMailHtml, sendPage } from '../pages/frame.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { Problem } from '../problems/problem.js';
import { uuidPath } from '../contract/request.terms.js';
import { inScheme } from './colour.scheme.js';
import { pastMailPage } from './past-mail.page.js';
import { pastViewQuery } from './preview.query.js';
import type { PastView } from './preview.query.js';

/** A past notification as it was sent: a live record, so it always takes a key. */
@Controller('preview/notifications')
@NeedsScope('mails')
@UseFilters(ProblemPageFilter)
export class PastMailController {
  constructor(
    private readonly past: PastMailService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(':id')
  async show(
    @Param('id', { schema: uuidPath }) id: string,
    @Query({ schema: pastViewQuery }) view: PastView,
    @Res() response: Response,
  ): Promise<void> {
    const past = await this.find(id);
    switch (view.part) {
      case 'frame':
        return sendMailHtml(response, inScheme(past.mail.html, view.scheme));
      case 'html':
        return sendMailHtml(response, past.mail.html);
      case 'text':
        return sendBytes(response, 'text/plain', past.mail.text);
      case undefined:
        return sendPage(response, pastMailPage(id, past, this.settings.MAIL_FROM, view));
    }
  }

  private async find(id: string): Promise<PastMail> {
    try {
      const past = await this.past.find(id);
      if (past) return past;
    } catch (error) {
      if (error instanceof MailErased) throw new Problem(410, 'Gone', erasedWords(error));
      if (!(error instanceof TemplateError || error instanceof SealError)) throw error;
      throw new Problem(410, 'Gone', `This mail cannot be shown any more: ${error.message}.`);
    }
    throw Problem.notFound('No notification of this id was handed to a relay, or its values are not kept.');
  }
}

function erasedWords({ erasedAt }: MailErased): string {
  const day = erasedAt.toISOString().slice(0, 10);
  return `What this mail said was erased on ${day}, so it cannot be shown any more. That it was sent, when, and what the relay answered is kept: see the timeline of its return.`;
}
