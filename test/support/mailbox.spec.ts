import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import nodemailer from 'nodemailer';
import { eventually } from './eventually.js';
import { Mailbox } from './mailbox.js';

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  command?: string;
}

let mailbox: Mailbox;
beforeEach(async () => {
  mailbox = await Mailbox.start();
});
afterEach(() => mailbox.stop());

function send(to: string, subject = 'Hello', url = mailbox.url): Promise<{ response: string }> {
  const transport = nodemailer.createTransport({ url, connectionTimeout: 60_000 });
  const mail = {
    from: 'us@example.test',
    to,
    subject,
    text: 'in words',
    html: '<p>in colour</p>',
    messageId: `<${to}>`,
  };
  return transport.sendMail(mail);
}

async function failure(sent: Promise<unknown>): Promise<SmtpError> {
  return sent.then(
    () => Promise.reject(new Error('it was sent')),
    (error: SmtpError) => error,
  );
}

test('an accepted mail shows its envelope, Message-ID, decoded subject, headers and parts', async () => {
  const { response } = await send(
    'ann@example.test',
    'Su declaración fue aceptada — ¡todo en orden y sin más que hacer!',
  );
  expect(response).toBe('250 OK: queued as 1');
  const [mail] = mailbox.mails;
  expect(mail).toMatchObject({
    to: ['ann@example.test'],
    from: 'us@example.test',
    messageId: '<ann@example.test>',
  });
  expect(mail?.subject).toBe('Su declaración fue aceptada — ¡todo en orden y sin más que hacer!');
  expect(mail?.headers.get('content-type')).toContain('multipart/alternative');
  const parsed = await mail?.parse();
  expect(parsed?.html).toContain('in colour');
});

describe('a bad answer', () => {
  test.each([
    ['connect', 421, 'CONN'],
    ['mail', 451, 'MAIL FROM'],
    ['rcpt', 550, 'RCPT TO'],
    ['data', 554, 'DATA'],
  ] as const)(
    'at %s reaches the client with its code, and the mail is not accepted',
    async (at, code, command) => {
      mailbox.answer({ at, code, text: '5.1.1 no' });
      const error = await failure(send('ann@example.test'));
      expect(error).toMatchObject({ responseCode: code, command });
      expect(mailbox.mails).toHaveLength(0);
    },
  );

  test('is given as often as asked and to whom it was meant for', async () => {
    mailbox.answer({ at: 'rcpt', to: 'bob@example.test', code: 450, times: 1 });
    await send('ann@example.test');
    await failure(send('bob@example.test'));
    await send('bob@example.test');
    expect(mailbox.mails.map(({ to }) => to[0])).toEqual(['ann@example.test', 'bob@example.test']);
  });
});

describe('a dropped connection', () => {
  test('at the recipient leaves nothing behind', async () => {
    mailbox.drop({ at: 'rcpt' });
    const error = await failure(send('ann@example.test'));
    expect(error.responseCode).toBeUndefined();
    expect(mailbox.mails).toHaveLength(0);
  });

  test('after the body looks the same to the client whether the server kept the mail or not', async () => {
    mailbox.drop({ at: 'after-data', to: 'ann@example.test' });
    mailbox.drop({ at: 'after-data', to: 'bob@example.test', keep: true });
    const lost = await failure(send('ann@example.test'));
    const kept = await failure(send('bob@example.test'));
    expect([lost.code, lost.responseCode]).toEqual([kept.code, kept.responseCode]);
    expect(mailbox.mails.map(({ to }) => to[0])).toEqual(['bob@example.test']);
  });
});

test('held mails wait for their answer until they are released', async () => {
  mailbox.hold();
  const sent = Promise.all([send('ann@example.test'), send('bob@example.test')]);
  await eventually(() => mailbox.heldCount === 2, { because: 'two mails to be held' });
  expect(mailbox.mails).toHaveLength(0);
  mailbox.release();
  await sent;
  expect(mailbox.mails).toHaveLength(2);
});

test('stopping never waits for a client, neither an idle pool nor a held mail', async () => {
  const pool = nodemailer.createTransport({ url: mailbox.url, pool: true });
  await pool.sendMail({ from: 'us@example.test', to: 'ann@example.test', text: 'x' });
  mailbox.hold();
  const held = failure(send('bob@example.test'));
  await eventually(() => mailbox.heldCount === 1, { because: 'a mail to be held' });
  const before = Date.now();
  await mailbox.stop();
  // A server that waits for them does so for half a minute.
  expect(Date.now() - before).toBeLessThan(20_000);
  await held;
  pool.close();
});

test('a mailbox can come back on the port it had', async () => {
  const { port } = mailbox;
  await mailbox.stop();
  expect((await failure(send('ann@example.test', 'Hello', `smtp://127.0.0.1:${port}`))).code).toBe('ESOCKET');
  mailbox = await Mailbox.start({ port });
  await send('ann@example.test');
  expect(mailbox.mails).toHaveLength(1);
});

test('without bodies it keeps recipient and Message-ID only', async () => {
  const light = await Mailbox.start({ keepBodies: false });
  await send('ann@example.test', 'Hello', light.url);
  expect(light.mails[0]).toMatchObject({ to: ['ann@example.test'], messageId: '<ann@example.test>' });
  expect(light.mails[0]?.raw).toHaveLength(0);
  await expect(light.mails[0]?.parse()).rejects.toThrow('keeps no bodies');
  await light.stop();
});
