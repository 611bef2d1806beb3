import { beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import {
  accessibilityProblems,
  DESK,
  focus,
  PHONE,
  signedIn,
  startBrowser,
  widestOf,
} from '../support/browser.js';
import { aBatch, aFailed, move } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { aLarge, pathOf, shownBatches } from './shown.batches.js';

// Without a browser the last line of a run says so.
const describeInBrowser = process.env.TEST_CHROMIUM ? describe : undefined;

describeInBrowser?.('the pages of batches in a browser', () => {
  let stack: Stack;
  let browser: Browser;
  let paths: Record<string, string>;
  beforeAll(async () => {
    stack = await Stack.start('batch-browser', { settings: { BATCH_APPROVAL_ABOVE: '10' } });
    paths = await shownBatches(stack);
    browser = await startBrowser();
  });

  it.each([
    ['at a desk in light', DESK],
    ['on a phone in the dark', PHONE],
    ['at a desk in the dark', { ...DESK, colorScheme: 'dark' }],
    ['on a phone in light', { ...PHONE, colorScheme: 'light' }],
  ] as const)('are accessible and fit, also with the longest values, %s', async (_where, options) => {
    const { context, page, complaints } = await signedIn(browser, stack, options);
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      await page.evaluate(`document.querySelectorAll('main details').forEach((one) => (one.open = true))`);
      expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
      expect([name, await widestOf(page)]).toEqual([name, 'fits']);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('show by themselves how far a batch is, and what it has come to', async () => {
    const { context, page, complaints } = await signedIn(browser, stack, PHONE);
    const id = await aLarge(stack, 'running', { applied: 300, ready: 700 }, 1_000);
    await page.goto(pathOf(id));
    expect(await page.locator('.how-far').innerText()).toContain('300 of 1,000 rows run');
    await page.evaluate('window.isSamePage = true');
    await count(id, { applied: 450, ready: 550 });
    await shows(page, /450 of 1,000 rows run/);
    await count(id, { applied: 600, ready: 400 });
    await shows(page, /600 of 1,000 rows run\s+[\d.]+ a second, about .+ left/);
    expect(await page.evaluate('window.isSamePage')).toBe(true);
    await move(stack, id, 'pause-batch');
    await page.getByRole('heading', { name: 'Resume it' }).waitFor();
    expect(await page.evaluate('window.isSamePage')).toBeUndefined();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('take nothing away from whoever is writing', async () => {
    const { context, page } = await signedIn(browser, stack, DESK);
    const id = await aLarge(stack, 'running', { applied: 300, ready: 700 }, 1_000);
    await page.goto(pathOf(id));
    await page.getByLabel('Why', { exact: true }).first().fill('the relay is slow');
    await move(stack, id, 'pause-batch');
    await page.getByText('Somebody paused it.').waitFor();
    expect(await page.getByLabel('Why', { exact: true }).first().inputValue()).toBe('the relay is slow');
    await context.close();
  });

  it('take a list, and let it be approved by keyboard alone', async () => {
    const { context, page } = await signedIn(browser, stack, DESK);
    const { taxReturnId } = await aFailed(stack);
    await page.goto('/ops/batches');
    await focus(page, 'main summary');
    await page.keyboard.press('Enter');
    await page.locator('#send-list').setInputFiles({
      name: 'list.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`taxReturnId\n${taxReturnId}\n`),
    });
    await focus(page, '#send-reason');
    await page.keyboard.type('the fix is out');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ops/batches/*');
    await page.getByRole('heading', { name: 'Start it' }).waitFor();
    await focus(page, '#why-start');
    await page.keyboard.type('looked at the report');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'finished' }).waitFor();
    const many = Array.from({ length: 11 }, () => aName().taxReturnId);
    const list = [(await aFailed(stack)).taxReturnId, ...many].join('\n');
    const { id } = await aBatch(stack, list);
    await page.goto(pathOf(id));
    await focus(page, '#why-approve');
    await page.keyboard.type('looked at the mails');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Start it' }).waitFor();
    await context.close();
  });

  it('show the mails themselves before anybody says yes', async () => {
    const { context, page } = await signedIn(browser, stack, DESK);
    await page.goto(paths['awaiting approval'] ?? '');
    const mails = page.locator('.samples iframe');
    expect(await mails.count()).toBe(3);
    for (const mail of await mails.all()) {
      await mail.scrollIntoViewIfNeeded();
      const body = mail.contentFrame().locator('body');
      expect(await body.innerText()).toMatch(/submit your|envía/i);
      const [frame, shown] = [await mail.boundingBox(), await body.boundingBox()];
      expect(frame?.height).toBeGreaterThan(300);
      expect(shown?.width).toBeLessThanOrEqual(frame?.width ?? 0);
    }
    await context.close();
  });

  it('work without a script', async () => {
    const { context, page } = await signedIn(browser, stack, { ...PHONE, javaScriptEnabled: false });
    const id = await aLarge(stack, 'running', { applied: 300, ready: 700 }, 1_000);
    await page.goto(pathOf(id));
    await count(id, { applied: 450, ready: 550 });
    await page.getByRole('link', { name: 'Look again' }).click();
    expect(await page.locator('.how-far').innerText()).toContain('450 of 1,000 rows run');
    await context.close();
  });

  /** Waits until the page says by itself how far it is. */
  function shows(page: Page, words: RegExp): Promise<unknown> {
    const said = async () => words.test(await page.locator('.how-far').innerText()) || undefined;
    return eventually(said, { because: `the page says ${String(words)}` });
  }

  function count(id: string, counts: Record<string, number>) {
    return stack.sql('UPDATE batches SET counts = $2::jsonb WHERE id = $1::uuid', [
      id,
      JSON.stringify(counts),
    ]);
  }
});
