import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext } from 'playwright-core';
import { NoteService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import {
  accessibilityProblems,
  DESK,
  focus,
  PHONE,
  signedIn,
  startBrowser,
  widestOf,
} from '../support/browser.js';
import { aSuppression } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { aNight, aThrice } from './night.js';

let stack: Stack;
let paths: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('ops-pages', { settings: { SERVICE_LEVEL_EVERY: '1s' } });
  const night = await aNight(stack);
  const { lost, kept, tried } = await aThrice(stack);
  const [unknown] = await stack.sql<{ id: string }>(`SELECT id FROM notifications WHERE state = 'unknown'`);
  const [parked] = await stack.sql<{ id: string }>(`SELECT id FROM quarantine WHERE kind = 'unreadable'`);
  const [remediation] = await stack.sql<{ id: string }>('SELECT id FROM remediations');
  const suppression = await aSuppression(stack);
  const [told] = await stack.sql<{ id: string }>(`SELECT id FROM notifications WHERE state = 'handed_over'`);
  for (const id of [told?.id ?? '', randomUUID()])
    await stack.api('POST', '/v1/receipts', sesBounce({ id, email: 'nobody@example.com' }));
  const [receipt] = await stack.sql<{ id: string }>(
    `SELECT id FROM quarantine WHERE reason = 'unknown-notification'`,
  );
  const note = { actor: 'nora', text: 'the provider looks into it, ticket 8812' };
  const notes = stack.app.get(NoteService);
  await notes.add('suppression', suppression.id, note);
  await notes.add('remediation', remediation?.id ?? '', note);
  paths = {
    start: '/',
    now: '/ops',
    why: `/ops/tax-returns/${night.refused[0].taxReturnId}`,
    mail: `/ops/notifications/${unknown?.id}`,
    'came back': `/ops/notifications/${told?.id}`,
    'dry run': '/ops/resend?all=yes',
    parked: '/ops/quarantine',
    message: `/ops/quarantine/${parked?.id}`,
    'a receipt that waits': `/ops/quarantine/${receipt?.id}`,
    submissions: '/ops/submissions',
    submission: `/ops/submissions/${kept.submissionId}`,
    lost: `/ops/submissions/${lost.submissionId}`,
    'tried to mend': `/ops/submissions/${tried.submissionId}`,
    unreachable: '/ops/unreachable',
    suppressed: '/ops/suppressions',
    suppression: `/ops/suppressions/${suppression.id}`,
    'service level': '/ops/service-level',
    trail: '/ops/audit',
  };
});

