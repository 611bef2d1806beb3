import type { Prisma, SubmissionEventType } from '#libs/platform/index.js';
import type { Standing } from '../request/told.js';

/** Milliseconds in which a submission counts as in process. */
const BOX = 3 * 86_400_000;
/** What only the authority can say. */
const ACKNOWLEDGEMENTS: SubmissionEventType[] = ['submitted', 'accepted', 'rejected'];

/** Did the submission reach the authority? By facts; what is neither there nor young is a failure. */
export function whereDelivered(standing: Standing, now: Date): Prisma.SubmissionWhereInput {
  const success: Prisma.SubmissionWhereInput = {
    OR: [{ receiptId: { not: null } }, { events: { some: { type: { in: ACKNOWLEDGEMENTS } } } }],
  };
  const young: Prisma.SubmissionWhereInput = { createdAt: { gt: new Date(now.getTime() - BOX) } };
  switch (standing) {
    case 'success':
      return success;
    case 'in-process':
      return { AND: [young, { NOT: success }] };
    case 'failure':
      return { NOT: { OR: [success, young] } };
  }
}
