import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { TemplateArchive, TemplateCatalogue } from '#libs/email/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { aName } from '../support/make.js';
import type { Mail } from '../support/mailbox.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let catalogue: TemplateCatalogue;
beforeAll(async () => {
  stack = await Stack.start('preview', { settings: { PREVIEW_OPEN: 'loopback' } });
  catalogue = stack.app.get(TemplateCatalogue);
});

/** What the preview gives for a template, without a key. */
async function part(template: string, query: Record<string, string>, sample = 'typical'): Promise<string> {
  const { status, body } = await look(template, query, sample);
  expect([template, status]).toEqual([template, 200]);
  return body;
}

function look(template: string, query: Record<string, string>, sample = 'typical') {
  const address = `/preview/${template}/${sample}?${new URLSearchParams(query).toString()}`;
  return stack.api<string>('GET', address, undefined, { authorization: '' });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('what is shown is what is sent', () => {
  /** One mail of each template in each language, with a hostile name, as a worker handed it to a relay. */
  async function sentMails() {
    const asked = catalogue.templates.flatMap(({ name }) =>
      catalogue.languages.map((lang) => ({ name, lang })),
    );
    const owners = await Promise.all(
      asked.map(async ({ name, lang }) => {
        const { taxReturnId, email } = aName();
        await stack.api('PUT', `/v1/tax-returns/${taxReturnId}`, { email, language: lang, taxYear: 2025 });
        const context = { ...catalogue.samples(name, lang)['hostile-name'], taxYear: 2025 };
        const body = { taxReturnId, template: name, occurrence: 'shown', context };
        const answer = await stack.api<{ id: string }>('POST', '/v1/notifications', body);
        expect([name, answer.status]).toEqual([name, 202]);
        return { id: answer.body.id, name, lang, context, email };
      }),
    );
    await stack.idle();
    expect(
      await stack.sql(`SELECT template, state, reason FROM notifications WHERE state <> 'handed_over'`),
    ).toEqual([]);
    return owners.map((owner) => ({
      ...owner,
      mail: stack.mailbox.mails.find(({ to }) => to.includes(owner.email)),
    }));
  }

  it('byte for byte, for each template in each language', async () => {
    const sent = await sentMails();
    expect(sent).toHaveLength(18);
    for (const { id, name, lang, context, mail } of sent) {
      const values = JSON.stringify(context);
      const read = partsOf(mail);
      const shown = {
        html: await part(name, { lang, values, part: 'html' }),
        text: await part(name, { lang, values, part: 'text' }),
      };
      expect([name, lang, sha256(read.html), sha256(read.text)]).toEqual([
        name,
        lang,
        sha256(shown.html),
        sha256(shown.text),
      ]);
      const again = await stack.api<string>('GET', `/preview/notifications/${id}?part=html`);
      expect(sha256(again.body)).toBe(sha256(shown.html));
      const whole = await part(name, { lang, values, part: 'eml' });
      expect(withoutWhatDiffers(whole)).toBe(withoutWhatDiffers(mail?.raw.toString() ?? ''));
      expect(whole).toContain(await part(name, { lang, values, part: 'headers' }).then(withoutDate));
    }
  });
});

/** Keeps a version of `accepted` that says something else, as an earlier start would have; returns it. */
async function keepAnotherVersion(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'templates-'));
  try {
    await cp('templates', folder, { recursive: true });
    const file = join(folder, 'en/accepted.txt');
    await writeFile(file, (await readFile(file, 'utf8')).replace('Good news:', 'Old news:'));
    const other = await TemplateCatalogue.load(folder, catalogue.site);
    await new TemplateArchive(stack.app.get(PrismaService), other).keep();
    return other.render('accepted', 'en', { taxYear: 2025 }).version;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a past notification', () => {
  it('is shown from the version and the values it was sent with, to who has a key, without its address', async () => {
    const { taxReturnId, email } = aName();
    await stack.api('PUT', `/v1/tax-returns/${taxReturnId}`, { email, taxYear: 2024 });
    const body = { taxReturnId, template: 'accepted', occurrence: 'past', context: { firstName: 'Ada' } };
    const { id } = (await stack.api<{ id: string }>('POST', '/v1/notifications', body)).body;
    await stack.idle();
    const other = await keepAnotherVersion();
    await stack.sql('UPDATE deliveries SET template_version = $1 WHERE notification_id = $2', [other, id]);

    const path = `/preview/notifications/${id}`;
    const page = (await stack.api<string>('GET', path)).body;
    expect(page).toContain('Old news:');
    expect(page).toContain('Ada');
    expect(page).not.toContain(email);
    expect((await stack.api('GET', path, undefined, { authorization: '' })).status).toBe(401);
  });

  it('of which nothing was handed over, or that does not exist, is not found', async () => {
    expect((await stack.api('GET', `/preview/notifications/${randomUUID()}`)).status).toBe(404);
    expect((await stack.api('GET', '/preview/notifications/none')).status).toBe(422);
  });
});

