import { Controller, Get, Param, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { TemplateArchive, TemplateCatalogue } from '#libs/email/index.js';
import { NeedsScope, OpenOnLoopback } from '../access/access.js';
import { sendPage } from '../pages/frame.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { comparePage } from './compare.page.js';
import { ShownMails } from './shown.mails.js';
import { viewQuery } from './preview.query.js';
import type { View } from './preview.query.js';

/** What a change does to a mail: a kept version against another, or against what is rendered from now. */
@Controller('preview/:template/:sample/compare')
@NeedsScope('preview')
@OpenOnLoopback()
@UseFilters(ProblemPageFilter)
export class CompareController {
  constructor(
    private readonly mails: ShownMails,
    private readonly archive: TemplateArchive,
    private readonly catalogue: TemplateCatalogue,
  ) {}

  @Get()
  async compare(
    @Param('template') template: string,
    @Param('sample') sample: string,
    @Query({ schema: viewQuery }) view: View,
    @Res() response: Response,
  ): Promise<void> {
    const now = await this.mails.show(template, sample, { ...view, version: undefined });
    const { language, version: current } =
      now.mail ?? this.catalogue.render(template, view.lang, now.template.samples[sample] ?? {});
    const versions = await this.archive.versions(template, language);
    const before = versions.find(({ version }) => version !== current)?.version ?? current;
    const side = async (version: string) => ({
      version,
      shown: await this.mails.show(template, sample, { ...view, version }),
    });
    const [from, to] = [await side(view.from ?? before), await side(view.to ?? current)];
    sendPage(response, comparePage({ template, sample, versions, current, from, to }, view));
  }
}
