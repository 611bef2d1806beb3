import { describe, expect, it } from 'vitest';
import { databaseSettings, readSettings, readSettingsOf, SettingsError } from './settings.js';

const enough = {
  DATABASE_URL: 'postgresql://localhost/return_receipt',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  SMTP_URL: 'smtp://localhost:1025',
};

describe('settings', () => {
  it('need little, and take durations in words', () => {
    const settings = readSettings({
      ...enough,
      SUBMISSION_ERROR_WITHIN: '36h',
      UNKNOWN_RESEND_AFTER: 'accepted=6h, rejected=90m',
    });
    expect(settings).toMatchObject({
      PORT: 8080,
      SUBMISSION_ERROR_AFTER: 1,
      SUBMISSION_ERROR_WITHIN: 36 * 3_600_000,
      SWEEP_GRACE: 60_000,
    });
    expect(settings.UNKNOWN_RESEND_AFTER).toEqual({ accepted: 6 * 3_600_000, rejected: 90 * 60_000 });
  });

  it('are all complained of in one message, each with what it is for', () => {
    const wrong = {
      ...enough,
      DATABASE_URL: 'mysql://x',
      PORT: '99999',
      SMTP_URL: '',
      RETRY_MAX_AGE: 'soon',
      ENCRYPTION_KEYS: 'k1:short',
    };
    let message = '';
    try {
      readSettings(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      message = (error as SettingsError).message;
    }
    for (const name of ['DATABASE_URL', 'PORT', 'SMTP_URL: is missing', 'RETRY_MAX_AGE', 'ENCRYPTION_KEYS'])
      expect(message).toContain(name);
    expect(message).toContain('openssl rand -base64 32');
    expect(message).not.toContain('mysql');
  });

  it('that contradict each other are refused: a lease must outlive a conversation', () => {
    expect(() => readSettings({ ...enough, SMTP_TIMEOUT: '60s', SEND_LEASE: '2m' })).toThrow(/SEND_LEASE/);
    const late = { ...enough, SUBMISSION_ERROR_WITHIN: '72h', TOLD_WITHIN: '72h' };
    expect(() => readSettings({ ...late, SUBMISSION_ERROR_AFTER: '2' })).toThrow(/SUBMISSION_ERROR_WITHIN/);
    // The first failure tells at once, so nothing waits for it.
    expect(() => readSettings({ ...late, SUBMISSION_ERROR_AFTER: '1' })).not.toThrow();
  });

  it.each([
    ['smtp://LOCALHOST:1025', /SMTP_SECOND_URL: must not be the relay of SMTP_URL/],
    [
      'smtps://us:secret@localhost:1025?requireTLS=true',
      /SMTP_SECOND_URL: must not be the relay of SMTP_URL/,
    ],
    ['localhost:1026', /SMTP_SECOND_URL: /],
  ])('a second relay %j is refused: it is the first one, or none', (url, why) => {
    expect(() => readSettings({ ...enough, SMTP_SECOND_URL: url })).toThrow(why);
    expect(() => readSettings({ ...enough, SMTP_SECOND_URL: 'smtp://localhost:1026' })).not.toThrow();
  });

  it.each([
    ['MAIL_FROM', 'Tax Filing'],
    ['MAIL_FROM', 'no-reply'],
    ['MAIL_FROM', 'Tax Filing <no-reply>'],
    ['MAIL_FROM', 'a@example.org, b@example.org'],
    ['MAIL_FROM', 'Tax Filing no-reply@example.org'],
    ['MAIL_FROM', 'no-reply@example.org>\r\nBcc: <x@example.org'],
    ['MAIL_FROM', 'no-reply@exa mple.org'],
    ['MESSAGE_ID_DOMAIN', 'return receipt'],
    ['MESSAGE_ID_DOMAIN', '<example.org>'],
    ['MESSAGE_ID_DOMAIN', 'exämple.org'],
    ['SITE_NAME', ' '],
    ['SITE_NAME', 'Tax\nFiling'],
    ['SITE_URL', 'javascript:alert(1)'],
    ['HELP_URL', 'mailto:help@example.org'],
    ['MAIL_FROM', '<a@example.org> <b@example.org>'],
    ['MAIL_FROM', 'no\u0001reply@example.org'],
    ['SMTP_URL', 'relay.example.org'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'smtp:relay'],
    ['SMTP_URL', 'smtp://relay:99999'],
    ['SMTP_URL', 'smtp://user:se/cret@relay:587'],
    ['SMTP_URL', 'smtp://:secret@relay.example.org'],
    ['SMTP_URL', 'smtp://user@relay.example.org?refreshToken=x'],
    ['SMTP_URL', 'smtp://relay.example.org?logger=true'],
    ['SMTP_URL', 'smtp://relay.example.org?requireTls=true'],
    ['SMTP_URL', 'smtp://user@relay.example.org'],
    ['SMTP_URL', 'smtps://user:secret@relay.example.org?authMethod=GUESS'],
  ])('%s that would make each mail wrong is refused: %j', (name, value) => {
    expect(() => readSettings({ ...enough, [name]: value })).toThrow(name);
  });

  it.each([
    ['MAIL_FROM', 'no-reply@example.org'],
    ['MAIL_FROM', '"Tax, Filing" <no-reply@example.org>'],
    ['MAIL_FROM', 'Tax, Filing <no-reply@example.org>'],
    ['MAIL_FROM', 'Declaración 🧾 <no-reply@exämple.org>'],
    ['MAIL_FROM', 'tax@localhost'],
    ['MESSAGE_ID_DOMAIN', 'mail-1.example.org'],
    ['SMTP_URL', 'smtps://user:secret@relay.example.org:465?requireTLS=true&authMethod=login'],
    ['SMTP_URL', 'smtp://user@relay.example.org?authMethod=XOAUTH2&refreshToken=x'],
  ])('%s may be %j', (name, value) => {
    expect(() => readSettings({ ...enough, [name]: value })).not.toThrow();
  });

  it('of a part can be read alone, for a program that needs no more', () => {
    const { DATABASE_URL } = enough;
    expect(readSettingsOf(databaseSettings, { DATABASE_URL, PORT: 'wrong' })).toEqual({
      DATABASE_URL,
      DATABASE_POOL: expect.any(Number),
      DATABASE_WAIT: 10_000,
    });
    expect(() => readSettingsOf(databaseSettings, {})).toThrow(/DATABASE_URL: is missing/);
  });

  it('that are empty count as absent', () => {
    const settings = readSettings({ ...enough, REDIS_URL: '', TAX_YEAR: '' });
    expect([settings.REDIS_URL, settings.TAX_YEAR]).toEqual([undefined, 2025]);
  });
});
