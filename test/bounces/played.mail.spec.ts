import { describe, expect, it } from 'vitest';
import { isAsExpected, readExpected } from './expected.js';
import { playedMail } from './played.mail.js';

const ours = '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11@return-receipt.example.org';
const play = (...lines: string[]) => playedMail(Buffer.from(lines.join('\n')), ours);

describe('a mail that is played', () => {
  it.each([
    ['in a returned header', ['Message-ID: <report@mx>', '', 'Message-ID: <theirs@mx>', 'To: a']],
    ['indented', ['Message-ID: <report@mx>', '', 'It said', '> Message-Id:', '>  <theirs@mx>']],
    ['broken by quoted-printable', ['Message-ID: <report@mx>', '', 'Message-ID: <the=', 'irs@mx>']],
    [
      'in base64',
      [
        'Subject: failed',
        '',
        Buffer.from(`Message-ID: <theirs@mx>\nTo: a\nSubject: ${'x'.repeat(60)}`)
          .toString('base64')
          .replace(/.{76}/g, '$&\n'),
      ],
    ],
  ])('has its quoted Message-ID taken for one of ours, %s', (_where, lines) => {
    const { mail, quotesMessageId } = play(...lines);
    expect(quotesMessageId).toBe(true);
    const encoded = /^[A-Za-z0-9+/=\s]+$/.test(mail.split('\n\n')[1] ?? '') && !mail.includes('Message-ID');
    const text = encoded ? Buffer.from(mail.split('\n\n')[1] ?? '', 'base64').toString() : mail;
    expect(text).toContain(`<${ours}>`);
    expect(text).not.toContain('theirs');
  });

  it('gets one beside what it quotes when it quotes none', () => {
    const { mail, quotesMessageId } = play('Subject: failed', '', 'Words', '  From: a', '  To: b');
    expect(quotesMessageId).toBe(false);
    expect(mail).toContain(`Words\n  Message-ID: <${ours}>\n  From: a`);
  });
});

describe('what is made of a mail', () => {
  const [bounce, mixed, delayed] = readExpected(
    'file\tkind\ttype\tstatus\treply\treason\na\tbounce\thard\t5.1.1\t550\tuserunknown\nb\tbounce\tmixed\t\t\t\nc\tdelayed\t\t\t\t\n',
  );
  it.each([
    [bounce, 'bounce', 'hard', true],
    [bounce, 'bounce', 'soft', false],
    [bounce, 'kept', '', false],
    [mixed, 'bounce', 'soft', true],
    [delayed, 'notice', '', true],
    [delayed, 'bounce', 'soft', false],
  ])('%j, read as %s %s: as expected %s', (expected, kind, type, isSo) => {
    expect(expected && isAsExpected(expected, { kind, type, reason: '' })).toBe(isSo);
  });
});
