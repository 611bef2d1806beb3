import type { KnownStatus } from '#libs/notifications/index.js';

export const NO_SUBMISSION = 'No submission of this tax return is known.';

/** Direct File's StatusResponseBody, member for member. */
export function statusBody({ status, rejectionCodes, event, counting }: KnownStatus) {
  return {
    status,
    translationKey: `status.${status.toLowerCase()}`,
    rejectionCodes: rejectionCodes.map((code) => ({
      MeFErrorCode: code.MeFErrorCode,
      TranslationKey: code.TranslationKey ?? `status.reject.${code.MeFErrorCode}`,
      MeFDescription: code.MeFDescription ?? '',
    })),
    createdAt: (event?.recordedAt ?? counting.createdAt).toISOString().replace('Z', '+00:00'),
  };
}

/** May it be edited, may it be exported, and which submission says so. */
export function eligibilityBody({ editable, exportable, counting }: KnownStatus) {
  return { editable, exportable, countingSubmissionId: counting.submissionId };
}
