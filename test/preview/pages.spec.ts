import { mkdtempSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContextOptions, Frame, Page } from 'playwright-core';
import { TemplateCatalogue } from '#libs/email/index.js';
import { eventually } from '../support/eventually.js';
import { accessibilityProblems, startBrowser } from '../support/browser.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
const folder = mkdtempSync(join(runFolder(), 'templates-'));
beforeAll(async () => {
  // A few templates say as much about the pages as all do; the checks of all have tests of their own.
  await cp('templates', folder, { recursive: true, filter: (path) => !/remind|submi|survey/.test(path) });
  const settings = { TEST_MAIL_ALLOWED: 'example.org', TEMPLATES_DIR: folder, PREVIEW_OPEN: 'loopback' };
  stack = await Stack.start('pages', { worker: false, settings });
});

it('a colour scheme is settled in the frame of a page only: the bytes to be sent ask the client', async () => {
  const part = async (query: string) =>
    (await stack.api<string>('GET', `/preview/accepted/typical?${query}`)).body;
  const sent = await part('part=html');
  expect(sent).toContain('@media (prefers-color-scheme: dark)');
  expect(await part('part=html&scheme=dark')).toBe(sent);
  expect(await part('part=frame&scheme=dark')).not.toContain('prefers-color-scheme');
});

it('every template in every language is checked, in one table that says how far it is', async () => {
  const look = async () => (await stack.api<string>('GET', '/preview/checks')).body;
  const isChecking = (page: string) => /The mails are being checked: \d+ of \d+ by now/.test(page);
  await eventually(async () => !isChecking(await look()), { because: 'checked mails' });
  const body = await look();
  const { templates, languages } = stack.app.get(TemplateCatalogue);
  for (const { name } of templates)
    for (const lang of languages)
      expect(body).toContain(`"/preview/${name}/typical${lang === 'en' ? '' : `?lang=${lang}`}"`);
  expect(body).toContain('Nothing remote');
  // What is known by then stands on the gallery too.
  expect((await stack.api<string>('GET', '/preview')).body).toContain('All checks pass');
});

// Without a browser the last line of a run says so.
if (process.env.TEST_CHROMIUM)
  describe('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    });

    /** A page that was opened, with everything that a browser had to complain about and every foreign request. */
    async function open(path: string, options: BrowserContextOptions = {}) {
      const baseURL = await stack.app.getUrl();
      const page = await browser.newPage({ baseURL, ...options });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => complaints.push(dialog.message()));
      page.on('request', (request) => {
        if (!request.url().startsWith(baseURL) && !request.url().startsWith('data:'))
          complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(path, { waitUntil: 'load' });
      return { page, complaints };
    }

    const PATHS = [
      '/preview',
      '/preview/checks',
      '/preview/rejected/many-codes?scheme=dark',
      '/preview/rejected/typical?values=%7B%7D',
      '/preview/rejected/typical/compare',
    ];
    const PHONE = { width: 360, height: 740 };

    it.each([
      ...PATHS.map((path) => [path, 'light', { width: 1280, height: 900 }] as const),
      ...PATHS.map((path) => [path, 'dark', PHONE] as const),
    ])('%s is accessible and fits, %s', async (path, colorScheme, viewport) => {
      const { page, complaints } = await open(path, { colorScheme, viewport });
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('shows true dark mode whatever the machine prefers, and inverts only where asked', async () => {
      const grounds: string[] = [];
      for (const scheme of ['light', 'dark', 'inverted']) {
        const { page } = await open(`/preview/accepted/typical?scheme=${scheme}`, { colorScheme: 'dark' });
        grounds.push(await groundOf(await mailFrame(page)));
        const filter = await page.evaluate(
          `getComputedStyle(document.querySelector('.stage iframe')).filter`,
        );
        expect(filter === 'none').toBe(scheme !== 'inverted');
        await page.close();
      }
      const [light, dark, inverted] = grounds;
      expect(light).toBe('rgb(238, 241, 245)');
      expect(dark).not.toBe(light);
      expect(inverted).toBe(light);
    });

    it('keeps the whole view in the address, so that a link shows a colleague the same', async () => {
      const { page } = await open('/preview/rejected/typical');
      for (const choice of ['Dark', 'Phone 375', 'Español', 'HTML', 'shortest'])
        await Promise.all([
          page.waitForNavigation(),
          page.getByRole('link', { name: choice, exact: true }).click(),
        ]);
      const address = page.url();
      await page.close();
      const colleague = await open(address);
      const chosen = await colleague.page.locator('[aria-current=true]').allTextContents();
      expect(chosen).toEqual(['shortest', 'Español', 'HTML', 'Phone 375', 'Dark']);
      expect(await (await mailFrame(colleague.page)).evaluate('innerWidth')).toBe(375);
      await colleague.page.close();
    });

    it('a hostile value stays text, in the mail and around it', async () => {
      const hostile = `</title><img src="https://e.example/x" onerror="alert(1)"><script>alert(2)</script>`;
      const values = JSON.stringify({ taxYear: 2026, firstName: hostile });
      const { page, complaints } = await open(
        `/preview/accepted/typical?${new URLSearchParams({ values }).toString()}`,
      );
      const mail = await mailFrame(page);
      expect(await mail.evaluate('document.body.innerText')).toContain(hostile);
      expect(await mail.evaluate('document.images.length + document.scripts.length')).toBe(0);
      expect(await page.evaluate('document.images.length')).toBe(0);
      expect(await page.locator('textarea').inputValue()).toBe(values);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('shows edited values, and what is wrong with them beside them', async () => {
      const { page } = await open('/preview/accepted/typical');
      const show = async (values: string) => {
        await page.locator('textarea').fill(values);
        await Promise.all([page.waitForNavigation(), page.getByText('Show with these values').click()]);
      };
      await show('{"taxYear": "soon"}');
      expect(await page.locator('#values-problems').innerText()).toContain('"taxYear" must be integer');
      await show('{"taxYear": 2031}');
      expect(await page.locator('.subject').innerText()).toContain('2031');
      await page.close();
    });

    it('works by keyboard: past the navigation, along the choices, to the next mail', async () => {
      const { page } = await open('/preview/accepted/typical');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('j')]);
      expect(page.url()).toContain('/preview/error-resolved/typical');
      await page.close();
    });

    it('sends a test mail from the form of the page', async () => {
      const { page } = await open('/sign-in?next=%2Fpreview%2Faccepted%2Ftypical%3Flang%3Des');
      await page.getByLabel('Your key').fill(stack.environment.API_KEY ?? '');
      await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Sign in' }).click()]);
      await page.getByLabel('To', { exact: true }).fill('colleague@example.org');
      await Promise.all([
        page.waitForNavigation(),
        page.getByRole('button', { name: 'Send', exact: true }).click(),
      ]);
      expect(await page.locator('main').innerText()).toContain('the relay accepted the test mail');
      expect(page.url()).not.toContain('colleague');
      expect(stack.mailbox.mails.at(-1)?.subject).toMatch(/^\[TEST\] Aceptada/);
      await page.close();
    });

    async function mailFrame(page: Page): Promise<Frame> {
      const frame = await (await page.locator('.stage iframe').elementHandle())?.contentFrame();
      if (!frame) throw new Error('the page shows no mail');
      await frame.waitForLoadState();
      return frame;
    }

    function groundOf(frame: Frame): Promise<string> {
      return frame.evaluate(`getComputedStyle(document.querySelector('.page')).backgroundColor`);
    }
  });
