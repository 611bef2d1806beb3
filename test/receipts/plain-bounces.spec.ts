import { describe, expect, it } from 'vitest';
import { readMail } from '../../libs/notifications/src/receipts/mailed.receipt.js';

const domain = 'return-receipt.example.org';
const id = '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11';
const ours = `Message-ID: <${id}@${domain}>`;
const header = [
  'Return-Path: <no-reply@example.org>',
  ours,
  'Subject: Your return was rejected',
  'To: ana@example.com',
];
const daemon = 'Mail Delivery System <MAILER-DAEMON@mx.test>';

/** A mail without any part that a standard describes. */
function plain(from: string, subject: string, body: string[], fields: string[] = []): string {
  return [
    `From: ${from}`,
    `Subject: ${subject}`,
    'Message-ID: <r1@mx.test>',
    ...fields,
    '',
    ...body,
    '',
  ].join('\n');
}

const asExim = (...said: string[]) =>
  plain(daemon, 'Mail delivery failed: returning message to sender', [
    'This message was created automatically by mail delivery software.',
    'A message that you sent could not be delivered to one or more of its',
    'recipients. This is a permanent error. The following address(es) failed:',
    '',
    '  ana@example.com',
    ...said.map((line) => `    ${line}`),
    '',
    '------ This is a copy of the message, including all the headers. ------',
    '',
    ...header,
    '',
    'Your mailbox is full of news.',
  ]);

const asQmail = (...said: string[]) =>
  plain('MAILER-DAEMON@mx.test', 'failure notice', [
    'Hi. This is the qmail-send program at mx.test.',
    '<ana@example.com>:',
    ...said,
    '',
    '--- Below this line is a copy of the message.',
    '',
    ...header,
  ]);

/** By a person, with the mail of ours attached. */
function handedOn(subject: string, words: string): string {
  const parts = ['--b', '', words, '--b', 'Content-Type: message/rfc822', '', ...header, '', '--b--'];
  return plain('Ana <ana@example.com>', subject, parts, ['Content-Type: multipart/mixed; boundary=b']);
}

