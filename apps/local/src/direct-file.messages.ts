/** Messages as Direct File's Java services write them, byte for byte in members and spelling. For the demonstration and for tests. */

const envelope = (type: string, version: string, payload: object): string =>
  JSON.stringify({ payload: { '@type': type, ...payload }, headers: { headers: { VERSION: version } } });

export interface Receipt {
  taxReturnId: string;
  submissionId: string | null;
  receiptId?: string | null;
  /** ISO 8601 or epoch milliseconds: Java writes both. */
  submissionReceivedAt?: string | number | null;
}

export interface ConfirmationEntry extends Receipt {
  eventType: string;
  metadata?: Record<string, string> | null;
}

function receiptOf({ taxReturnId, submissionId, receiptId = null, submissionReceivedAt = null }: Receipt) {
  return { taxReturnId, submissionId, receiptId, submissionReceivedAt };
}

export function confirmationV1(receipts: Receipt[]): string {
  return envelope('SubmissionConfirmationPayloadV1', '1.0', { receipts: receipts.map(receiptOf) });
}

export function confirmationV2(entries: ConfirmationEntry[]): string {
  return envelope('SubmissionConfirmationPayloadV2', '2.0', {
    entries: entries.map(({ eventType, metadata = {}, ...receipt }) => ({
      taxReturnSubmissionReceipt: receiptOf(receipt),
      eventType,
      metadata,
    })),
  });
}

/** A failure as the submit service reports it. */
export function failed(
  receipt: Receipt,
  failureCategory: 'validation' | 'processing' = 'processing',
): ConfirmationEntry {
  const failureDetail = failureCategory === 'validation' ? 'xml_validation' : 'submission_processing';
  const metadata = {
    failureCategory,
    failureDetail,
    errorMessage: 'Submission to MeF failed, connection reset',
  };
  return { ...receipt, eventType: 'Failed', metadata };
}

export function statusChangeV1(ids: { accepted?: string[]; rejected?: string[] }): string {
  const { rejected = [], accepted = [] } = ids;
  return envelope('StatusChangePayloadV1', '1.0', { statusSubmissionIdMap: { rejected, accepted } });
}

export interface StatusChangeEntry {
  submissionId: string;
  status: 'accepted' | 'rejected';
  occurredAt?: string | number;
  rejectionCodes?: { MeFErrorCode: string; TranslationKey?: string; MeFDescription?: string }[];
}

/** Ours: rejection codes come with the rejection. */
export function statusChangeV2(entries: StatusChangeEntry[]): string {
  return envelope('StatusChangePayloadV2', '2.0', { entries });
}

export interface MailBody {
  to?: string | null;
  languageCode?: string;
  taxReturnId: string;
  submissionId?: string | null;
  userId?: string | null;
  emailId?: string | null;
  context?: Record<string, unknown>;
}

/** @param emails lists of mails by Direct File's template names, such as ACCEPTED. */
export function sendMailV1(emails: Record<string, MailBody[]>): string {
  return envelope('SendEmailPayloadV1', '1.0', { emails });
}
