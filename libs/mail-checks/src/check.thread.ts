/**
 * The thread in which mails are checked. It gets a catalogue as it starts, then one mail after another, and answers each with what is to
 * say about it. Started by {@link CheckWorker}, which says what goes in and what comes out.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TemplateCatalogue } from '#libs/email/index.js';
import { checkMail } from './check.mail.js';
import type { CheckedMail, MailToCheck, ThreadData } from './check.messages.js';
import { checksCode } from './checks.code.js';

// On Linux a priority is that of one thread: whoever waits for an answer of the process comes first.
if (process.platform === 'linux') setPriority(19);

const { folder, site } = workerData as ThreadData;
const catalogue = new TemplateCatalogue(folder, site);
const code = checksCode();

parentPort?.on('message', (mail: MailToCheck) => {
  void checkMail({ catalogue, ...mail }).then((findings) =>
    parentPort?.postMessage({ findings, code } satisfies CheckedMail),
  );
});
