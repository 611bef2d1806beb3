import {
  endOnSignal,
  failToStart,
  JsonLogger,
  prepareServers,
  readSettings,
  startTracing,
} from '#libs/platform/index.js';
import { apiProcess } from './api.module.js';
import { serve } from './http.js';

try {
  const settings = readSettings(process.env);
  const logger = new JsonLogger(settings.LOG_LEVEL);
  await startTracing(settings);
  await prepareServers(settings, logger, false);
  const app = await serve(apiProcess(settings), settings, logger);
  endOnSignal(app, settings);
  logger.log(`Ready on ${await app.getUrl()}`, 'Process');
} catch (error) {
  failToStart(error);
}
