import { Injectable } from '@nestjs/common';
import { checkCatalogue, checkMail, TemplateCatalogue } from '#libs/email/index.js';
import type { CatalogueReport, Finding, MailReport } from '#libs/email/index.js';
import type { ShownMail } from './shown.mails.js';

/** What the checks say about the samples. They run once, when somebody first looks: templates change with a start only. */
@Injectable()
export class CheckedMails {
  private running: Promise<CatalogueReport> | undefined;
  private finished: CatalogueReport | undefined;

  constructor(private readonly catalogue: TemplateCatalogue) {}

  /** Everything, as soon as it is there. */
  report(): Promise<CatalogueReport> {
    this.running ??= this.check();
    return this.running;
  }

  /** What is known by now about all samples of a template in a language; undefined while the checks run. */
  known(template: string, language: string): Finding[] | undefined {
    void this.report().catch(() => undefined);
    const mails = this.finished?.mails.filter(
      (mail) => mail.template === template && mail.language === language,
    );
    return mails && distinct(mails);
  }

  /** What there is to say about the mail on the screen, whose values may be edited. */
  of({ template, context }: ShownMail, language: string): Promise<Finding[]> {
    return checkMail({ catalogue: this.catalogue, template: template.name, language, context });
  }

  private async check(): Promise<CatalogueReport> {
    this.finished = await checkCatalogue(this.catalogue);
    return this.finished;
  }
}

/** One finding of many samples is one thing to mend. */
export function distinct(mails: readonly MailReport[]): Finding[] {
  const found = mails.flatMap(({ findings }) => findings);
  return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
}
