import { z } from 'zod';
import { batchQuery } from './batches.requests.js';
import { remediationBody } from './standing.requests.js';
import { Upload } from './upload.body.js';

const { evidence, reason } = remediationBody.shape;

/** Of a list that is the body itself. */
export const importQuery = z.strictObject({
  context: remediationBody.shape.context.describe(
    'Where the list comes from, in your own words. Kept with each remediation, never edited.',
  ),
  evidence,
  reason,
  name: batchQuery.shape.name,
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((said) => said === 'true')
    .describe('True: it ends with its report.'),
});

/** A list that is still coming. */
export const importFrame = z.custom<Upload>((body) => body instanceof Upload, 'Send the list as text/csv.');

export const importCsv = z.string().meta({
  id: 'ImportList',
  description:
    'CSV with the titles submissionId, state and when, and where there are such taxReturnId, receiptId and backupId.',
  examples: [
    'submissionId,taxReturnId,receiptId,state,when\n33333320240350000001,0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11,R-1,delivered_to_primary,2024-05-31\n',
  ],
});
