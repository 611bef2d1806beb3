export { afterCommit } from './after.commit.js';
export { Batcher } from './batcher.js';
export { Behind } from './behind.js';
export { codeHash } from './code.hash.js';
export { alsoConcerning, concerning, traceparent } from './concern.js';
export type { Concern } from './concern.js';
export { DatabaseChannel } from './database.channel.js';
export { DatabaseWatch } from './database.watch.js';
export { isDatabaseAway } from './database.errors.js';
export { applyMigrations, prepareQueueSchema } from './database.migrate.js';
export { takingApart, unlessRefused } from './database.refusals.js';
export * from './generated/enums.js';
export { Prisma } from './generated/client.js';
export { endOnSignal, failToStart, runProcess } from './process.js';
export { foreignWords, onOneLine } from './foreign.words.js';
export { Lines, LONGEST_LINE } from './lines.js';
export type { Line } from './lines.js';
export { readInstant } from './iso.instant.js';
export { JsonLogger } from './logger.js';
export { isTooDeep, readJson, TOO_DEEP } from './json.js';
export { knownMailboxOf, mailboxOf } from './mailbox.js';
export { KeptResults, keyOf } from './kept.results.js';
export { ObjectError, ObjectStore } from './object.store.js';
export type { ListedObject, OpenObject } from './object.store.js';
export { packageRoot } from './package.root.js';
export { openPool } from './pool.js';
export { PlatformModule } from './platform.module.js';
export { Prepared } from './prepared.js';
export type { Session } from './prepared.js';
export { PrismaService } from './prisma.service.js';
export type { InTransaction, Transaction } from './prisma.service.js';
export { readable } from './readable.js';
export { jsonWithoutAddresses, withoutAddresses } from './redact.js';
export { keyUses, reseal } from './resealing.js';
export type { KeyUse, ResealProgress } from './resealing.js';
export { SEALED_COLUMNS } from './sealed.columns.js';
export { Sealer, SealError } from './sealing.js';
export { prepareServers } from './servers.prepare.js';
export {
  bucketSettings,
  databaseSettings,
  DEFAULT_REGION,
  queueSettings,
  readSettings,
  readSettingsOf,
  sealingSettings,
  SETTINGS,
  settingsWithoutRelay,
} from './settings.js';
export type { Environment, Settings } from './settings.js';
export { GUARDS, milliseconds } from './settings.types.js';
export type { CallBackHost, Guard, Network } from './settings.types.js';
export { sqsClient } from './sqs.client.js';
export { SqsDepths } from './sqs.depths.js';
export { SqsListener } from './sqs.listener.js';
export type { QueueMessage } from './sqs.listener.js';
export { QUEUES } from './sqs.queues.js';
export type { QueueSetting } from './sqs.queues.js';
export { storable, unstorableIn } from './storable.js';
export type { Unstorable } from './storable.js';
export { openHastyRedis, redisAddressOf } from './redis.connection.js';
export { listenProblem, StartError } from './start.error.js';
export { announce, onStep, since, stepBegins } from './steps.js';
export type { Step, StepFact } from './steps.js';
export { beginSpan, endTracing, startTracing } from './tracing.js';
export type { OpenSpan } from './spans.js';
export { readTraceparent, traceIdOf } from './traceparent.js';
export { within } from './within.js';
