import { NestFactory } from '@nestjs/core';
import { readSettings } from '#libs/platform/index.js';
import { apiProcess } from './api.module.js';
import { describeApplication } from './docs/open-api.document.js';

/** Prints the OpenAPI document, which the build keeps. In preview nothing is instantiated, so no server is needed. */
const settings = readSettings({
  DATABASE_URL: 'postgres://nowhere.invalid/none',
  SMTP_URL: 'smtp://nowhere.invalid',
  API_KEY: 'a-key-of-nothing-at-all',
  ENCRYPTION_KEYS: `none:${Buffer.alloc(32).toString('base64')}`,
});
const app = await NestFactory.create(apiProcess(settings), {
  preview: true,
  logger: false,
  abortOnError: false,
});
process.stdout.write(JSON.stringify(describeApplication(app)));
