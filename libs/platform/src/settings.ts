import { z } from 'zod';
import { readRedisAddress, REDIS_FORMS } from './redis.address.js';
import {
  addressList,
  bucketName,
  callBackHosts,
  duration,
  durationByName,
  guardList,
  hostName,
  limit,
  networks,
  relayUrl,
  sealingKeys,
  sender,
  topicList,
  webUrl,
} from './settings.types.js';
import { queueRows, QUEUES } from './sqs.queues.js';
import { StartError } from './start.error.js';

/** The region of whoever names none. */
export const DEFAULT_REGION = 'us-west-2';

/** Every setting: its name in the environment, type, default and a sentence. The one place to declare one. */
export const declaration = z
  .object({
    DATABASE_URL: z
      .url({
        protocol: /^postgres(ql)?$/,
        error: 'is not like postgresql://user:password@host:5432/database',
      })
      .describe('Postgres, where the truth is kept.'),
    DATABASE_POOL: z.coerce
      .number()
      .int()
      .min(2)
      .default(4)
      .describe(
        'Connections to Postgres of one process; a send queue that lives in Postgres has four more (docs/running.md).',
      ),
    // Without an end it would wait for ever.
    DATABASE_WAIT: duration()
      .refine((wait) => wait > 0, 'must be longer than 0; write 10s')
      .prefault('10s')
      .describe('How long to wait for a connection to Postgres that is free, before what wants one fails.'),
    DATABASE_SILENT_FOR: duration()
      .refine((silent) => silent >= 500, 'must not be shorter than 500ms')
      .prefault('3s')
      .describe(
        'How long Postgres may give no sign of life before what the API was asked meanwhile is answered 503.',
      ),
    REDIS_URL: z
      .string()
      .refine((url) => readRedisAddress(url) !== undefined, REDIS_FORMS)
      .meta({ format: 'uri' })
      .optional()
      .describe(
        'Redis or Valkey for the send queue: a server, sentinels or a cluster (docs/running.md). Without it the queue lives in Postgres.',
      ),
    REDIS_CA_FILE: z
      .string()
      .optional()
      .describe(
        'The authority that signed the certificates of Redis, a PEM file; by default those that Node knows.',
      ),
    REDIS_SENTINEL_PASSWORD: z.string().optional().describe('What the sentinels ask for, if they do.'),
    QUEUE_PREFIX: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default('return-receipt')
      .describe('Goes before every key of the send queue in Redis.'),

    STATUS_KEPT_PENDING: duration()
      .refine((time) => time >= 30_000, 'must not be shorter than 30s')
      .prefault('150s')
      .describe(
        'How long Redis keeps the answer about a return that is on its way. What changes it takes it away at once; this is for a process that dies before it can.',
      ),
    STATUS_KEPT_SETTLED: duration()
      .refine((time) => time >= 30_000, 'must not be shorter than 30s')
      .prefault('10m')
      .describe('The same for a return that is accepted, rejected or in error.'),

    HOST: z.string().default('127.0.0.1').describe('The address that the API listens on.'),
    PORT: z.coerce
      .number()
      .int()
      .min(0)
      .max(65535)
      .default(8080)
      .describe('The port that the API listens on; 0 picks a free one.'),
    API_KEY: z
      .string()
      .regex(/^\S{16,}$/, 'use at least 16 characters, none of them white space')
      .optional()
      .describe(
        'A first key of the HTTP interface, with every scope. Leave it out where keys are made with `receipt keys create`.',
      ),
    REQUESTS_PER_MINUTE: z.coerce
      .number()
      .int()
      .min(1)
      .default(60_000)
      .describe('Requests that one key may make in a minute, whichever processes answer them.'),
    FAILED_KEYS_PER_MINUTE: z.coerce
      .number()
      .int()
      .min(1)
      .default(60)
      .describe(
        'Wrong keys that one address may try in a minute with one process. Past it only right keys made by `receipt keys create` are taken from there.',
      ),

    STATUS_STREAMS: z.coerce
      .number()
      .int()
      .min(0)
      .max(1_900)
      .default(1_500)
      .describe(
        'Callers that may wait in one process for what becomes of a tax return: on a stream of events, or for one answer. Each holds a connection, of which a process has 2,000.',
      ),
    STATUS_STREAMS_PER_KEY: z.coerce
      .number()
      .int()
      .min(0)
      .default(1_000)
      .describe('Those of them that may wait with the same key.'),
    STATUS_HEARTBEAT: duration()
      .refine((every) => every >= 100 && every <= 60_000, 'must be from 100ms to 60s')
      .prefault('15s')
      .describe(
        'How long a stream of events may be silent before it says that it is alive. Shorter than whatever proxy stands in front cuts what is silent.',
      ),
    STATUS_WAIT: duration()
      .refine((wait) => wait <= 100_000, 'must not be longer than 100s')
      .prefault('55s')
      .describe(
        'How long a caller may wait for another status by `Prefer: wait` at most. Shorter than a proxy in front waits for an answer.',
      ),

    IDEMPOTENCY_KEPT: duration()
      .prefault('24h')
      .describe('How long the answer to a call with an Idempotency-Key can be had again.'),

    ENCRYPTION_KEYS: sealingKeys().describe(
      'Keys for what is encrypted at rest, as id:base64 of 32 bytes, separated by commas. The first one seals, all of them open.',
    ),

    AWS_REGION: z.string().default(DEFAULT_REGION).describe('The region of the queues and the bucket.'),
    SQS_ENDPOINT: z.url().optional().describe('Where SQS answers; only needed for an emulator.'),
    S3_ENDPOINT: z
      .url()
      .optional()
      .describe('Where S3 answers; only needed for an emulator, whose buckets are paths.'),
    ...queueRows,
    SQS_POLLERS: z.coerce
      .number()
      .int()
      .min(1)
      .max(20)
      .default(4)
      .describe('Receive loops for each queue in one worker.'),
    SQS_WAIT: duration().prefault('20s').describe('How long a receive waits for a message.'),

    SMTP_URL: relayUrl().describe(
      'The relay that takes the mails; user and password go into the URL, and after a `?` what else it takes (docs/running.md).',
    ),
    SMTP_SECOND_URL: relayUrl()
      .optional()
      .describe(
        'A second relay, by which mails go while the first is ill; written as SMTP_URL is. Give it to every worker and to the API.',
      ),
    SMTP_SECOND_AFTER: duration()
      .prefault('10s')
      .describe(
        'How long the relay in use may fail, in three conversations or more, before mails go by the other; only with SMTP_SECOND_URL.',
      ),
    SMTP_TRY_FIRST_EVERY: duration()
      .refine((every) => every >= 100, 'must not be shorter than 100ms')
      .prefault('30s')
      .describe(
        'How often one mail of the whole service tries the first relay again while the second is in use.',
      ),
    SMTP_CONNECTIONS: z.coerce
      .number()
      .int()
      .min(1)
      .default(30)
      .describe(
        'Connections to a relay that one worker opens at most; it opens as many as the distance of the relay asks for.',
      ),
    SMTP_TIMEOUT: duration()
      .prefault('30s')
      .describe('How long the relay may be silent before the connection is given up.'),
    MAIL_FROM: sender().default('Tax Filing <no-reply@example.org>').describe('The sender of every mail.'),
    MESSAGE_ID_DOMAIN: hostName()
      .default('return-receipt.example.org')
      .describe('The right-hand side of every Message-ID.'),

    RECEIPT_TOPICS: topicList()
      .default([])
      .describe(
        'SNS topics that receipts may come from, as ARNs separated by commas. Their subscriptions are confirmed; without any, whatever SNS has signed is read and nothing is confirmed.',
      ),
    SNS_CERTIFICATES: z
      .string()
      .optional()
      .describe(
        'A folder with the certificates that SNS signs with, under the file names of SigningCertURL, where AWS cannot be reached. Without it they are fetched.',
      ),
    SUPPRESS_FOR: duration()
      .prefault('365d')
      .describe('How long nothing is sent to an address after a hard bounce or a complaint.'),
    SUPPRESS_SOFT_AFTER: z.coerce
      .number()
      .int()
      .min(1)
      .default(3)
      .describe('Soft bounces within SUPPRESS_SOFT_WITHIN after which nothing is sent to an address.'),
    SUPPRESS_SOFT_WITHIN: duration()
      .prefault('14d')
      .describe('The time in which soft bounces of an address are counted.'),
    SUPPRESS_SOFT_FOR: duration()
      .prefault('7d')
      .describe('How long nothing is sent to an address after the last of its soft bounces.'),
    BOUNCE_FALLBACK: z
      .enum(['none', 'account'])
      .default('none')
      .describe(
        "What becomes of a mail that came back for good: `account` sends it once more, to the account's address, where that is another one and not suppressed; with `none` it waits for a person.",
      ),

    SITE_NAME: z
      .string()
      .regex(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u, 'is not a name on one line')
      .default('Tax Filing')
      .describe('What the mails call the filing site.'),
    SITE_URL: webUrl()
      .default('https://taxes.example.org')
      .describe('The filing site, the one address that mails link to.'),
    HELP_URL: webUrl().default('https://taxes.example.org/help').describe('Where a taxpayer finds help.'),
    TEMPLATES_DIR: z.string().default('templates').describe('The folder of the templates.'),

    TAX_YEAR: z.coerce
      .number()
      .int()
      .min(2000)
      .max(2100)
      .default(2025)
      .describe('The tax year of a mail whose request and tax return name none.'),
    FILE_BY: z.iso.date().optional().describe('The last day to file, as shown in mails.'),
    RESUBMIT_BY: z.iso
      .date()
      .optional()
      .describe('The last day to send a rejected return again, as shown in mails.'),
    EXTENSION_BY: z.iso.date().optional().describe('The last day to ask for more time, as shown in mails.'),

    SUBMITTED_NOTICE: z
      .enum(['on-confirmation', 'off'])
      .default('on-confirmation')
      .describe('Whether a taxpayer is told that the authority confirmed the receipt.'),
    SUBMISSION_ERROR_AFTER: z.coerce
      .number()
      .int()
      .min(1)
      .default(1)
      .describe('The failure of one episode at which the taxpayer is told.'),
    SUBMISSION_ERROR_WITHIN: duration()
      .prefault('24h')
      .describe(
        'How long after the last failure the taxpayer is told in any case. Shorter than TOLD_WITHIN.',
      ),

    SEND_CONCURRENCY_URGENT: z.coerce
      .number()
      .int()
      .min(1)
      .default(60)
      .describe('Mails of the urgent lane that one worker sends at once.'),
    SEND_CONCURRENCY_BULK: z.coerce
      .number()
      .int()
      .min(1)
      .default(10)
      .describe('Mails of the bulk lane that one worker sends at once.'),
    RELAY_RATE_URGENT: limit().describe(
      'Mails of the urgent lane that all workers together begin in a second; no limit when absent.',
    ),
    RELAY_RATE_BULK: limit().describe(
      'Mails of the bulk lane that all workers together begin in a second; no limit when absent.',
    ),
    RELAY_CONCURRENCY_URGENT: limit().describe(
      'Mails of the urgent lane that all workers together send at once; no limit when absent.',
    ),
    RELAY_CONCURRENCY_BULK: limit().describe(
      'Mails of the bulk lane that all workers together send at once; no limit when absent.',
    ),
    SEND_LEASE: duration()
      .prefault('3m')
      .describe('How long a worker may hold a notification. Longer than three times SMTP_TIMEOUT.'),
    RETRY_BASE: duration()
      .prefault('30s')
      .describe('The ceiling of the first wait after the relay deferred a mail; it doubles with each try.'),
    RETRY_CEILING: duration().prefault('1h').describe('The longest wait between two tries.'),
    RETRY_MAX_ATTEMPTS: z.coerce
      .number()
      .int()
      .min(1)
      .default(150)
      .describe('Answers of a relay that defers a mail before it is given up.'),
    RETRY_MAX_AGE: duration().prefault('72h').describe('Age of a request at which its mail is given up.'),
    UNKNOWN_RESEND_AFTER: durationByName()
      .default({})
      .describe(
        'Templates that are sent again although a first mail may have arrived, as template=wait, separated by commas. Others wait for a person.',
      ),
    TOLD_WITHIN: duration()
      .prefault('72h')
      .describe('The time box in which telling a taxpayer counts as in process.'),
    DELIVERED_WITHIN: duration()
      .prefault('3d')
      .describe(
        'The time box, from its creation, in which a submission without a receipt counts as in process.',
      ),
    BACKUP_DELIVERED_WITHIN: duration()
      .prefault('21d')
      .describe('The same for a submission that the backup path took and has not decided.'),
    UPSTREAM_URL: z
      .url({ protocol: /^https?$/, error: 'is not like https://host/path' })
      .optional()
      .describe(
        'Where the upstream answers: it is asked what became of submissions, at `/acknowledgements` under it on the primary path and at `/report` on the backup path. Without it nobody is asked.',
      ),
    UPSTREAM_TOKEN: z
      .string()
      .regex(/^\S+$/, 'must not hold white space')
      .optional()
      .describe('What the upstream knows us by, sent as a bearer token.'),
    UPSTREAM_EVERY: duration()
      .prefault('1h')
      .describe('How often the upstream is asked, by all workers together.'),
    UPSTREAM_TIMEOUT: duration()
      .prefault('30s')
      .describe('How long the upstream may take to answer for one batch.'),
    CALL_BACK_HOSTS: callBackHosts()
      .default([])
      .describe(
        'Where call-backs may go: hosts separated by commas, `*.example.gov` for all below one, with `:8443` for a port other than 443. Without it nowhere.',
      ),
    CALL_BACK_NETWORKS: networks()
      .default([])
      .describe(
        'Networks that call-backs may go to besides the open internet, such as 10.20.0.0/16, separated by commas. Whoever may register a call-back can make workers call any address in them.',
      ),
    CALL_BACK_CA_FILE: z
      .string()
      .optional()
      .describe(
        'Authorities that sign certificates of hosts that are called back, a PEM file, besides those that Node knows.',
      ),
    CALL_BACK_TIMEOUT: duration()
      .prefault('10s')
      .describe('How long a call-back may take until it is answered.'),
    CALL_BACK_EVERY: duration()
      .prefault('1s')
      .describe('How often a worker looks whether a call-back has something to be told.'),
    BATCH_BUCKET: bucketName()
      .default('operations-jobs')
      .describe('The bucket of S3 that lists and job files are read from; results appear beside them.'),
    BATCH_PREFIX: z
      .string()
      .max(512)
      .optional()
      .describe(
        'What the names of objects of this installation begin with. It is put in front of the path in a job message that does not begin with it.',
      ),
    BATCH_POLL: duration()
      .refine((every) => every >= 1_000, 'must not be shorter than 1s')
      .meta({ format: 'duration' })
      .optional()
      .describe(
        'How often the bucket is looked through for new lists, where no notification of S3 says so. All that lies there at the first time is new. Absent: never.',
      ),
    TAX_RETURNS_BUCKET: bucketName()
      .optional()
      .describe(
        'The bucket of S3 that holds the XML of each submission, which the state filing tool takes over. Absent: there is none to give.',
      ),
    TAX_RETURNS_KEY: z
      .string()
      .max(512)
      .regex(/\{submissionId\}/, 'has to name {submissionId}')
      .regex(
        /^(?:[^{}]|\{(?:taxYear|taxReturnId|submissionId)\})*$/,
        'may name {taxYear}, {taxReturnId} and {submissionId} only',
      )
      .default('{taxYear}/taxreturns/{taxReturnId}/submissions/{submissionId}.xml')
      .describe('What the XML of a submission is called there.'),
    BATCH_APPROVAL_ABOVE: z.coerce
      .number()
      .int()
      .min(0)
      .default(1_000)
      .describe('Rows above which another person than the one who made a batch has to approve it.'),
    BATCH_STOP_AT: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(50)
      .describe(
        'Mails that failed or came back, of the last thousand of a batch, above which it stops by itself.',
      ),
    BATCH_ON_THE_WAY: z.coerce
      .number()
      .int()
      .min(1)
      .default(2_000)
      .describe(
        'Mails of one batch that may be on their way: it goes on as they are taken. When it is paused, those that have not begun wait.',
      ),
    BATCH_KEEP_FOR: duration()
      .refine((kept) => kept >= 7 * 86_400_000, 'must not be shorter than 7d')
      .meta({ format: 'duration' })
      .prefault('90d')
      .describe(
        'How long the rows of a batch are kept after its end. Then whom it named is removed; its counts, its content as a hash and who did what stay.',
      ),
    RETAIN_DAYS: z.coerce
      .number()
      .int()
      .refine((days) => days === 0 || days >= 30, 'must be 0, or 30 and more')
      .default(400)
      .describe(
        'Days after which addresses and contents are erased: of a mail since it was settled, of a return since anything last happened to it. That somebody was told, and when, stays (docs/retention.md). 0: never.',
      ),
    GUARDS: guardList()
      .prefault('')
      .describe(
        'Guards that pause mails by themselves and call somebody (docs/guards.md): volume, returns, contradiction, or some of them. None when empty.',
      ),
    GUARD_EVERY: duration()
      .refine((every) => every >= 100, 'must not be shorter than 100ms')
      .prefault('10s')
      .describe('How often each worker lets the guards look, besides after every 50 mails.'),
    GUARD_VOLUME_FLOOR: z.coerce
      .number()
      .int()
      .min(1)
      .default(600)
      .describe(
        'Mails of a template that may be asked for within ten minutes, whatever is usual, before the template is paused. Batches are not among them.',
      ),
    GUARD_VOLUME_FACTOR: z.coerce
      .number()
      .min(1)
      .default(10)
      .describe('How many times the busiest ten minutes of the last 28 days may be asked for, too.'),
    GUARD_RETURNS_LAST: z.coerce
      .number()
      .int()
      .min(10)
      .default(1_000)
      .describe(
        'The last mails of a lane that are looked at for what came back; all of the last hour, where these are more.',
      ),
    GUARD_RETURNS_SHARE: z.coerce
      .number()
      .gt(0)
      .max(1)
      .default(0.05)
      .describe('The share of them that may come back or be complained about before the lane is paused.'),
    GUARD_COMPLAINTS_SHARE: z.coerce
      .number()
      .gt(0)
      .max(1)
      .default(0.005)
      .describe('The share of them that may be complained about before the lane is paused.'),
    GUARD_CONTRADICTION_WITHIN: duration()
      .prefault('15m')
      .describe('How far back the guard looks for what cannot be true.'),
    GUARD_CONTRADICTIONS: z.coerce
      .number()
      .int()
      .min(1)
      .default(20)
      .describe(
        'Submissions that are said to be accepted and rejected within that time, from which on both mails are paused.',
      ),
    GUARD_FAILURES: z.coerce
      .number()
      .int()
      .min(10)
      .max(1_000)
      .default(200)
      .describe(
        'Submissions of which nearly all fail at once, while before most did not, from which on the mail is paused.',
      ),
    SWEEP_EVERY: duration()
      .prefault('15s')
      .describe('How often a worker looks for notifications that should have moved.'),
    SWEEP_GRACE: duration()
      .prefault('60s')
      .describe('How long past its time a notification may wait before the sweep queues it again.'),
    TELL_SOON: duration()
      .prefault('10m')
      .describe('How long a due mail may wait before somebody is called, whatever its time box says.'),
    RELAY_SILENT_FOR: duration()
      .prefault('5m')
      .describe(
        'How long the relay may take nothing, while it is asked for mails that are due, before somebody is called.',
      ),
    RELAY_FAILURES: z.coerce
      .number()
      .int()
      .min(1)
      .default(15)
      .describe(
        'Of the last RELAY_CONVERSATIONS within RELAY_SILENT_FOR, those that the relay may fail before somebody is called, if a mail waits for a minute.',
      ),
    RELAY_CONVERSATIONS: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe('The last conversations with the relay that tell whether it is well.'),
    ALARM_EVERY: duration()
      .prefault('5m')
      .describe('How often a worker logs an error while anything is older than it may be.'),

    SERVICE_LEVEL_WITHIN: duration()
      .refine((within) => within > 0 && within <= 86_400_000, 'must be longer than 0 and at most 1d')
      .meta({ format: 'duration' })
      .prefault('10s')
      .describe(
        'The aim of the service level: how soon after it was asked for a relay is to have taken a mail.',
      ),
    SERVICE_LEVEL_SHARE: z.coerce
      .number()
      .gt(0)
      .max(1)
      .default(0.99)
      .describe('The aim of the service level: the share of mails that is to be taken so soon, up to 1.'),
    SERVICE_LEVEL_EVERY: duration()
      .refine((every) => every >= 1_000, 'must not be shorter than 1s')
      .prefault('5m')
      .describe('How often a worker counts the mails of the present day anew for the service level.'),
    SERVICE_LEVEL_OPEN_FOR: duration()
      .refine((open) => open >= 86_400_000, 'must not be shorter than 1d')
      .meta({ format: 'duration' })
      .prefault('14d')
      .describe(
        'How long after its end a day of the service level still takes what receipts say. Then its counts stay, whatever is erased.',
      ),

    SHUTDOWN_WITHIN: duration()
      .prefault('90s')
      .describe('How long a stopping process waits for what is running.'),
    DATA_DIR: z
      .string()
      .default('data')
      .describe(
        'Where `npm start` and `npm run demo` keep what they store: database, mails, queues, secrets. `receipt` finds the stack that runs there.',
      ),
    LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least serious line that is logged.'),
    METRICS_PORT: z.coerce
      .number()
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe(
        'The port of HOST on which a worker answers `/metrics`; without it, it answers none and counts nothing. The API answers on its own port.',
      ),
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .url({ protocol: /^https?$/, error: 'is not like http://collector.example.org:4318' })
      .optional()
      .describe(
        'The OpenTelemetry collector that takes traces by OTLP/HTTP, without `/v1/traces`; without it, nothing is traced (docs/traces.md).',
      ),
    OTEL_SERVICE_NAME: z
      .string()
      .min(1)
      .max(100)
      .default('return-receipt')
      .describe('What the service is called in traces.'),
    OTEL_TRACES_SAMPLER: z
      .enum([
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ])
      .default('parentbased_always_on')
      .describe('Which traces are kept; with `parentbased_`, one that others began as they decided.'),
    OTEL_TRACES_SAMPLER_ARG: z.coerce
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('The share of traces that `traceidratio` keeps, from 0 to 1.'),
    PREVIEW_OPEN: z
      .enum(['loopback', 'never'])
      .default('never')
      .describe(
        'Who sees sample previews without a key: nobody, or whoever sits at the machine itself. `npm start` and `npm run demo` take `loopback`. Not for a machine with a proxy.',
      ),
    TEST_MAIL_ALLOWED: addressList()
      .default([])
      .describe(
        'Where the preview pages may send a test mail: addresses and domains, separated by commas. `*` is every address, for a relay that keeps all mail. Without it none are sent.',
      ),
  })
  .refine((s) => s.SEND_LEASE > 3 * s.SMTP_TIMEOUT, {
    ...unlessWrong('SEND_LEASE', 'SMTP_TIMEOUT'),
    message: 'must be longer than three times SMTP_TIMEOUT, or a slow relay would outlive the lease',
  })
  .refine((s) => s.SHUTDOWN_WITHIN > 2 * s.SMTP_TIMEOUT, {
    ...unlessWrong('SHUTDOWN_WITHIN', 'SMTP_TIMEOUT'),
    message: 'must be longer than twice SMTP_TIMEOUT, or a running send would be cut off',
  })
  .refine((s) => s.RETRY_CEILING >= s.RETRY_BASE, {
    ...unlessWrong('RETRY_CEILING', 'RETRY_BASE'),
    message: 'must not be shorter than RETRY_BASE',
  })
  .refine((s) => s.SUBMISSION_ERROR_AFTER === 1 || s.SUBMISSION_ERROR_WITHIN < s.TOLD_WITHIN, {
    ...unlessWrong('SUBMISSION_ERROR_WITHIN', 'SUBMISSION_ERROR_AFTER', 'TOLD_WITHIN'),
    message: 'must be shorter than TOLD_WITHIN, or a mail would count as untold before it is due',
  })
  .refine((s) => s.RELAY_FAILURES <= s.RELAY_CONVERSATIONS, {
    ...unlessWrong('RELAY_FAILURES', 'RELAY_CONVERSATIONS'),
    message: 'must not be more than RELAY_CONVERSATIONS, or nobody would ever be called',
  })
  .refine((s) => s.SMTP_SECOND_URL === undefined || placeOf(s.SMTP_SECOND_URL) !== placeOf(s.SMTP_URL), {
    ...unlessWrong('SMTP_SECOND_URL', 'SMTP_URL'),
    message: 'must not be the relay of SMTP_URL, or both would be ill at once',
  })
  .refine((s) => s.SQS_WAIT <= 20_000, {
    ...unlessWrong('SQS_WAIT'),
    message: 'must not be longer than the 20s that SQS allows',
  })
  .refine((s) => new Set(QUEUES.map((queue) => s[queue])).size === QUEUES.length, {
    ...unlessWrong(...QUEUES),
    message: 'must not be the queue of another door, or each would read the messages of the other',
  })
  .refine((s) => s.REDIS_CA_FILE === undefined || s.REDIS_URL?.startsWith('rediss') === true, {
    ...unlessWrong('REDIS_CA_FILE', 'REDIS_URL'),
    message: 'needs a REDIS_URL that begins with rediss, or nothing is encrypted',
  });

