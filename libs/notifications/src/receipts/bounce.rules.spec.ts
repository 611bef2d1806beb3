import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { PHRASES, phraseIn } from './bounce.phrases.js';
import { bounceOf, saysOtherStep } from './bounce.rules.js';

const hard = 'hard no-such-mailbox';

describe('what a code and words come to', () => {
  it.each([
    // A code that says no more than that something is so gives way.
    ['5.0.0', 'smtp; 550 5.1.1 <a@example.com>: no', hard],
    ['5.5.0', 'smtp; 550-5.1.1 no', hard],
    ['', '550 sorry (#5.1.1)', hard],
    ['', 'smtp; 550 #5.1.10 RESOLVER.ADR.RecipientNotFound', hard],
    ['5.0.0', '550 5.2.2 over', 'soft mailbox-full'],
    // One that says something does not.
    ['5.2.2', '550 5.1.1 no', 'soft mailbox-full'],
    ['5.7.1', '550 5.7.1 User unknown', 'soft content-refused'],
    ['5.1.0', '550 5.1.0 sender rejected', 'soft content-refused'],
    ['4.1.1', '450 4.1.1 User unknown', 'soft bounced'],
    ['4.4.7', '', 'soft not-reachable'],
    // Beside what passes, no mailbox is missing.
    ['5.1.1', '550 5.1.1 mailbox is full', 'soft mailbox-full'],
    ['5.1.1', '552 5.1.1 Recipient over quota', 'soft mailbox-full'],
    ['5.1.1', '550 5.1.1 rate limited, try again later', 'soft bounced'],
    ['5.1.1', '550 5.1.1 too many messages, slow down', 'soft bounced'],
    ['5.1.1', '550 5.1.1 blocked using a block list', 'soft content-refused'],
    ['5.1.1', '550 5.1.1 rejected as spam', 'soft content-refused'],
    ['5.2.1', '550 5.2.1 receiving mail at a rate that prevents additional messages', 'soft bounced'],
    ['5.2.1', '550 5.2.1 the account is disabled', 'hard mailbox-disabled'],
    // Words alone.
    ['', '550 Unknown user a', hard],
    ['5.0.0', '550 no such user here', hard],
    ['', 'The recipient name is not recognized', hard],
    ['', 'User some.name (a@example.com) not listed in Domino Directory', hard],
    ['', "554 delivery error: dd This user doesn't have a example.com account", hard],
    ['', 'Sorry, no mailbox here by that name.', hard],
    ['', 'Host or domain name not found', hard],
    ['', 'No MX record found for domain=example.com', hard],
    ['', 'Unrouteable address', hard],
    ['', 'the user’s mailfolder is full', 'soft mailbox-full'],
    ['', 'Message size exceeds fixed maximum message size', 'soft too-large'],
    ['', 'retry timeout exceeded', 'soft not-reachable'],
    ['', 'Connection refused', 'soft not-reachable'],
    ['', 'The user(s) account is disabled.', 'soft mailbox-disabled'],
    ['', '550 relaying denied', 'soft bounced'],
    ['', '554 The domain is not reachable. Please check the domain and try again', hard],
    ['', "It wasn't delivered because the domain example.com couldn't be found.", hard],
    ['', '550 Requested action not taken: mailbox unavailable', 'soft bounced'],
    ['', 'sorry, this recipient is in my badrcptto list', hard],
    ['', 'QuotaExceededException', 'soft mailbox-full'],
    // Of who sends, greets or signs in, and not of the mailbox.
    ['5.0.0', '550 Helo command rejected: Host not found', 'soft bounced'],
    ['', '535 unknown user name or password', 'soft bounced'],
    ['', '550 the From address is invalid', 'soft content-refused'],
    ['', '554 your domain does not exist', 'soft content-refused'],
    ['', '550 unknown address error', 'soft bounced'],
    ['', 'It did not go well.', 'soft bounced'],
    ['', '', 'soft bounced'],
  ])('status %j and %j: %s', (status, words, end) => {
    const { bounceType, reason } = bounceOf(status, words);
    expect(`${bounceType} ${reason}`).toBe(end);
  });

  it.each([
    [
      hard,
      ...[
        'Destinataire inconnu',
        "L'adresse n'existe pas",
        'El destinatario no existe',
        'usuario desconocido',
      ],
      ...[
        'O destinatário não existe',
        'la casella non esiste',
        'Benutzer unbekannt',
        'E-mailadres bestaat niet',
      ],
      ...['Пользователь не найден', 'Такого пользователя нет', '收件人地址不存在', '用户不存在'],
      ...['宛先のメールアドレスが見つかりません', '존재하지 않는 사용자'],
    ],
    [
      'soft mailbox-full',
      ...['La boîte aux lettres est pleine', 'Postfach des Empfängers ist voll', 'El buzón está lleno'],
      ...['la casella di posta è piena', 'A caixa postal está cheia', 'Skrzynka jest pełna'],
      ...['Почтовый ящик переполнен', '邮箱已满', 'メールボックスがいっぱいです', '메일함 용량 초과'],
    ],
    ['soft content-refused', '疑似垃圾邮件', 'Письмо похоже на спам', '迷惑メールと判定されました'],
    ['soft bounced', "Ce groupe n'existe pas", 'Fehler unbekannt', 'La regla no existe'],
  ])('%s, in other languages, with accents or without', (end, ...all) => {
    for (const words of all)
      for (const form of [words, words.normalize('NFD'), words.toUpperCase()]) {
        const { bounceType, reason } = bounceOf('', `550 ${form}`);
        expect([form, `${bounceType} ${reason}`]).toEqual([form, end]);
      }
  });

  it('takes no number of a version or an address for a code', () => {
    for (const words of ['Exim v4.4.7', 'host 192.5.1.1 said no', 'mx5.1.1', '5.1.1.2', 'id 15.1.1'])
      expect(bounceOf('', words)).toMatchObject({ bounceType: 'soft', reason: 'bounced' });
  });

  it.each([
    ['host mx said: 550 Unknown user (in reply to end of\n    DATA command)', true],
    ['SMTP error from remote mail server after end of data: 550 User unknown', true],
    ['>>> DATA\n<<< 550 Unknown user', true],
    ['after MAIL FROM:<a>: 553 example.com does not exist', true],
    ['>>> RCPT To:<a>\n<<< 550 Unknown user\n>>> DATA\n<<< 503 no recipients', false],
    ['(in reply to RCPT TO command)', false],
  ])('of %j: whether it says no to something else than the recipient: %s', (words, isOther) => {
    expect(saysOtherStep(words)).toBe(isOther);
    expect(bounceOf('5.0.0', `550 Unknown user ${words}`, isOther).bounceType).toBe(
      isOther ? 'soft' : 'hard',
    );
    expect(bounceOf('5.1.1', words, isOther).bounceType).toBe('hard');
  });
});

describe('the table of phrases', () => {
  it('is read in a moment, whatever is sent', () => {
    const units = [
      'user ',
      'a',
      'mailbox is ',
      '<',
      'unknown user ',
      'message aaaa',
      "couldn't ",
      '  ',
      'host name ',
      '5.1.1 ',
      'boite x ',
      'el usuario ',
      'sender ',
      'адрес ',
      '邮箱',
      'e\u0301',
    ];
    for (const unit of units) expect(() => phraseIn(unit.repeat(2_000_000 / unit.length))).not.toThrow();
  });

  it('finds the same however the words are broken into lines and capitals', () => {
    const gap = fc.constantFrom(' ', '\n', '\r\n    ', '\t', '  ');
    fc.assert(
      fc.property(
        fc.constantFrom('mailbox is full', 'no such user', 'Connection timed out'),
        gap,
        (words, between) => {
          const other = phraseIn(words.toUpperCase().replaceAll(' ', between));
          expect(other).toBe(phraseIn(words));
          expect(PHRASES).toContain(other);
        },
      ),
    );
  });
});
