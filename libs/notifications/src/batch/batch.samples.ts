import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { TemplateCatalogue, TemplateError } from '#libs/email/index.js';
import type { RenderedMail } from '#libs/email/index.js';
import { PrismaService, Sealer, SealError, SETTINGS } from '#libs/platform/index.js';
import type { Prisma, Settings } from '#libs/platform/index.js';
import { Addressee } from '../send/addressee.js';
import type { Filled } from '../send/addressee.js';
import { workOf } from './batch.actions.js';
import type { BatchAction, MailWork } from './batch.actions.js';
import { CHECKED_OUTCOMES } from './batch.outcome.js';
import { BatchReader } from './batch.reader.js';
import type { SeenBatch } from './batch.view.js';
import type { RejectionCode } from '../terms/fields.js';
import { resentMails } from './resent.mails.js';

/** A mail of a batch as its first readers will get it. Whom it goes to is not part of it. */
export interface BatchSample {
  taxReturnId: string;
  /** Absent when it cannot be rendered: what is sent would fail in the same way. */
  mail?: RenderedMail;
}

/** What somebody looks at before they say yes. */
export interface ShownBatch {
  samples: readonly BatchSample[];
  /** Names this report and these mails: another one as soon as either would be. An approval says which was seen. */
  revision: string;
}

/** As many as somebody looks at before an approval. */
const SAMPLES = 3;

/** Renders the first mails of a batch before any is asked for, by the functions that render what is sent. */
@Injectable()
export class BatchSamples {
  constructor(
    private readonly prisma: PrismaService,
    private readonly reader: BatchReader,
    private readonly addressee: Addressee,
    private readonly catalogue: TemplateCatalogue,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'SUBMITTED_NOTICE'>,
  ) {}

  /** Its first mails, and the name of what is shown with its report. */
  async shown(batch: SeenBatch): Promise<ShownBatch> {
    const samples = await this.of(batch);
    return { samples, revision: revisionOf(batch, samples) };
  }

  /** Each in the language of its owner; none where no row is to be told, or the action tells nobody. */
  private async of(batch: Pick<SeenBatch, 'id' | 'action' | 'topic'>): Promise<BatchSample[]> {
    if (batch.action === 'resend') {
      const mails = await resentMails(this.prisma, batch.id, SAMPLES);
      return mails.map(({ taxReturnId, template, filled }) => ({
        taxReturnId,
        mail: this.render(template, filled),
      }));
    }
    const sent = this.mailOf(batch.action);
    if (!sent) return [];
    const ids = await this.reader.samples(batch.id, SAMPLES);
    const found = await this.prisma.taxReturn.findMany({ where: { id: { in: ids } }, select: KNOWN });
    const codes = await this.prisma.rejectionCodes.findMany({
      where: { submissionId: { in: found.flatMap((one) => newestIdOf(one) ?? []) } },
    });
    return ids.flatMap((id) => {
      const known = found.find((one) => one.id === id);
      if (!known) return [];
      const own = codes.find(({ submissionId }) => submissionId === newestIdOf(known));
      return {
        taxReturnId: id,
        mail: this.render(sent.template, {
          id,
          context: this.contextOf(id, batch.topic),
          stage: sent.stage ?? null,
          taxYear: known.taxYear,
          language: null,
          directoryLanguage: known.language,
          rejectionCodes: own ? { ...own, codes: own.codes as RejectionCode[] } : null,
        }),
      };
    });
  }

  private render(template: string, filled: Filled): RenderedMail | undefined {
    try {
      const context = this.addressee.contextOf(filled);
      return this.catalogue.render(template, this.addressee.languageOf(filled), context);
    } catch (error) {
      if (error instanceof TemplateError || error instanceof SealError) return undefined;
      throw error;
    }
  }

  /** As an ask keeps it. */
  private contextOf(id: string, state: string | null): string | null {
    return state && this.sealer.seal(JSON.stringify({ state }), `notifications.context:${id}`);
  }

  /** The mail that a status makes due, or that is asked for. */
  private mailOf(action: BatchAction): Pick<MailWork, 'template' | 'stage'> | undefined {
    const work = workOf(action);
    if ('step' in work) return undefined;
    if (!('status' in work)) return work;
    if (work.status === 'error_resolved') return { template: 'error-resolved' };
    return this.settings.SUBMITTED_NOTICE === 'off' ? undefined : { template: 'submitted' };
  }
}

/** Of what is seen, and of nothing else. Hexadecimal, so that it can be written behind an option of the terminal. */
function revisionOf({ id, rows, counts }: SeenBatch, samples: readonly BatchSample[]): string {
  const report = CHECKED_OUTCOMES.map((outcome) => counts[outcome]);
  const mails = samples.map(({ taxReturnId, mail }) => [taxReturnId, mail?.subject, mail?.html, mail?.text]);
  const seen = JSON.stringify([id, rows, report, mails]);
  return createHash('sha256').update(seen).digest('hex').slice(0, 16);
}

const KNOWN = {
  id: true,
  language: true,
  taxYear: true,
  submissions: {
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 1,
    select: { submissionId: true },
  },
} satisfies Prisma.TaxReturnSelect;

function newestIdOf({ submissions }: { submissions: { submissionId: string | null }[] }): string | null {
  return submissions[0]?.submissionId ?? null;
}
