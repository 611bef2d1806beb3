import { Injectable } from '@nestjs/common';
import { TemplateArchive, TemplateCatalogue, TemplateError } from '#libs/email/index.js';
import type { RenderedMail, TemplateDescription } from '#libs/email/index.js';
import { isTooDeep, readJson, TOO_DEEP } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';
import type { View } from './preview.query.js';

/** Which mail: the version is the one that is rendered from now when absent. */
export type Wanted = Pick<View, 'lang' | 'values'> & { version?: string };

/** A sample or edited values, and the mail they make. */
export interface ShownMail {
  template: TemplateDescription;
  sample: string;
  context: Record<string, unknown>;
  /** The values as text for whoever edits them. */
  values: string;
  edited: boolean;
  /** What is wrong with the values, as the schema says it. */
  problems: string[];
  /** Absent when the values do not make one. */
  mail: RenderedMail | undefined;
}

/** Samples and edited values as mails, by the very function that renders what is sent. */
@Injectable()
export class ShownMails {
  constructor(
    private readonly catalogue: TemplateCatalogue,
    private readonly archive: TemplateArchive,
  ) {}

  /** @throws Problem when there is no such template or sample */
  async show(name: string, sample: string, { lang, values, version }: Wanted): Promise<ShownMail> {
    const template = this.catalogue.has(name) ? this.catalogue.describe(name) : undefined;
    const samples = template ? this.catalogue.samples(name, lang) : {};
    const own = Object.hasOwn(samples, sample) ? samples[sample] : undefined;
    if (!template || !own)
      throw Problem.notFound('There is no such template or sample; /preview lists what there is.');
    const read = values === undefined ? { context: own, problems: [] } : readValues(values);
    const shown = {
      template,
      sample,
      edited: values !== undefined,
      values: values ?? JSON.stringify(own, null, 2),
    };
    if (!read.context) return { ...shown, context: {}, problems: read.problems, mail: undefined };
    const { context } = read;
    const problems = this.catalogue.problems(name, context);
    try {
      const mail = version
        ? await this.archive.render(version, context)
        : this.catalogue.render(name, lang, context);
      return { ...shown, context, problems, mail };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const all = problems.length > 0 ? problems : [error.message];
      return { ...shown, context, problems: all, mail: undefined };
    }
  }
}

function readValues(values: string): { context?: Record<string, unknown>; problems: string[] } {
  try {
    const context = readJson(values);
    if (isTooDeep(context)) return { problems: [`This ${TOO_DEEP}.`] };
    if (typeof context === 'object' && context !== null && !Array.isArray(context))
      return { context: { ...context }, problems: [] };
    return { problems: ['The values must be one JSON object: { "name": value, … }'] };
  } catch (error) {
    return { problems: [`This is not JSON: ${(error as Error).message}`] };
  }
}
