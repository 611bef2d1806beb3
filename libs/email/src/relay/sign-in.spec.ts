import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { atEnd } from '../../../../test/support/at-end.js';
import { makeCertificate } from '../../../../test/support/certificate.js';
import { ownFolder } from '../../../../test/support/servers.js';
import { SmtpPeer } from '../../../../test/support/smtp.peer.js';
import type { OutgoingMail } from '../message/message.js';
import { Mailer } from './mailer.js';

const files = makeCertificate(ownFolder('certificate'));
const [key, cert] = [readFileSync(files.key), readFileSync(files.certificate)];
const MAIL: OutgoingMail = {
  messageId: 'n1@return-receipt.example.org',
  to: 'ana@example.com',
  language: 'en',
  subject: 'Accepted',
  html: '<p>Hello</p>',
  text: 'Hello',
};

/** What a relay saw of a mail. */
interface Seen {
  secure: boolean;
  /** How whoever sent it signed in. */
  method: string | undefined;
  to: string[];
}

interface Relay {
  port: number;
  seen: Seen[];
}

/** A relay that knows one user, with a password and a token. */
async function aRelay(options: SMTPServerOptions): Promise<Relay> {
  const seen: Seen[] = [];
  const methods = new Map<string, string>();
  const server = new SMTPServer({
    key,
    cert,
    disableReverseLookup: true,
    onAuth: ({ method, username, password, accessToken }, { id }, callback) => {
      methods.set(id, method);
      const isKnown = username === 'us' && (password === 'a:secret' || accessToken === 'a-token');
      callback(null, isKnown ? { user: username } : { message: 'Invalid username or password' });
    },
    onData: (stream, { id, secure, envelope }, callback) => {
      stream.resume().once('end', () => {
        seen.push({ secure, method: methods.get(id), to: envelope.rcptTo.map(({ address }) => address) });
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  atEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, seen };
}

/** Hands one mail to a relay. @param query of SMTP_URL. */
async function hand(url: string, query = '', mail: Partial<OutgoingMail> = {}) {
  const mailer = new Mailer({
    url: `${url}?tls.rejectUnauthorized=false${query}`,
    from: 'no-reply@example.org',
    connections: 1,
    timeout: 60_000,
  });
  const handOver = await mailer.send({ ...MAIL, ...mail });
  mailer.close();
  return handOver;
}

describe('a relay that encrypts', () => {
  it('from the beginning, where the address begins with smtps', async () => {
    const { port, seen } = await aRelay({ secure: true, authOptional: true });
    expect(await hand(`smtps://127.0.0.1:${port}`)).toMatchObject({ outcome: 'accepted' });
    expect(seen).toMatchObject([{ secure: true }]);
  });

  it('after STARTTLS, wherever it offers that', async () => {
    const { port, seen } = await aRelay({ authOptional: true });
    expect(await hand(`smtp://127.0.0.1:${port}`)).toMatchObject({ outcome: 'accepted' });
    expect(seen).toMatchObject([{ secure: true }]);
  });

  it('or does not, gets nothing where the address says requireTLS', async () => {
    const { port, seen } = await aRelay({ authOptional: true, disabledCommands: ['STARTTLS'] });
    expect(await hand(`smtp://127.0.0.1:${port}`, '&requireTLS=true')).toMatchObject({ outcome: 'deferred' });
    expect(seen).toEqual([]);
  });

  it('with a certificate that nobody vouches for gets nothing', async () => {
    const { port, seen } = await aRelay({ secure: true, authOptional: true });
    const mailer = new Mailer({
      url: `smtps://127.0.0.1:${port}`,
      from: 'no-reply@example.org',
      connections: 1,
      timeout: 60_000,
    });
    expect(await mailer.send(MAIL)).toMatchObject({ outcome: 'deferred', reason: 'relay-unreachable' });
    mailer.close();
    expect(seen).toEqual([]);
  });
});

describe('a relay that wants to know who we are', () => {
  it.each(['PLAIN', 'LOGIN'])('hears it by %s', async (method) => {
    const { port, seen } = await aRelay({ authMethods: [method] });
    expect(await hand(`smtp://us:a%3Asecret@127.0.0.1:${port}`)).toMatchObject({ outcome: 'accepted' });
    expect(seen).toMatchObject([{ secure: true, method }]);
  });

  it('hears it as the address says, where it takes several ways', async () => {
    const { port, seen } = await aRelay({ authMethods: ['PLAIN', 'LOGIN'] });
    await hand(`smtp://us:a%3Asecret@127.0.0.1:${port}`, '&authMethod=login');
    expect(seen).toMatchObject([{ method: 'LOGIN' }]);
  });

  it('hears it by XOAUTH2, with a token that stands in the place of the password', async () => {
    const { port, seen } = await aRelay({ authMethods: ['XOAUTH2'] });
    expect(await hand(`smtp://us:a-token@127.0.0.1:${port}`, '&authMethod=XOAUTH2')).toMatchObject({
      outcome: 'accepted',
    });
    expect(seen).toMatchObject([{ method: 'XOAUTH2' }]);
  });

  it('hears it by XOAUTH2, with a token that is fetched', async () => {
    const asked: string[] = [];
    const issuer = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => asked.push(body));
      request.once('end', () => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 }));
      });
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    atEnd(() => new Promise<void>((resolve) => issuer.close(() => resolve())));
    const accessUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token`;
    const { port, seen } = await aRelay({ authMethods: ['XOAUTH2'] });
    const query = new URLSearchParams({
      authMethod: 'XOAUTH2',
      clientId: 'client',
      // Digits alone are no number.
      clientSecret: '0123456',
      refreshToken: '0042',
      accessUrl,
    });
    expect(await hand(`smtp://us@127.0.0.1:${port}`, `&${query}`)).toMatchObject({ outcome: 'accepted' });
    expect(seen).toMatchObject([{ method: 'XOAUTH2' }]);
    const said = new URLSearchParams(asked.join(''));
    expect([said.get('client_secret'), said.get('refresh_token')]).toEqual(['0123456', '0042']);
  });

  it.each(['PLAIN', 'LOGIN', 'XOAUTH2'])(
    'and does not know us by %s refuses us, not the recipient',
    async (method) => {
      const { port, seen } = await aRelay({ authMethods: [method] });
      expect(await hand(`smtp://us:wrong@127.0.0.1:${port}`, `&authMethod=${method}`)).toMatchObject({
        outcome: 'deferred',
        reason: 'relay-refused',
        responseCode: 535,
      });
      expect(seen).toEqual([]);
    },
  );
});

it.each([
  ['jörg@example.org', 'jörg@example.org'],
  ['ana@exämple.org', 'ana@xn--exmple-cua.org'],
  ['jörg@exämple.org', 'jörg@xn--exmple-cua.org'],
])('a mail to %s reaches the relay as one to %s', async (to, reached) => {
  const peer = await SmtpPeer.start();
  expect(await hand(peer.url, '', { to })).toMatchObject({ outcome: 'accepted' });
  expect(peer.mails).toMatchObject([{ recipient: reached }]);
});
