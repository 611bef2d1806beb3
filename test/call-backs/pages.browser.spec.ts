import { beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { accessibilityProblems, DESK, PHONE, signedIn, startBrowser, widestOf } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('call-back-pages', {
    worker: false,
    settings: { CALL_BACK_HOSTS: '*.example.gov' },
  });
  const register = (name: string, kinds: string[] = []) =>
    stack.api('PUT', `/v1/call-backs/${name}`, { url: `https://${name}.example.gov/told`, kinds });
  for (const name of ['archive', 'filing', 'portal', 'state-tool']) await register(name);
  await register('filing', ['accepted', 'rejected', 'error_mef']);
  await aReturn(stack);
  await stack.sql(`UPDATE call_backs SET told_at = now() - interval '3 minutes' WHERE name <> 'portal'`);
  await stack.sql(
    `UPDATE call_backs SET failures = 7, failing_since = now() - interval '2 hours', due_at = now() + interval '20 minutes',
       reason = 'timed-out' WHERE name = 'filing'`,
  );
  await stack.sql(
    `UPDATE call_backs SET state = 'stopped', reason = 'gone', status = 410 WHERE name = 'portal'`,
  );
  await stack.sql(`UPDATE submission_events SET recorded_at = now() - interval '5 minutes'`);
  // Behind are the events that nothing older can get in front of: transactions of other tests on the server are waited for.
  await eventually(async () => (await page('/ops/call-backs')).includes('>behind<'), {
    because: 'a call-back that is behind',
  });
  await stack.sql(
    `INSERT INTO call_back_asides (name, xid, sequence, tries, reason, status, due_at)
     SELECT 'filing', xid::text::int8, sequence, 9, 'answered', 422, NULL FROM submission_events LIMIT 1`,
  );
});

const page = async (path: string) => (await stack.api<string>('GET', path)).body;

describe('the pages of call-backs', () => {
  it('say how each stands, why, and what is given up', async () => {
    const list = await page('/ops/call-backs');
    for (const words of [
      'stopped',
      'fails',
      '>behind<',
      'It does not answer in time.',
      '1 event given up',
      'No call has gone well yet',
    ])
      expect(list).toContain(words);
    const one = await page('/ops/call-backs/filing');
    for (const words of [
      'accepted, error_mef, rejected',
      'It answered 422.',
      'given up',
      'register-call-back',
    ])
      expect(one).toContain(words);
    expect(list + one).not.toContain('whsec_');
    expect((await stack.api('GET', '/ops/call-backs/nobody')).status).toBe(404);
  });

  it('let one go on by a form, and tell it again from a cursor, or say why not', async () => {
    const post = (path: string, fields: Record<string, string>) =>
      stack.api<string>('POST', `/ops/call-backs/archive/${path}`, new URLSearchParams(fields).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        accept: 'text/html',
      });
    expect((await post('replay', { after: 'nonsense', reason: 'x' })).body).toContain(
      'no cursor of this feed',
    );
    expect((await post('replay', { after: 'ZS4wLjA', reason: 'their copy was lost' })).status).toBe(200);
    expect((await post('resume', { reason: 'it is back' })).body).toContain('resume-call-back');
    const { body } = await stack.api<{ cursor: string }>('GET', '/v1/call-backs/archive');
    expect(body.cursor).toBe('ZS4wLjA');
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
  ])('they are accessible and fit, %s', async (_where, options) => {
    const { context, page: shown, complaints } = await signedIn(browser, stack, options);
    for (const path of ['/ops/call-backs', '/ops/call-backs/filing']) {
      await shown.goto(path);
      await shown.locator('main details').evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
      expect([path, await accessibilityProblems(shown)]).toEqual([path, []]);
      expect([path, await widestOf(shown)]).toEqual([path, 'fits']);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
