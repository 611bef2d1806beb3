import { Controller, Get, Inject, Param, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { TemplateCatalogue, toBytes } from '#libs/email/index.js';
import type { RenderedMail } from '#libs/email/index.js';
import { TestMailService } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { NeedsScope, OpenOnLoopback } from '../access/access.js';
import { tokenField } from '../pages/form.js';
import { sendBytes, sendMailHtml, sendPage } from '../pages/frame.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { Problem } from '../problems/problem.js';
import { CheckedMails } from './checked.mails.js';
import { checksPage } from './checks.page.js';
import { inScheme } from './colour.scheme.js';
import { galleryPage } from './gallery.page.js';
import { mailPage } from './mail.page.js';
import type { Neighbour } from './mail.page.js';
import { ShownMails } from './shown.mails.js';
import type { ShownMail } from './shown.mails.js';
import { testMailState } from './test-mail.part.js';
import { pathOf, viewQuery } from './preview.query.js';
import type { View } from './preview.query.js';

/** Whom a sample goes to, as far as anybody sees. */
const SAMPLE_ADDRESS = 'taxpayer@example.com';

/** Every template with every sample, rendered by the very function that renders what is sent. Sample data only. */
@Controller('preview')
@NeedsScope('preview')
@OpenOnLoopback()
@UseFilters(ProblemPageFilter)
export class PreviewController {
  constructor(
    private readonly catalogue: TemplateCatalogue,
    private readonly mails: ShownMails,
    private readonly checked: CheckedMails,
    private readonly testMails: TestMailService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  async gallery(@Res() response: Response): Promise<void> {
    sendPage(response, galleryPage(this.catalogue, await this.checked.progress()));
  }

  @Get('checks')
  async checks(@Res() response: Response): Promise<void> {
    sendPage(response, checksPage(await this.checked.progress()));
  }

  @Get(':template/:sample')
  async show(
    @Param('template') template: string,
    @Param('sample') sample: string,
    @Query({ schema: viewQuery }) view: View,
    @Res() response: Response,
  ): Promise<void> {
    const shown = await this.mails.show(template, sample, view);
    if (view.part !== undefined) return this.sendPart(response, shown, view);
    const headers = shown.mail ? headOf(this.message(shown.mail)) : '';
    const sent = view.sent ? await this.testMails.find(view.sent) : null;
    sendPage(
      response,
      mailPage({
        shown,
        view,
        headers,
        languages: this.catalogue.languages,
        from: this.settings.MAIL_FROM,
        to: SAMPLE_ADDRESS,
        findings: shown.mail ? await this.checked.of(shown, view.lang) : [],
        previous: this.neighbour(template, -1),
        next: this.neighbour(template, 1),
        testMail: testMailState(this.settings.TEST_MAIL_ALLOWED, { sent, token: tokenField(response.req) }),
      }),
    );
  }

  /** The bytes that are sent, or as near to them as a part can be. */
  private sendPart(response: Response, { mail, sample, problems }: ShownMail, view: View): void {
    if (!mail) throw Problem.invalid(problems.map((detail) => ({ pointer: '/values', detail })));
    response.set({ 'Content-Language': mail.language, 'X-Template-Version': mail.version });
    switch (view.part) {
      case undefined:
      case 'html':
        return sendMailHtml(response, mail.html);
      case 'frame':
        return sendMailHtml(response, inScheme(mail.html, view.scheme));
      case 'text':
        return sendBytes(response, 'text/plain', mail.text);
      case 'source':
        return sendBytes(response, 'text/plain', mail.html);
      case 'headers':
        return sendBytes(response, 'text/plain', headOf(this.message(mail)));
      case 'eml':
        response.attachment(`${mail.template}-${sample}-${mail.language}.eml`);
        return sendBytes(response, 'message/rfc822', this.message(mail));
    }
  }

  /** A mail as the relay would get it. */
  private message(mail: RenderedMail): Buffer {
    const messageId = `preview@${this.settings.MESSAGE_ID_DOMAIN}`;
    return toBytes({ ...mail, to: SAMPLE_ADDRESS, messageId }, this.settings.MAIL_FROM);
  }

  private neighbour(name: string, step: number): Neighbour | undefined {
    const { templates } = this.catalogue;
    const found = templates[templates.findIndex((template) => template.name === name) + step];
    const [sample] = Object.keys(found?.samples ?? {});
    return found && sample ? { name: found.name, path: pathOf(found.name, sample) } : undefined;
  }
}

function headOf(message: Buffer): string {
  return message.subarray(0, message.indexOf('\r\n\r\n') + 2).toString('utf8');
}
