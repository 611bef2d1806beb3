import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import type { Settings } from './settings.js';

/** Emulators answer with queue URLs that do not resolve; the endpoint does. */
export function sqsClient(
  settings: Pick<Settings, 'AWS_REGION' | 'SQS_ENDPOINT'>,
  more: SQSClientConfig = {},
): SQSClient {
  // It is pinned to a release that runs on this Node; a page about the next ones would hide what a process has to say.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return new SQSClient({
    region: settings.AWS_REGION,
    endpoint: settings.SQS_ENDPOINT,
    useQueueUrlAsEndpoint: settings.SQS_ENDPOINT === undefined,
    ...more,
  });
}
