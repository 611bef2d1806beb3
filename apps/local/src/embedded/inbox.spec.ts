import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import nodemailer from 'nodemailer';
import { runFolder } from '../../../../test/support/run-folder.js';
import type { InboxMail } from './inbox.js';

/** The inbox runs in a process of its own, as it does for a newcomer, and is asked by lines. */
const PROGRAM = `
  import { createInterface } from 'node:readline';
  import { importSource } from './tools/typescript-source.mjs';
  const { startInbox } = await importSource('apps/local/src/embedded/inbox.ts');
  const inbox = await startInbox({ directory: process.argv[1] });
  const say = (answer) => console.log('answer ' + JSON.stringify(answer));
  say({ smtpUrl: inbox.smtpUrl, webUrl: inbox.webUrl });
  for await (const line of createInterface(process.stdin)) {
    if (line === 'messages') say(await inbox.messages());
    if (line === 'stop') break;
  }
  await inbox.stop();
  process.stdin.destroy();
`;

interface RunningInbox {
  smtpUrl: string;
  webUrl: string;
  messages(): Promise<InboxMail[]>;
  stop(): Promise<void>;
}

async function startInProcess(directory: string): Promise<RunningInbox> {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', PROGRAM, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const hear = async <Answer>(): Promise<Answer> => {
    for (;;) {
      const line = await lines.next();
      if (line.done) throw new Error('the inbox has ended');
      if (line.value.startsWith('answer ')) return JSON.parse(line.value.slice('answer '.length)) as Answer;
    }
  };
  return {
    ...(await hear<{ smtpUrl: string; webUrl: string }>()),
    messages: () => {
      child.stdin.write('messages\n');
      return hear<InboxMail[]>();
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.stdin.write('stop\n');
      await exited;
    },
  };
}

test('a mail is shown on the page, and still there after a restart', async () => {
  const directory = mkdtempSync(join(runFolder(), 'inbox-'));
  const first = await startInProcess(directory);
  const pool = nodemailer.createTransport({ url: first.smtpUrl, pool: true });
  const mail = {
    from: 'us@example.test',
    to: 'ann@example.test',
    subject: 'Recibido ✓',
    messageId: '<one@example.test>',
  };
  await pool.sendMail({ ...mail, text: 'in words', html: '<p>in colour</p>' });
  const [seen] = await first.messages();
  expect(seen).toMatchObject({
    to: [mail.to],
    from: mail.from,
    subject: mail.subject,
    messageId: mail.messageId,
  });
  expect(modesIn(directory)).toEqual([0o700, new Set([0o600])]);
  const page = await fetch(first.webUrl, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);

  const before = Date.now();
  await first.stop();
  // A mailer's idle pool does not hold it up: that would be half a minute.
  expect(Date.now() - before).toBeLessThan(20_000);
  pool.close();
  // As an older version left them.
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o644);
  chmodSync(directory, 0o755);
  const second = await startInProcess(directory);
  expect(modesIn(directory)).toEqual([0o700, new Set([0o600])]);
  const [again] = await second.messages();
  await second.stop();
  expect(again).toMatchObject({ to: [mail.to], messageId: mail.messageId });
  expect(again?.html).toContain('in colour');
});

/** Who may read the folder, and its files. */
function modesIn(directory: string): [number, Set<number>] {
  const modeOf = (path: string) => statSync(path).mode & 0o777;
  const files = readdirSync(directory).map((name) => modeOf(join(directory, name)));
  return [modeOf(directory), new Set(files)];
}