it('two versions stand side by side, with the lines that differ', async () => {
  const other = await keepAnotherVersion();
  const { body } = await stack.api<string>('GET', `/preview/accepted/typical/compare?from=${other}`);
  expect(body).toMatch(/<del>Old news:.*<\/del\s*><ins>Good news:/);
  expect(body).toContain(`version=${other}&#38;part=frame`);
  expect(await part('accepted', { version: other, part: 'text' })).toContain('Old news:');
});

describe('edited values', () => {
  it('that do not fit are told member by member, and make no mail', async () => {
    const answer = await look('rejected', { values: '{"taxYear":"soon","nmae":"x"}', part: 'html' });
    expect(answer.status).toBe(422);
    const page = await part('rejected', { values: '{"taxYear":"soon","nmae":"x"}' });
    expect(page).toContain('&#34;taxYear&#34; must be integer');
    expect(page).toContain('&#34;nmae&#34; is not declared');
    expect(page).not.toContain('<iframe');
  });

  it('that are no JSON are told so, and stay text', async () => {
    const page = await part('rejected', { values: '</textarea><script>alert(1)</script>' });
    expect(page).toContain('This is not JSON');
    expect(page).not.toContain('<script>alert');
  });
});

it('a view that makes no sense is the usual one, and a language without texts is English', async () => {
  const page = await part('accepted', { width: 'huge', scheme: 'pink', show: 'all', lang: 'xx' });
  expect(page).toContain('<iframe');
  expect(await part('accepted', { lang: 'xx', part: 'text' })).toBe(await part('accepted', { part: 'text' }));
  expect((await look('accepted', {}, 'nobody')).status).toBe(404);
  expect((await look('constructor', {}, '__proto__')).status).toBe(404);
});

it('nothing of a mail may run, load or leave its frame', async () => {
  const policy = async (query: Record<string, string>) =>
    (await look('accepted', query)).headers.get('content-security-policy') ?? '';
  for (const name of ['html', 'frame', 'source', 'text', 'eml'])
    expect(await policy({ part: name })).toMatch(/^default-src 'none';.* sandbox$/);
  expect(await policy({})).toMatch(/script-src 'sha256-[^']+';/);
  expect(await policy({})).not.toContain('unsafe');
});

/** The decoded parts of a mail, read here and not by a library, which might tidy them. */
function partsOf(mail: Mail | undefined): { html: string; text: string } {
  const raw = mail?.raw.toString('latin1') ?? '';
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? '';
  const decoded = (type: string) => {
    const found = raw.split(`--${boundary}`).find((piece) => piece.includes(`Content-Type: ${type}`)) ?? '';
    const [head = '', ...body] = found.split('\r\n\r\n');
    return decode(head, body.join('\r\n\r\n').replace(/\r\n$/, ''));
  };
  return { html: decoded('text/html'), text: decoded('text/plain') };
}

function decode(head: string, body: string): string {
  const bytes = head.includes('quoted-printable')
    ? Buffer.from(
        body
          .replaceAll('=\r\n', '')
          .replace(/=([0-9A-F]{2})/g, (_sign, byte: string) => String.fromCharCode(parseInt(byte, 16))),
        'latin1',
      )
    : Buffer.from(body, head.includes('base64') ? 'base64' : 'latin1');
  return bytes.toString('utf8').replaceAll('\r\n', '\n');
}

/** Address, Message-ID, date and boundary are those of one mail. */
function withoutWhatDiffers(raw: string): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? '';
  return raw.replaceAll(boundary, 'B').replace(/^(To|Message-ID|Date):.*\r\n( .*\r\n)*/gm, '$1\r\n');
}

function withoutDate(head: string): string {
  return head.slice(0, head.indexOf('Message-ID'));
}
