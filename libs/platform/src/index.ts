export { Batcher } from './batcher.js';
export { isDatabaseAway, isFaultOfData } from './database.errors.js';
export { applyMigrations, prepareQueueSchema } from './database.migrate.js';
export * from './generated/enums.js';
export { Prisma } from './generated/client.js';
export { endOnSignal, failToStart, runProcess } from './process.js';
export { foreignWords, onOneLine } from './foreign.words.js';
export { JsonLogger } from './logger.js';
export { PlatformModule } from './platform.module.js';
export { PrismaService } from './prisma.service.js';
export type { Transaction } from './prisma.service.js';
export { withoutAddresses } from './redact.js';
export { keyUses, reseal } from './resealing.js';
export type { KeyUse, ResealProgress } from './resealing.js';
export { SEALED_COLUMNS } from './sealed.columns.js';
export { Sealer, SealError } from './sealing.js';
export { prepareDatabase, prepareServers } from './servers.prepare.js';
export {
  databaseSettings,
  DEFAULT_REGION,
  readSettings,
  readSettingsOf,
  sealingSettings,
  SETTINGS,
  SettingsError,
  settingsWithoutRelay,
} from './settings.js';
export type { Environment, Settings, SettingsWithoutRelay } from './settings.js';
export { milliseconds } from './settings.types.js';
export { sqsClient } from './sqs.client.js';
export { SqsListener } from './sqs.listener.js';
export type { QueueMessage } from './sqs.listener.js';
export { StartError } from './start.error.js';
export { announce, stepChannel } from './steps.js';
export type { Step } from './steps.js';
