import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PauseService } from '#libs/notifications/index.js';
import type { Browser } from 'playwright-core';
import { accessibilityProblems, startBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { Mailbox } from '../support/mailbox.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

interface Ready {
  status: string;
  relay: { takesMails: boolean; waiting: number; since?: string; reason?: string; words?: string };
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('relay-down', {
    settings: { RELAY_SILENT_FOR: '1s', TELL_SOON: '1s', ALARM_EVERY: '200ms' },
  });
});

const status = () => receipt(['status'], stack.environment);
const ready = async () => (await stack.api<Ready>('GET', '/health/ready')).body;
const page = async () => (await stack.api<string>('GET', '/ops')).body;
const mailFor = async () => stack.put('confirmation', submitted(await aReturn(stack)));

function alarms(): { relay: Ready['relay'] | null; late: unknown }[] {
  return stack
    .log()
    .split('\n')
    .filter((line) => line.includes('Somebody is needed'))
    .map((line) => JSON.parse(line));
}

it('a relay that is down is said by page, terminal, readiness and log, in one voice, until mails go out again', async () => {
  await mailFor();
  await stack.idle();
  expect(await ready()).toMatchObject({ relay: { takesMails: true, waiting: 0 } });
  expect((await status()).code).toBe(0);
  expect(await page()).toContain('<p class="say good">Nothing.</p>');

  const { port } = stack.mailbox;
  await stack.mailbox.stop();
  const begun = new Date();
  await mailFor();
  await mailFor();

  const ill = await eventually(
    async () => {
      const answer = await ready();
      return !answer.relay.takesMails && answer.relay.waiting === 2 ? answer : undefined;
    },
    { because: 'readiness says that the relay takes nothing' },
  );
  expect(ill).toMatchObject({ status: 'ready', relay: { reason: 'relay-unreachable' } });
  expect(ill.relay.words).toContain('ECONNREFUSED');
  expect(new Date(ill.relay.since ?? 0).getTime()).toBeGreaterThanOrEqual(begun.getTime());

  const alarming = await page();
  expect(alarming).toContain('The relay does not take mails');
  expect(alarming).toMatch(/2 mails\s+wait/);
  expect(alarming).toContain('ECONNREFUSED');
  expect(alarming).not.toMatch(/class="say good"|oldest calm"/);

  const said = await status();
  expect(said).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Somebody is needed for the relay'),
  });
  expect(said.stdout).toMatch(/^The relay does not take mails, since .*; 2 mails wait\./);
  await eventually(() => alarms().find(({ relay, late }) => relay?.reason === 'relay-unreachable' && late), {
    because: 'the line to call people by',
  });

  // What somebody holds back is no outage.
  const pauses = stack.app.get(PauseService);
  await pauses.pause('all', { actor: 'nora', reason: 'the provider mends the relay' });
  await eventually(async () => (await ready()).relay.takesMails, { because: 'a pause calls nobody' });
  await pauses.resume('all', { actor: 'nora', reason: 'mended' });
  await eventually(async () => !(await ready()).relay.takesMails, { because: 'it is still down' });

  await Mailbox.start({ port });
  await eventually(async () => (await status()).code === 0, { because: 'all went out' });
  expect(await ready()).toMatchObject({ relay: { takesMails: true, waiting: 0 } });
  expect(await page()).toContain('<p class="say good">Nothing.</p>');
});

// Without a browser the last line of a run says so.
const describeInBrowser = process.env.TEST_CHROMIUM ? describe : undefined;

describeInBrowser?.('in a browser, with the longest words that a relay can have', () => {
  it.each([
    ['at a desk in light', 1280, 'light'],
    ['on a phone in the dark', 390, 'dark'],
  ] as const)('the alarm is accessible and fits, %s', async (_where, width, colorScheme) => {
    const long = await anOldOutage();
    browser ??= await startBrowser();
    const context = await browser.newContext({
      baseURL: await long.app.getUrl(),
      viewport: { width, height: 900 },
      colorScheme,
      extraHTTPHeaders: { authorization: `Bearer ${long.environment.API_KEY}` },
    });
    const page = await context.newPage();
    await page.goto('/ops');
    expect(await page.locator('h2').allInnerTexts()).toEqual(
      expect.arrayContaining(['The relay does not take mails', '1 mail is late']),
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await context.close();
  });

  let browser: Browser | undefined;
  let made: Promise<Stack> | undefined;

  /** A mail that has been tried in vain for three days; no worker tries it here. */
  function anOldOutage(): Promise<Stack> {
    return (made ??= (async () => {
      const one = await Stack.start('relay-down-pages', { worker: false });
      const id = randomUUID();
      await one.sql(
        `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at, opened_at, attempt, reason)
         VALUES ($1, $1, 'accepted', 'o', 's', now() + interval '30 minutes', now() - interval '50 hours', 1, 'relay-full')`,
        [id],
      );
      await one.sql(
        `INSERT INTO deliveries (notification_id, attempt, outcome, reason, response, relay, language, template_version, opened_at, settled_at)
         VALUES ($1, 1, 'deferred', 'relay-full', $2, 'relay', 'en', 'v', now() - interval '50 hours', now() - interval '50 hours')`,
        [id, `421 4.3.2 https://relay.example.org/${'x'.repeat(464)}`],
      );
      return one;
    })());
  }
});
