import type { PrismaService } from '#libs/platform/index.js';
import type { Filled } from '../send/addressee.js';
import type { RejectionCode } from '../terms/fields.js';

/** A mail that a row names, as it would be sent again. */
export interface ResentMail {
  taxReturnId: string;
  template: string;
  filled: Filled;
}

/** What the first rows of a re-send would send: each the mail that it was, filled as it was asked for. */
export async function resentMails(
  prisma: PrismaService,
  batchId: string,
  many: number,
): Promise<ResentMail[]> {
  const rows = await prisma.batchRow.findMany({
    where: { batchId, outcome: { in: ['ready', 'applied'] } },
    select: { subject: true },
    orderBy: { row: 'asc' },
    take: many,
  });
  const mails = await prisma.notification.findMany({
    where: { id: { in: rows.map(({ subject }) => subject) } },
  });
  const returns = await prisma.taxReturn.findMany({
    where: { id: { in: mails.map(({ taxReturnId }) => taxReturnId) } },
    select: { id: true, language: true, taxYear: true },
  });
  const submissions = await prisma.submission.findMany({
    where: { id: { in: mails.flatMap(({ submissionUuid }) => submissionUuid ?? []) } },
    select: { id: true, submissionId: true },
  });
  const submissionIdOf = (mail: (typeof mails)[number]) =>
    submissions.find(({ id }) => id === mail.submissionUuid)?.submissionId ?? mail.submissionId;
  const codes = await prisma.rejectionCodes.findMany({
    where: { submissionId: { in: mails.flatMap((mail) => submissionIdOf(mail) ?? []) } },
  });
  return rows.flatMap(({ subject }) => {
    const mail = mails.find(({ id }) => id === subject);
    if (!mail) return [];
    const { id, taxReturnId, template, context, stage, language } = mail;
    const known = returns.find((one) => one.id === taxReturnId);
    const own = codes.find(({ submissionId }) => submissionId === submissionIdOf(mail));
    const filled = {
      id,
      context,
      stage,
      taxYear: known?.taxYear ?? null,
      language,
      directoryLanguage: known?.language ?? null,
      rejectionCodes: own ? { ...own, codes: own.codes as RejectionCode[] } : null,
    };
    return { taxReturnId, template, filled };
  });
}
