import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { TemplateCatalogue } from '#libs/email/index.js';
import type { RenderedMail } from '#libs/email/index.js';
import { NeedsScope, OpenOnLoopback } from './access.js';
import { listPage, mailPage } from './preview.page.js';
import { Problem } from './problem.js';

const view = z.object({
  lang: z.string().max(16).default('en'),
  part: z.enum(['html', 'text', 'source', 'headers']).optional(),
});

/** Every template with every sample, rendered by the very function that renders what is sent. Sample data only. */
@Controller('preview')
@NeedsScope('preview')
@OpenOnLoopback()
export class PreviewController {
  constructor(private readonly catalogue: TemplateCatalogue) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
  list(): string {
    return listPage(this.catalogue);
  }

  @Get(':template/:sample')
  show(
    @Param('template') template: string,
    @Param('sample') sample: string,
    @Query({ schema: view }) { lang, part }: z.infer<typeof view>,
    @Res() response: Response,
  ): void {
    const mail = this.render(template, sample, lang);
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; sandbox allow-same-origin",
    );
    switch (part) {
      case undefined:
        response.type('html').send(mailPage(this.catalogue, mail, sample));
        return;
      case 'html':
        response.type('html').send(mail.html);
        return;
      case 'text':
        response.type('text/plain').send(mail.text);
        return;
      case 'source':
        response.type('text/plain').send(mail.html);
        return;
      case 'headers':
        response
          .type('text/plain')
          .send(
            `Subject: ${mail.subject}\nContent-Language: ${mail.language}\nX-Template-Version: ${mail.version}\n`,
          );
        return;
    }
  }

  private render(template: string, sample: string, language: string): RenderedMail {
    const samples = this.catalogue.has(template) ? this.catalogue.describe(template).samples : {};
    const context = Object.hasOwn(samples, sample) ? samples[sample] : undefined;
    if (!context) throw Problem.notFound('There is no such template or sample; /preview lists them.');
    return this.catalogue.render(template, language, context);
  }
}
