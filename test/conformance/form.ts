import { z } from 'zod';

/**
 * The form of a case, member by member, as its README describes it. Everything is strict: a member that is not listed
 * here fails the case by name, so that nothing a case asks for is passed over.
 */

/** The queues by the names that cases use, and what they are called on the wire. */
export const QUEUES = {
  'submission-confirmation': 'submission-confirmation-queue',
  'status-change': 'status-change-queue',
  'send-email': 'send-mail',
  's3-notification': 's3-notification-event-queue',
} as const;

const queue = z.enum(['submission-confirmation', 'status-change', 'send-email', 's3-notification']);
const text = z.string();
const index = z.number().int().min(0);
const ordinal = z.number().int().min(1);
const forPeople = z.unknown().optional();
const oneOrMany = z.union([text.transform((one) => [one]), z.array(text)]);

const givenEventType = z.enum([
  'processing',
  'submitted',
  'accepted',
  'rejected',
  'failed',
  'errorresolved',
  'remindersubmit',
  'reminderresubmit',
  'reminderstatetax',
]);

const givenEvent = z.strictObject({
  type: givenEventType,
  createdAt: text.optional(),
  failureCategory: text.nullish(),
  failureDetail: text.nullish(),
});

const givenSubmission = z.strictObject({
  key: text,
  submissionId: text.nullish(),
  receiptId: text.nullish(),
  createdAt: text.optional(),
  events: z.array(givenEvent).default([]),
});

const givenReturn = z.strictObject({
  taxReturnId: text,
  userId: text.nullish(),
  accountEmail: text.nullish(),
  submitTime: text.nullish(),
  facts: z
    .strictObject({ '/email': text.nullish(), '/directFileLanguagePreference': text.nullish() })
    .nullish(),
  factsUnreadable: z.boolean().optional(),
  submissions: z.array(givenSubmission).default([]),
});

const rejectionCode = z.strictObject({
  MeFErrorCode: text,
  TranslationKey: text.optional(),
  MeFDescription: text.optional(),
});

const statusBody = z.strictObject({
  status: text,
  translationKey: text.optional(),
  rejectionCodes: z.array(rejectionCode).optional(),
  createdAt: text.nullish(),
});

const fault = z.strictObject({
  what: z.enum(['crash-after-commit', 'commit-fails', 'mail-queue-down', 'restart-mid-batch']),
  /** The first delivery is 1. */
  atDelivery: ordinal.optional(),
  untilAttempt: ordinal.optional(),
  why: forPeople,
});

const given = z.strictObject({
  returns: z.array(givenReturn).default([]),
  generatedReturns: z
    .strictObject({
      from: index,
      to: index,
      emailPattern: text,
      submissionIdPattern: text,
      language: text.nullish(),
      events: z.array(givenEventType),
    })
    .optional(),
  unsubmittedReturns: z
    .strictObject({
      count: index,
      taxYear: z.number().int(),
      createdAt: text,
      language: text.nullish(),
      emailPattern: text,
    })
    .optional(),
  s3Objects: z.record(text, z.unknown()).default({}),
  sendEmails: z
    .array(
      z.strictObject({
        id: text,
        taxReturnId: text,
        emailType: text,
        languageCode: text.nullish(),
        submissionId: text.nullish(),
        userId: text.nullish(),
        results: z.array(z.boolean()).default([]),
      }),
    )
    .default([]),
  cache: z.record(text, statusBody).default({}),
  statusService: z.strictObject({ rejectionCodes: z.record(text, z.array(rejectionCode)) }).optional(),
  config: z.strictObject({ maxDispatchEnqueueAttempts: index.optional() }).optional(),
  smtp: z
    .strictObject({ failFirstAttemptFor: oneOrMany.optional(), alwaysFailFor: oneOrMany.optional() })
    .optional(),
  faults: z.array(fault).default([]),
});