/** As a header has to write what is not ASCII (RFC 2047). */
function encoded(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

async function read(mail: string) {
  return readMail(mail, domain);
}

async function end(mail: string): Promise<string> {
  const made = await read(mail);
  if (!('receipt' in made)) return 'refused' in made ? made.refused : made.unheeded;
  const { kind, bounceType, reason, notificationId } = made.receipt;
  expect(notificationId).toBe(id);
  return [kind, bounceType, reason].filter((word) => word !== undefined).join(' ');
}

describe('what comes back in no standard form', () => {
  it.each([
    ['Exim, with a code', asExim('host mx: 550 5.1.1 no'), 'hard no-such-mailbox'],
    ['Exim, in words', asExim('Unrouteable address'), 'hard no-such-mailbox'],
    ['Exim, of a full mailbox', asExim('mailbox is full: retry timeout exceeded'), 'soft mailbox-full'],
    [
      'Exim, after the content',
      asExim('SMTP error from remote mail server after end of data:', '550 User unknown'),
      'soft content-refused',
    ],
    ['qmail', asQmail('Sorry, no mailbox here by that name. (#5.1.1)'), 'hard no-such-mailbox'],
    [
      'qmail, of a server that does not answer',
      asQmail("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"),
      'soft not-reachable',
    ],
    [
      'DragonFly',
      plain('MAILER-DAEMON <>', 'Mail delivery failed', [
        'There was an error delivering your mail to <ana@example.com>.',
        'mx.test [192.0.2.25] did not like our RCPT TO:',
        '550 5.2.1 <ana@example.com>: gone',
        '',
        'Message headers follow.',
        '',
        ...header,
      ]),
      'hard mailbox-disabled',
    ],
    [
      'Exchange',
      plain('System Administrator <postmaster@mx.test>', 'Undeliverable: Your return', [
        'Your message',
        '  To:      ana@example.com',
        '  Subject: Your return',
        'did not reach the following recipient(s):',
        'ana@example.com on Thu, 29 Apr 2010 00:00:00 -0000',
        '    The recipient name is not recognized',
        '',
        ...header,
      ]),
      'hard no-such-mailbox',
    ],
    [
      'Gmail, quoted',
      plain(
        'Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
        'Delivery Status Notification (Failure)',
        [
          'Delivery to the following recipient failed permanently:',
          'The error that the other server returned was: 552 5.2.2 over quota',
          '----- Original message -----',
          ...header.map((line) => `> ${line}`),
        ],
      ),
      'soft mailbox-full',
    ],
    [
      'a mail that is only indented',
      plain(daemon, 'Returned mail', [
        '   ----- Unsent message follows -----',
        ...header.map((line) => `   ${line}`),
      ]),
      'soft bounced',
    ],
    ['words that nobody knows', asExim('It did not go well with ana@example.com.'), 'soft bounced'],
  ])('is read as %s writes it', async (_program, mail, said) => {
    expect(await end(mail)).toBe(`bounce ${said}`);
    expect(await end(mail.replaceAll('\n', '\r\n'))).toBe(`bounce ${said}`);
    expect(await read(mail)).toMatchObject({ receipt: { byWords: true } });
  });

  it('keeps its words without addresses, and not those of the mail that it quotes', async () => {
    const made = await read(asExim('It did not go well with ana@example.com.'));
    const { diagnostic = '' } = 'receipt' in made ? made.receipt : {};
    expect(diagnostic).toContain('It did not go well with [address]');
    expect(diagnostic).not.toContain('full of news');
    expect(JSON.stringify(made)).not.toContain('@');
  });

  it('is a bounce of ours even where its parts are put together wrongly', async () => {
    const mail = asExim('550 5.1.1 no');
    const broken = mail.replace('\n\n', '\nContent-Type: multipart/mixed; boundary="none"\n\n');
    expect(await end(broken)).toBe('bounce hard no-such-mailbox');
  });

  it('is another one when another try came back, though the server gives all its mails one Message-ID', async () => {
    const idOf = async (mail: string) => {
      const made = await read(mail);
      return 'receipt' in made ? made.receipt.id : undefined;
    };
    const one = asExim('550 5.1.1 no');
    const another = one.replace('  ana@example.com', '  account@example.com');
    expect(await idOf(one)).toBe(await idOf(one.replaceAll('\n', '\r\n')));
    expect(await idOf(another)).not.toBe(await idOf(one));
    expect(await idOf(one.replace('<r1@', '<r2@'))).not.toBe(await idOf(one));
  });

  it('is a complaint where a provider has no report for it', async () => {
    const mail = plain(
      '<staff@mail.example>',
      'complaint about message from 192.0.2.2',
      ['--b', 'Content-Type: message/rfc822', '', ...header, '', '--b--'],
      ['Content-Type: multipart/mixed; boundary=b'],
    );
    expect(await end(mail)).toBe('complaint');
  });
});

it.each([
  'Undeliverable: Su declaración',
  'Échec de la remise',
  'Недоставлено: x',
  '系统退信',
  'Falha na entrega',
])('the subject says in any language, also encoded, that a mail did not arrive: %s', async (subject) => {
  expect(await end(plain('a@mx.test', encoded(subject), header))).toBe('bounce soft bounced');
});

it.each([
  [
    'its subject',
    plain(
      'Ana <ana@example.com>',
      'My mail was rejected',
      ['My account is unknown user id to the site.'],
      [`In-Reply-To: <${id}@${domain}>`],
    ),
  ],
  ['its words', handedOn('My return', 'It was not delivered. Invalid address, they said: user unknown.')],
])(
  'what nothing but %s says did not arrive is nothing for good: a person may write so',
  async (_what, mail) => {
    expect(await end(mail)).toBe('bounce soft bounced');
  },
);

describe('what is no bounce', () => {
  it.each([
    [
      'a warning that it takes longer',
      plain(daemon, 'Warning: message 1abc delayed 24 hours', [
        'has not yet been delivered',
        'No action is required',
        ...header,
      ]),
      'notice delayed',
    ],
    [
      'the same of another program',
      plain(daemon, 'Delivery Status Notification (Delay)', [
        'THIS IS A WARNING MESSAGE ONLY.',
        '550 5.1.1',
        '',
        ...header,
      ]),
      'notice delayed',
    ],
    [
      'a report of success',
      plain(daemon, 'Delivery Status Notification (Success)', header),
      'notice passed-on',
    ],
    [
      'an answer of somebody who is away',
      plain(
        'Ana <ana@example.com>',
        'Out of office: Your return',
        ['I am away. My mailbox is full.'],
        ['Auto-Submitted: auto-replied', `In-Reply-To: <${id}@${domain}>`],
      ),
      'notice answered-by-itself',
    ],
    [
      'an answer of a program that calls itself so',
      plain(
        'MAILER-DAEMON@example.com',
        'Re: Your return',
        ['Undeliverable? No.'],
        ['X-Autoreply: yes', `References: <${id}@${domain}>`],
      ),
      'notice answered-by-itself',
    ],
    [
      'an answer of a person',
      plain('Ana <ana@example.com>', 'Re: Your return', [
        'Why was it rejected? My account is disabled.',
        ...header.map((line) => `> ${line}`),
      ]),
      'no-report',
    ],
    [
      'an answer of a person who says in its subject what ours said',
      plain(
        'Ana <ana@example.com>',
        'Re: my mail was rejected',
        ['My account is unknown user id to the site.'],
        [`In-Reply-To: <${id}@${domain}>`],
      ),
      'no-report',
    ],
    [
      'a mail of ours that a person hands on',
      handedOn('Fwd: Your return', 'It was not delivered to the office? They say invalid address.'),
      'no-report',
    ],
    [
      'a mail of ours that a person hands on, under a subject of his own',
      handedOn('My return', 'Why did not reach the office what I filed? Invalid address, they said.'),
      'no-report',
    ],
    [
      'an automatic answer in the name of postmaster',
      plain(
        'postmaster@example.com',
        'About your mail',
        ['Thank you.', ...header],
        ['Auto-Submitted: auto-replied'],
      ),
      'no-report',
    ],
  ])('%s: %s', async (_what, mail, said) => {
    expect(await end(mail)).toBe(said);
  });

  it.each([
    ['delayed', 'Delivery Status Notification', 'Delivery to the following recipients is delayed.'],
    ['delayed', 'Verzögert: Ihre Erklärung', 'Die Zustellung dauert noch.'],
    ['delayed', 'Retardé : Votre déclaration', 'x'],
    ['delayed', 'Сообщение задержано', 'x'],
    ['delayed', '邮件延迟投递', 'x'],
    ['passed-on', 'Delivery report', 'Your message was successfully delivered to: ana@example.com'],
    ['passed-on', 'Return receipt', 'The following addresses had successful delivery notifications'],
    ['passed-on', 'Zugestellt: Ihre Erklärung', 'Ihre Nachricht wurde zugestellt.'],
    ['passed-on', 'Su mensaje', 'Su mensaje ha sido entregado.'],
    ['answered-by-itself', 'Automatisch antwoord: uw aangifte', 'My mailbox does not exist.'],
    ['answered-by-itself', '自动回复: x', 'x'],
  ])('a notice (%s) of a program, whatever its language: %s', async (reason, subject, words) => {
    for (const from of [daemon, 'postmaster@mx.test'])
      for (const written of [subject, encoded(subject)])
        expect(await end(plain(from, written, [words, '', ...header]))).toBe(`notice ${reason}`);
  });

  it.each([
    ['was delivered to bob@example.com and could not be delivered to ana@example.com', 'soft bounced'],
    ['was delivered to bob@example.com. ana@example.com: user unknown', 'hard no-such-mailbox'],
    ['was delivered to bob@example.com. ana@example.com: 554 no', 'soft bounced'],
    ['Su mensaje no ha sido entregado.', 'soft bounced'],
    ['was delivered to bob@example.com', 'soft bounced', 'Undeliverable: Your return'],
    ['was delivered to bob@example.com', 'soft bounced', 'Report', 'X-Failed-Recipients: ana@example.com'],
  ])(
    'but what arrived for one alone came back: %s',
    async (words, said, subject = 'Delivery report', field = 'X-Nothing: 1') => {
      expect(await end(plain(daemon, subject, [words, '', ...header], [field]))).toBe(`bounce ${said}`);
    },
  );

  it('a receipt of a reader, also of one who threw it away unread', async () => {
    for (const [from, subject] of [
      ['Ana <ana@example.com>', 'Not read: My mail was rejected'],
      [daemon, 'Undeliverable'],
    ] as const)
      for (const type of ['Content-Type: message/disposition-notification', 'Content-Type: text/plain']) {
        const parts = [
          ...['--b', '', 'It was deleted unread.', '--b', type, ''],
          ...[
            `Original-Message-ID: <${id}@${domain}>`,
            'Disposition: manual-action/MDN-sent; deleted',
            '--b--',
          ],
        ];
        const report = 'Content-Type: multipart/report; report-type=disposition-notification; boundary=b';
        expect(await end(plain(from, subject, parts, [report]))).toBe('notice remarked');
      }
  });

  it.each([
    [
      'quotes two of ours',
      asExim('550 5.1.1 no') + `Message-ID: <${id.replace('0', '1')}@${domain}>\n`,
      'names-several-mails',
    ],
    ['is about the mail of somebody else', asExim('550 5.1.1').replace(domain, 'example.net'), 'not-ours'],
    ['is about no mail', asExim('550 5.1.1').replace(ours, 'X-Nothing: 1'), 'names-no-mail'],
    [
      'names a host that only begins like ours',
      asExim('550 5.1.1').replace(domain, `${domain}.evil.example`),
      'not-ours',
    ],
  ])('%s', async (_what, mail, refused) => {
    expect(await read(mail)).toMatchObject({ refused });
  });
});

describe('a hostile mail', () => {
  const tags = `<${'<a '.repeat(300_000)}`;
  it.each([
    ['words without an end', plain(daemon, 'failure notice', ['user '.repeat(400_000), ours])],
    ['lines that look like a header', plain(daemon, 'failure notice', ['To: a\n'.repeat(15_000), ours])],
    ['tags that never end', plain(daemon, 'failure notice', [tags, ours], ['Content-Type: text/html'])],
    ['ids that are none', plain(daemon, 'failure notice', [`${id}@`.repeat(40_000), ours])],
    [
      'numbers that are no codes',
      plain(daemon, 'failure notice', ['5.1.'.repeat(400_000), '550 '.repeat(400_000), ours]),
    ],
    ['a subject without an end', plain(daemon, `delivery ${'very '.repeat(20_000)}`, [ours])],
  ])('is read in a moment when it holds %s', async (_what, mail) => {
    expect(await end(mail)).toMatch(/^bounce /);
  });
});
