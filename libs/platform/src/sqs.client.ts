import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import type { Settings } from './settings.js';

/** Emulators answer with queue URLs that do not resolve; the endpoint does. */
export function sqsClient(settings: Settings, more: SQSClientConfig = {}): SQSClient {
  return new SQSClient({
    region: settings.AWS_REGION,
    endpoint: settings.SQS_ENDPOINT,
    useQueueUrlAsEndpoint: settings.SQS_ENDPOINT === undefined,
    ...more,
  });
}
