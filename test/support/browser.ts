import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { atEnd } from './at-end.js';
import type { Stack } from './stack.js';

/**
 * Starts it without a window, until the file of tests ends. Without its own sandbox too: root cannot have one, and it only
 * sees our pages.
 */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.TEST_CHROMIUM;
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  atEnd(() => browser.close());
  return browser;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong on a page, with the elements at fault; frames have tests of their own. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`
    axe.run(document, { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ help, nodes }) => help + ': ' + nodes.map(({ html }) => html).join(' · ')))`);
}

export const DESK = { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } as const;
/** As narrow as a page may have to be. */
export const PHONE = { viewport: { width: 320, height: 740 }, colorScheme: 'dark' } as const;

/** A browser that signed in by the form. */
interface SignedIn {
  context: BrowserContext;
  page: Page;
  /** All that it had to complain about so far. */
  complaints: string[];
  /** What axe finds wrong on the form itself. */
  signInProblems: string[];
}

export async function signedIn(
  browser: Browser,
  stack: Stack,
  options: BrowserContextOptions,
): Promise<SignedIn> {
  const context = await browser.newContext({ baseURL: await stack.app.getUrl(), ...options });
  const complaints: string[] = [];
  context.on('console', (message) => complaints.push(message.text()));
  context.on('weberror', (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  await page.goto('/ops');
  const signInProblems = options.javaScriptEnabled === false ? [] : await accessibilityProblems(page);
  await page.getByLabel('Your key').fill(stack.environment.API_KEY ?? '');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ops');
  return { context, page, complaints, signInProblems };
}

/** Tabs until an element has the focus, as who has no mouse; a trap or an element that cannot be reached fails. */
export async function focus(page: Page, selector: string): Promise<void> {
  const isThere = () => page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`);
  for (let presses = 0; presses < 120 && !(await isThere()); presses += 1) await page.keyboard.press('Tab');
  expect([selector, await isThere()]).toEqual([selector, true]);
}

/** What sticks out of the window, or `fits`. */
export function widestOf(page: Page): Promise<string> {
  return page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? 'fits' :
    [...document.querySelectorAll('main *')].find((one) => one.getBoundingClientRect().right > innerWidth + 1)?.outerHTML.slice(0, 200) ?? 'the head'`);
}
