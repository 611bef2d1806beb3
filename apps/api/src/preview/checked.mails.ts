import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { TemplateCatalogue } from '#libs/email/index.js';
import { CheckDesk } from '#libs/mail-checks/index.js';
import type { CheckProgress, Finding, MailReport } from '#libs/mail-checks/index.js';
import type { ShownMail } from './shown.mails.js';

/** What the checks say, of the samples and of edited values. They begin when somebody first looks, and nobody waits for all. */
@Injectable()
export class CheckedMails implements OnApplicationShutdown {
  private readonly desk: CheckDesk;

  constructor(private readonly catalogue: TemplateCatalogue) {
    this.desk = new CheckDesk(catalogue);
  }

  /** What is known of all samples by now. */
  progress(): Promise<CheckProgress> {
    return this.desk.progress();
  }

  /** What there is to say about the mail on the screen; undefined while it is being checked. */
  async of(
    { template: { name: template }, sample, context, edited }: ShownMail,
    language: string,
  ): Promise<Finding[] | undefined> {
    if (edited || !this.catalogue.languages.includes(language))
      return this.desk.check({ template, language, context });
    const { mails } = await this.desk.progress();
    return mailsIn(mails, template, language).find((mail) => mail.sample === sample)?.findings;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.desk.end();
  }
}

/** What is to say about all samples of a template in a language; undefined until each was looked at. */
export function findingsOfAll(
  all: readonly MailReport[],
  template: { name: string; samples: object },
  language: string,
): Finding[] | undefined {
  const mails = mailsIn(all, template.name, language);
  return mails.length < Object.keys(template.samples).length ? undefined : distinct(mails);
}

/** One finding of many samples is one thing to mend. */
export function distinct(mails: readonly MailReport[]): Finding[] {
  const found = mails.flatMap(({ findings }) => findings);
  return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function mailsIn(mails: readonly MailReport[], template: string, language: string): MailReport[] {
  return mails.filter((mail) => mail.template === template && mail.language === language);
}
