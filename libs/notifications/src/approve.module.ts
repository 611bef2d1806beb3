import { Module } from '@nestjs/common';
import { TemplateCatalogue, TemplateError } from '#libs/email/index.js';
import { SETTINGS, StartError } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { BatchApproval } from './batch/batch.approval.js';
import { BatchSamples } from './batch/batch.samples.js';
import { OperateModule } from './operate.module.js';

/** What an approval needs besides: the mails themselves, and so the templates. */
@Module({
  imports: [OperateModule],
  providers: [
    BatchApproval,
    BatchSamples,
    { provide: TemplateCatalogue, inject: [SETTINGS], useFactory: catalogue },
  ],
  exports: [BatchApproval, BatchSamples, TemplateCatalogue],
})
export class ApproveModule {}

async function catalogue(settings: Settings): Promise<TemplateCatalogue> {
  const site = { name: settings.SITE_NAME, url: settings.SITE_URL, helpUrl: settings.HELP_URL };
  try {
    return await TemplateCatalogue.load(settings.TEMPLATES_DIR, site);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new StartError([`TEMPLATES_DIR (${settings.TEMPLATES_DIR}): ${error.message}`]);
  }
}
