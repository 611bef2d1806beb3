import { randomUUID } from 'node:crypto';
import { sendMailV1 } from './direct-file.messages.js';
import { SQS_CREDENTIALS } from './embedded/sqs.js';
import type { LocalStack } from './local.stack.js';

/** Where everything is, for whoever just started it: the last lines on the screen. */
export function whereEverythingIs(stack: LocalStack): string {
  const { url, settings, parts, folder } = stack;
  const lines = [
    ['Start page', url],
    ['API', `${url}/v1, described at ${url}/docs`],
    ['On call', `${url}/ops`],
    ['Mails', `${url}/preview`],
    ['Inbox', parts.inbox?.webUrl ?? 'that of your relay (SMTP_URL)'],
    ['Upstream', parts.upstream?.webUrl ?? settings.UPSTREAM_URL ?? 'nobody is asked (UPSTREAM_URL)'],
    ['Key', `${settings.API_KEY ?? ''}   (Authorization: Bearer …; /ops asks for it)`],
    ['SQS', `${settings.SQS_ENDPOINT ?? 'that of AWS'}, region ${settings.AWS_REGION}`],
    [
      'Lists',
      `${settings.S3_ENDPOINT ?? 'S3 of AWS'}, bucket ${settings.BATCH_BUCKET}: a CSV in a folder such as error-resolved/`,
    ],
    ['Data', folder],
  ];
  return [
    ...lines.map(([name = '', what = '']) => `  ${name.padEnd(12)}${what}`),
    ...(parts.hasOwnSqs
      ? ['', 'A first mail, by the queue; it arrives in the inbox:', '', firstMail(stack)]
      : []),
  ].join('\n');
}

/** A line to paste that puts a real message on the queue of the emulator. */
function firstMail({ settings }: LocalStack): string {
  const { SQS_ENDPOINT = '', AWS_REGION, SEND_MAIL_QUEUE } = settings;
  const { accessKeyId, secretAccessKey } = SQS_CREDENTIALS;
  const mail = { to: 'you@example.com', languageCode: 'en', taxReturnId: randomUUID() };
  return [
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} aws sqs send-message --region ${AWS_REGION}`,
    `--endpoint-url ${SQS_ENDPOINT} --queue-url ${SQS_ENDPOINT}/000000000000/${SEND_MAIL_QUEUE}`,
    `--message-body '${sendMailV1({ REMINDER_STATE: [mail] })}'`,
  ].join(' \\\n  ');
}
