import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Email, Address } from '@maildev/core';
import { freePort } from './free-port.js';

/** How to start the inbox. */
export interface InboxOptions {
  /** Default: a free one. */
  smtpPort?: number;
  /** Default: a free one. */
  webPort?: number;
  /** Mails are kept here as files and shown again after a restart. */
  directory: string;
  /** The oldest mails beyond this many are dropped. Default 1000. */
  maxEmails?: number;
}

/** A mail that arrived. */
export interface InboxMail {
  /** The inbox's own id: its page is `<webUrl>/#/email/<id>`. */
  id: string;
  /** Recipients of the envelope. */
  to: string[];
  from: string;
  subject: string;
  messageId: string;
  receivedAt: Date;
  html?: string;
  text?: string;
}

/** A running inbox, on 127.0.0.1 only: it takes every mail and shows it on a page instead of passing it on. */
export interface Inbox {
  smtpUrl: string;
  webUrl: string;
  /** All mails kept, oldest first. */
  messages(): Promise<InboxMail[]>;
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 1_000;

/** Starts maildev in this process. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const mailDirectory = join(options.directory);
  mkdirSync(mailDirectory, { recursive: true, mode: 0o700 });
  forUsOnly(mailDirectory);
  const { MailDev } = await import('maildev');
  const web = options.webPort ?? (await freePort());
  const maildev = new MailDev({
    smtp: options.smtpPort ?? 0,
    ip: '127.0.0.1',
    web,
    webIp: '127.0.0.1',
    mailDirectory,
    maxEmails: options.maxEmails ?? 1000,
    silent: true,
  });
  const { smtp, storage } = await withoutInfo(() => maildev.start());
  const save = storage.save.bind(storage);
  storage.save = async (email) => {
    await save(email);
    forUsOnly(mailDirectory, email.id);
  };
  return {
    smtpUrl: `smtp://127.0.0.1:${smtp.getAddress().port}`,
    webUrl: `http://127.0.0.1:${web}`,
    messages: async () =>
      (await storage.getAll()).map(toMail).sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime()),
    stop: () => {
      hurry(smtp);
      return maildev.stop();
    },
  };
}

/** maildev writes what everybody may read. Mails have addresses in them, those of before too. @param id of one mail; all when absent. */
function forUsOnly(directory: string, id = ''): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.name.startsWith(id)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) forUsOnly(path);
    else if (entry.isFile()) chmodSync(path, 0o600);
  }
}

/** maildev tells the console where its page is, also when it is to be silent; we say so ourselves. */
async function withoutInfo<Result>(start: () => Promise<Result>): Promise<Result> {
  const { info } = console;
  console.info = () => undefined;
  try {
    return await start();
  } finally {
    console.info = info;
  }
}

function toMail(email: Email): InboxMail {
  const header = email.headers['message-id'];
  return {
    id: email.id,
    to: email.envelope.to.map(({ address }) => address),
    from: firstOf(email.from),
    subject: email.subject,
    messageId: (Array.isArray(header) ? header[0] : header) ?? '',
    receivedAt: new Date(email.time),
    html: email.html,
    text: email.text,
  };
}

function firstOf(addresses: Address[] | undefined): string {
  return addresses?.[0]?.address ?? '';
}

/** maildev's SMTP server waits 30 seconds for idle connections of a mailer's pool and has no public setting for it. */
function hurry(smtp: object): void {
  const { smtp: server } = smtp as { smtp?: { options?: { closeTimeout?: number } } };
  if (server?.options) server.options.closeTimeout = STOP_TIMEOUT_MS;
}
