import type { SubmissionService } from '#libs/notifications/index.js';
import { Problem } from '../problems/problem.js';

/** Direct File's StatusResponseBody, member for member. */
export function statusBody(status: Awaited<ReturnType<SubmissionService['statusOf']>>) {
  if (!status) throw Problem.notFound('No submission of this tax return is known.');
  return {
    status: status.status,
    translationKey: `status.${status.status.toLowerCase()}`,
    rejectionCodes: status.rejectionCodes.map((code) => ({
      MeFErrorCode: code.MeFErrorCode,
      TranslationKey: code.TranslationKey ?? `status.reject.${code.MeFErrorCode}`,
      MeFDescription: code.MeFDescription ?? '',
    })),
    createdAt: (status.event?.recordedAt ?? status.counting.createdAt).toISOString().replace('Z', '+00:00'),
  };
}