/** Where a rule between settings is complained of; and it is looked at whatever else is wrong, but for those it is about. */
function unlessWrong(...names: string[]) {
  return {
    path: names.slice(0, 1),
    when: ({ issues }: z.core.ParsePayload) => !issues.some(({ path }) => names.includes(String(path?.[0]))),
  };
}

/** Where a relay listens, whatever else is said of it. */
function placeOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.toLowerCase()}:${port || (protocol === 'smtps:' ? 465 : 587)}`;
}

export type Settings = z.infer<typeof declaration>;

/** For a process that hands no mail to a relay. */
export type SettingsWithoutRelay = Omit<Settings, 'SMTP_URL' | 'SMTP_SECOND_URL'>;

/** Injection token of {@link Settings}. */
export const SETTINGS = Symbol('settings');

/** The environment does not fit. Its message lists every problem at once, by setting, without values. */
export class SettingsError extends StartError {}

/**
 * Reads all settings; an empty variable counts as absent.
 * @throws SettingsError naming every setting that is missing or wrong.
 */
export function readSettings(environment: Environment): Settings {
  return readSettingsOf(declaration, environment);
}

/** As the environment of a process. */
export type Environment = Record<string, string | undefined>;

const singly = z.object(declaration.shape);

/** What it takes to open the database, for a program that needs no more. */
export const databaseSettings = singly.pick({ DATABASE_URL: true, DATABASE_POOL: true, DATABASE_WAIT: true });

/** What it takes to read and write sealed columns as well. */
export const sealingSettings = singly.pick({
  DATABASE_URL: true,
  DATABASE_POOL: true,
  DATABASE_WAIT: true,
  ENCRYPTION_KEYS: true,
});

/** What the queues are called. */
export const queueSettings = z.object(queueRows);

/** What the bucket is called. */
export const bucketSettings = singly.pick({ BATCH_BUCKET: true });

/** All that a process needs that sends nothing. */
export const settingsWithoutRelay = singly.omit({ SMTP_URL: true, SMTP_SECOND_URL: true });

/**
 * Reads the settings of a schema, which is the whole declaration or a part of it.
 * @throws SettingsError naming every one of them that is missing or wrong.
 */
export function readSettingsOf<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
): z.infer<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name}: ${given[name] === undefined ? 'is missing' : issue.message}. ${sentenceOf(name)}`;
  });
  throw new SettingsError(problems);
}

function sentenceOf(name: string): string {
  const shape: Record<string, z.ZodType> = declaration.shape;
  return shape[name]?.description ?? '';
}