const mail = z.strictObject({
  template: text.optional(),
  to: text.optional(),
  language: text.optional(),
  taxReturnId: text.optional(),
  submissionId: text.nullish(),
  userId: text.nullish(),
  bodyContains: oneOrMany.optional(),
  /** Not compared. */
  subject: text.optional(),
});

const status = z.strictObject({
  http: z.number().int().default(200),
  body: statusBody.optional(),
  isEditable: z.boolean().optional(),
});

const submission = z.strictObject({
  submissionId: text.nullish(),
  receiptId: text.nullish(),
  submissionReceivedAt: text.nullish(),
});

const eventLists = z.record(text, z.array(text));
const about = z.array(z.strictObject({ about: text, why: forPeople }));

const expectation = z.strictObject({
  disposition: z.enum(['acknowledged', 'not-acknowledged', 'any']).default('any'),
  notifications: z.array(mail).optional(),
  notificationCount: z.record(text, index).optional(),
  sent: z.array(mail).optional(),
  sentLater: z.array(mail).optional(),
  submissionEvents: eventLists.default({}),
  submissionEventsAsSet: eventLists.default({}),
  submissions: z.record(text, submission).default({}),
  failureEvents: z
    .record(text, z.array(z.strictObject({ failureCategory: text.nullish(), failureDetail: text.nullish() })))
    .default({}),
  status: z.record(text, status).default({}),
  stateApi: z
    .record(
      text,
      z.strictObject({
        http: z.number().int().default(200),
        body: z.strictObject({ status: text.optional(), exists: z.boolean().optional() }).optional(),
        status: text.optional(),
        exists: z.boolean().optional(),
      }),
    )
    .default({}),
  mustRecord: about.default([]),
  mayAlsoRecord: about.default([]),
  forbidden: z
    .strictObject({
      notifications: z.array(mail).default([]),
      sent: z.array(mail).default([]),
      submissionEvents: eventLists.default({}),
      submissions: z.record(text, submission).default({}),
      status: z
        .record(
          text,
          z.strictObject({ body: statusBody.partial().optional(), isEditable: z.boolean().optional() }),
        )
        .default({}),
      why: forPeople,
    })
    .optional(),
  noPlainAddressStored: z.boolean().default(false),
  eventually: z.boolean().default(false),
  tolerantReadingAllowed: z.boolean().default(false),
});

const delivery = z.strictObject({
  message: index,
  sqsMessageId: text.optional(),
  concurrentWith: index.optional(),
});

const caseForm = z.strictObject({
  name: text,
  why: forPeople,
  class: forPeople,
  anchor: forPeople,
  queue,
  messages: z.array(text),
  deliveries: z.array(delivery).optional(),
  followedBy: z
    .array(
      z.strictObject({
        queue,
        messages: z.array(text).optional(),
        message: text.optional(),
        deliveries: z.array(delivery).optional(),
        why: forPeople,
      }),
    )
    .default([]),
  given: given.prefault({}),
  expect: expectation,
  eventually: z.boolean().default(false),
  tolerantReadingAllowed: z.boolean().default(false),
});

/** A case, read. */
export type Case = z.infer<typeof caseForm>;
export type Given = Case['given'];
export type GivenReturn = Given['returns'][number];
export type GivenEvent = z.infer<typeof givenEvent>;
export type Fault = Given['faults'][number];
export type Expectation = Case['expect'];
export type ExpectedMail = z.infer<typeof mail>;
export type ExpectedSubmission = z.infer<typeof submission>;

/** Reads a case, or says by name what is wrong with its form. */
export function readCase(json: string): { read: Case } | { name: string | undefined; problems: string[] } {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return { name: undefined, problems: ['the case is not JSON'] };
  }
  const result = caseForm.safeParse(document);
  if (result.success) return { read: result.data };
  const named = z.looseObject({ name: text }).safeParse(document);
  return {
    name: named.success ? named.data.name : undefined,
    problems: result.error.issues.flatMap(problemsOf),
  };
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `unknown member ${[...path, key].join('.')}`);
  return [`${path.join('.') || 'the case'}: ${issue.message}`];
}