it('what is drawn stands beside it as a table, for who does not see it', async () => {
  const { body } = await stack.api<string>('GET', '/ops?last=6h');
  const figures = body.split('<figure').slice(1);
  expect(figures).toHaveLength(2);
  for (const figure of figures) expect(figure).toMatch(/<svg class="bars"[^>]* aria-hidden="true"/);
  const [told = ''] = figures;
  const counts = [...told.matchAll(/<td>(\d+)<\/td>/g)].map(([, count]) => Number(count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
});

it('the service level is counted by the workers as it goes on', async () => {
  const settled = new Date().toISOString();
  interface Level {
    total: { mails: number; owed: number; inTime: number; became: object };
    days: { countedAt: string | null }[];
  }
  const total = await eventually(
    async () => {
      const { body } = await stack.api<Level>('GET', '/v1/service-level');
      return (body.days.at(-1)?.countedAt ?? '') > settled ? body.total : undefined;
    },
    { because: 'a count after all mails were settled' },
  );
  // Two were refused, of one nobody knows, one went out in an instant and came back, and another one arrived; to the last nobody had an address.
  expect(total).toMatchObject({
    mails: 6,
    owed: 5,
    inTime: 2,
    became: { taken: 1, bounced: 1, unknown: 1, untold: 3, waiting: 0 },
  });
});

// Without a browser the last line of a run says so.
const describeInBrowser = process.env.TEST_CHROMIUM ? describe : undefined;

describeInBrowser?.('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });

  it.each([
    ['at a desk in light', DESK],
    ['on a phone in the dark', PHONE],
  ])('all are accessible and fit, %s', async (_where, options) => {
    const { context, page, complaints, signInProblems } = await signedIn(browser, stack, options);
    expect(signInProblems).toEqual([]);
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
      expect([name, await widestOf(page)]).toEqual([name, 'fits']);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('the start page leads to everything by keyboard, and says no key', async () => {
    const { context, page } = await signedIn(browser, stack, PHONE);
    await page.goto('/');
    for (const path of ['/ops', '/preview', '/docs', '/health/ready'])
      await focus(page, `.way a[href="${path}"]`);
    const text = await page.content();
    expect(text).not.toContain(stack.environment.API_KEY);
    expect(text).not.toContain('Inbox');
    await context.close();
  });

  it('all that is done at night is done by keyboard alone: choose, look first, say why, send', async () => {
    const { context, page } = await signedIn(browser, stack, DESK);
    await page.goto('/ops?need=failed');
    await focus(page, '.items input');
    await page.keyboard.press('Space');
    await focus(page, '.mails button');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ops/resend?id=**');
    expect(await page.locator('h1').innerText()).toBe('Dry run: 1 mail would be sent');
    await focus(page, '#why');
    await page.keyboard.type('the relay is mended');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.locator('h1').innerText()).toBe('1 mail sent again');
    await stack.idle();
    await context.close();
  });

  it('the menu fits into one line at a desk, and opens, leads on and closes by keyboard', async () => {
    const { context, page } = await signedIn(browser, stack, DESK);
    expect(await page.evaluate<number>('document.querySelector("header").offsetHeight')).toBeLessThan(64);
    const isOpen = () => page.locator('.more a').first().isVisible();
    await focus(page, '.more summary');
    await page.keyboard.press('Enter');
    expect(await isOpen()).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await isOpen()).toBe(false);
    await page.keyboard.press('Enter');
    await focus(page, '.more a[href="/ops/service-level"]');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ops/service-level');
    expect(await page.locator('.more summary').innerText()).toContain('Service level');
    await page.locator('.more summary').click();
    await page.locator('h1').click();
    expect(await isOpen()).toBe(false);
    await context.close();
  });

  it('a bar of a plot says its numbers to who points at it or comes by keyboard, and leads to its mails', async () => {
    const { context, page } = await signedIn(browser, stack, PHONE);
    await page.goto('/ops/service-level?last=7d');
    const day = new Date().toISOString().slice(0, 10);
    const today = page.locator('.stops li:last-child span');
    const widthOf = async () => (await today.boundingBox())?.width ?? 0;
    expect(await widthOf()).toBeLessThan(2);
    await page.locator('.stops li:last-child a').hover();
    expect(await widthOf()).toBeGreaterThan(100);
    await page.mouse.move(0, 0);
    await focus(page, '.stops a');
    expect(await widthOf()).toBeGreaterThan(100);
    expect(await today.innerText()).toMatch(
      new RegExp(`^${day}: \\d late or not sent, \\d on time\\. \\d0% on time, 95% within \\S+ \\w+$`),
    );
    await page.keyboard.press('ArrowLeft');
    expect([
      await widthOf(),
      await page.evaluate('document.activeElement.matches(".stops li:nth-last-child(2) a")'),
    ]).toEqual([1, true]);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/ops?since=${day}T00**`);
    await context.close();
  });

  it('who is signed in is shown and signs out', async () => {
    const { context, page } = await signedIn(browser, stack, PHONE);
    expect(await page.locator('header').innerText()).toContain('API_KEY');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    expect(await sessionsOf(context)).toEqual([]);
    await page.goto('/ops/audit');
    expect(page.url()).toContain('/sign-in?next=%2Fops%2Faudit');
    await context.close();
  });

  async function sessionsOf(context: BrowserContext): Promise<string[]> {
    return (await context.cookies()).map(({ name }) => name);
  }
});
