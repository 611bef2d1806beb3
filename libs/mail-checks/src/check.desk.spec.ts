import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemplateCatalogue } from '#libs/email/index.js';
import { KeptResults } from '#libs/platform/index.js';
import { eventually } from '../../../test/support/eventually.js';
import { changedTemplates, SITE } from '../../../test/support/templates.js';
import { CheckDesk } from './check.desk.js';
import { CheckWorker } from './check.worker.js';
import { checksCode } from './checks.code.js';
import type { CheckedSheet } from './sample.sheet.js';

let catalogue: TemplateCatalogue;
let folder: string;
beforeAll(async () => {
  catalogue = await TemplateCatalogue.load(await changedTemplates({}, 'accepted'), SITE);
  folder = await mkdtemp(join(tmpdir(), 'kept-checks-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A thread that does this with each mail, in place of the checks. */
function thread(onMail: string, limits = {}): CheckWorker {
  const code = `import { parentPort, threadId } from 'node:worker_threads';
    const answer = (message) => parentPort.postMessage({ findings: [{ check: 'size', level: 'note', message }], code: '${checksCode()}' });
    parentPort.on('message', (mail) => { ${onMail} });`;
  const data = { folder: catalogue.folder, site: catalogue.site };
  return new CheckWorker(data, limits, new URL(`data:text/javascript,${encodeURIComponent(code)}`));
}

const mail = { template: 'accepted', language: 'en', context: { taxYear: 2026 } };
const kept = (name: string) => new KeptResults<CheckedSheet>(name, folder);
const done = (desk: CheckDesk) =>
  eventually(
    async () => {
      const { mails, of } = await desk.progress();
      return mails.length === of;
    },
    { because: 'all mails looked at' },
  );

describe('the checks of a process that serves', () => {
  it('say at once what is known, go on by themselves, and are there for the next process', async () => {
    const desk = new CheckDesk(catalogue, thread(`answer('looked at')`), kept('next'));
    const { mails, of } = await desk.progress();
    expect([mails, of]).toEqual([[], 18]);
    await done(desk);
    await desk.end();
    const next = new CheckDesk(catalogue, thread(`throw new Error('must not be asked')`), kept('next'));
    await eventually(async () => (await next.progress()).mails.length === of, {
      because: 'the last sheet is kept',
    });
    const { mails: known } = await next.progress();
    expect(new Set(known.flatMap(({ findings }) => findings.map(({ message }) => message)))).toEqual(
      new Set(['looked at']),
    );
  });

  it('survive a mail that ends their thread, and say so of it', async () => {
    const dies = `if (mail.language === 'es' && !mail.context.firstName) process.exit(3); else answer('fine')`;
    const desk = new CheckDesk(catalogue, thread(dies), kept('dies'));
    await done(desk);
    const { mails } = await desk.progress();
    const said = (language: string, sample: string) =>
      mails.find((one) => one.language === language && one.sample === sample)?.findings[0]?.message;
    expect(said('en', 'shortest')).toBe('fine');
    expect(said('es', 'shortest')).toMatch(/could not be checked/);
    expect(await desk.check(mail, 60_000)).toMatchObject([{ message: 'fine' }]);
    await desk.end();
  });

  it('give up when their thread breaks each time, and say it of each mail', async () => {
    const desk = new CheckDesk(catalogue, thread(`throw new Error('broken')`), kept('broken'));
    await done(desk);
    const { mails, of } = await desk.progress();
    const said = mails.flatMap(({ findings }) => findings.map(({ message }) => message));
    expect(said.filter((message) => message.includes('broken)'))).toHaveLength(3);
    expect(said.filter((message) => message.includes('again and again'))).toHaveLength(of - 3);
    await desk.end();
  });
});

describe('edited values', () => {
  it('keep nobody waiting for long, and are looked at once however often they are asked for', async () => {
    const desk = new CheckDesk(
      catalogue,
      thread(`setTimeout(() => answer(String(threadId)), 300)`),
      kept('slow'),
    );
    expect(await desk.check(mail, 1)).toBeUndefined();
    const findings = await desk.check(mail, 60_000);
    expect(findings).toHaveLength(1);
    expect(await desk.check(mail, 1)).toBe(findings);
    await desk.end();
  });
});

describe('the thread of the checks', () => {
  it('ends when there is nothing to do, and another is there for the next mail', async () => {
    const worker = thread(`answer(String(threadId))`, { idle: 1 });
    const first = await worker.check(mail);
    await eventually(
      async () => (await worker.check(mail)).findings[0]?.message !== first.findings[0]?.message,
      {
        because: 'another thread',
      },
    );
    await worker.end();
  });

  it('is given up on with a mail that takes too long', async () => {
    const worker = thread('', { mail: 300 });
    await expect(worker.check(mail)).rejects.toThrow();
    await worker.end();
  });

  it('runs the checks themselves', async () => {
    const worker = new CheckWorker({ folder: catalogue.folder, site: catalogue.site });
    const { findings } = await worker.check(mail);
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findings.map(({ check }) => check)).toContain('reading');
    await worker.end();
  });
});
