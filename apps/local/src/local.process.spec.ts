import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sqsClient } from '#libs/platform/index.js';
import { runFolder } from '../../../test/support/run-folder.js';
import { FLAGS } from '../../../test/support/service.process.js';
import { eventually } from '../../../test/support/eventually.js';
import { SQS_CREDENTIALS } from './embedded/sqs.js';
import { readPidFile } from './embedded/postgres.postmaster.js';

/** The whole service as `npm start` runs it, built by `npm run build`, and what a newcomer reads of it. */
class Newcomer {
  readonly folder = mkdtempSync(join(runFolder(), 'newcomer-'));
  readonly ended: Promise<number | null>;
  said = '';
  private static readonly all: Newcomer[] = [];
  private readonly child: ChildProcess;

  constructor(main: string, args: string[] = []) {
    // mkdtemp makes it private, and Postgres may have to run as another user.
    chmodSync(this.folder, 0o755);
    this.child = spawn(process.execPath, [...FLAGS, `dist/apps/local/src/${main}`, ...args], {
      env: { PATH: process.env.PATH, DATA_DIR: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    Newcomer.all.push(this);
    const hear = (words: Buffer) => (this.said += words.toString());
    this.child.stdout?.on('data', hear);
    this.child.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  reads(words: RegExp): Promise<unknown> {
    return eventually(() => words.test(this.said), { because: String(words) });
  }

  /** What stands behind a name in the last lines. */
  named(name: string): string {
    return new RegExp(`^  ${name} +(\\S+)`, 'm').exec(this.said)?.[1] ?? '';
  }

  /** Ends those that a failed test left running, as a terminal that is closed does: their servers go too. */
  static async end(): Promise<void> {
    await Promise.all(Newcomer.all.map((one) => one.stop('SIGTERM')));
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  hasPostgres(): boolean {
    return readPidFile(join(this.folder, 'postgres')) !== undefined;
  }
}

/** A warning, a line of the log, a stack. */
const COMPLAINT = /Error:|[Ww]arning|^\{|^ +at /m;

let stack: Newcomer;
beforeAll(async () => {
  stack = new Newcomer('main.js');
  await stack.reads(/--message-body '.+'/);
});
afterAll(() => Newcomer.end());

it('says where everything is, and nothing that nobody asked for', () => {
  for (const name of ['API', 'On call', 'Mails', 'Inbox']) expect(stack.named(name)).toMatch(/^http:\/\/127/);
  expect(stack.named('Key')).toMatch(/^rr_local_/);
  expect(stack.named('Data')).toBe(stack.folder);
  expect(stack.said).not.toMatch(/warning|MailDev|RouterExplorer|^\{/im);
});

it('the line to paste sends a mail, with the endpoint, region, queue and body that stand in it', async () => {
  const word = (pattern: RegExp) => pattern.exec(stack.said)?.[1] ?? '';
  const sqs = sqsClient(
    { SQS_ENDPOINT: word(/--endpoint-url (\S+)/), AWS_REGION: word(/--region (\S+)/) },
    { credentials: SQS_CREDENTIALS },
  );
  const QueueUrl = word(/--queue-url (\S+)/);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: word(/--message-body '(.+)'/) }));
  sqs.destroy();
  const headers = { authorization: `Bearer ${stack.named('Key')}` };
  await eventually(
    async () => {
      const answer = await fetch(`${stack.named('Start page')}/v1/notifications`, { headers });
      return (await answer.text()).includes('"handed_over"');
    },
    { because: 'a mail that was handed over' },
  );
});

it('the start page leads to the inbox too, and says no key', async () => {
  const page = await (await fetch(stack.named('Start page'))).text();
  expect(page).toContain(`href="${stack.named('Inbox')}"`);
  expect(page).not.toContain(stack.named('Key'));
});

it('stops in one line at Ctrl-C, and takes its servers along', async () => {
  const before = stack.said.length;
  expect(await stack.stop('SIGINT')).toBe(0);
  expect(stack.said.slice(before).trim()).toBe('Stopping. What it stored stays.');
  expect(stack.hasPostgres()).toBe(false);
});

it.each([
  ['while it starts', /Starting/],
  ['in the middle of the season', /handed_over/],
])('a demonstration that is ended %s leaves no complaint and no server', async (_when, words) => {
  const demo = new Newcomer('demo.js');
  await demo.reads(words);
  expect(await demo.stop('SIGTERM')).toBe(0);
  expect(demo.said).not.toMatch(COMPLAINT);
  expect(demo.hasPostgres()).toBe(false);
});

it('a demonstration that ends by itself leaves none either', async () => {
  const demo = new Newcomer('demo.js', ['--once']);
  expect(await demo.ended).toBe(0);
  expect(demo.said.trim()).toMatch(/Every mail arrived once\.$/);
  expect(demo.said).not.toMatch(COMPLAINT);
  expect(demo.hasPostgres()).toBe(false);
});
