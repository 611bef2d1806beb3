import { describe, expect, it } from 'vitest';
import { blamed } from './blame.rules.js';
import { statusCodeIn } from './status.code.js';

describe('an enhanced status code', () => {
  it.each([
    ['550 5.1.1 no such user', { group: 5, subject: 'address', detail: 1 }],
    ['550-5.1.1 no such', { group: 5, subject: 'address', detail: 1 }],
    ['550 #5.1.0 Address rejected', { group: 5, subject: 'address', detail: 0 }],
    ['5.2.2', { group: 5, subject: 'mailbox', detail: 2 }],
    ['452 4.3.1 full', { group: 4, subject: 'system', detail: 1 }],
    ['552 5.3.4 too big', { group: 5, subject: 'size', detail: 4 }],
    ['550 5.7.26 unauthenticated', { group: 5, subject: 'sender', detail: 26 }],
    ['554 5.7.1 no', { group: 5, subject: 'policy', detail: 1 }],
    ['550 5.0.0 no', { group: 5, subject: undefined, detail: 0 }],
  ])('%j', (text, code) => expect(statusCodeIn(text)).toEqual(code));

  it.each([
    '550 no such user',
    '550 4.1.1 contradicts itself',
    '550 5.1.1.9 is an address',
    '550 v5.1.1',
    '',
  ])('is not in %j', (text) => expect(statusCodeIn(text)).toBeUndefined());
});

describe('a no at RCPT is about the recipient', () => {
  it.each([
    '550 5.1.1 [address]: Recipient address rejected: User unknown in virtual mailbox table',
    '550-5.1.1 The email account that you tried to reach does not exist.',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    '550 5.2.1 The email account that you tried to reach is disabled.',
    '552 5.2.2 Mailbox full',
    '550 5.4.1 Recipient address rejected: Access denied.',
    '556 5.1.10 Recipient address has null MX',
    '550 No such user here',
    '550 Unrouteable address',
    '553 sorry, that address is not known',
    '551 User not local',
    '550 5.6.7 SMTPUTF8 is required',
    '501 5.1.3 Bad recipient address syntax',
  ])('%s', (answer) => expect(blamed('rcpt', answer)).toBe('recipient'));
});

describe('a no at RCPT is about us', () => {
  it.each([
    '554 5.7.1 [address]: Relay access denied',
    '550 5.1.8 [address]: Sender address rejected: Domain not found',
    '550 5.1.7 [address]: Sender address rejected: undeliverable address',
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    '450 4.7.1 Client host rejected: cannot find your reverse hostname',
    '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname',
    '550 relay not permitted',
    '550 Relaying denied',
    '550 5.7.1 Relaying denied. IP name lookup failed',
    '550 5.7.64 TenantAttribution; Relay Access Denied',
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    '550 Sender verify failed',
    '550-Verification failed for [address] 550 Sender verify failed',
    '550 Access denied - Invalid HELO name, client rejected',
    '530 5.7.0 Must issue a STARTTLS command first',
    '530 Authentication required',
    '550 SMTP AUTH: authentication required',
    '503 bad sequence of commands',
    '550 5.4.5 Daily user sending limit exceeded',
    '550 Your IP is on a blocklist',
    '521 this host does not accept mail',
    '553 5.7.1 [address]: Sender address rejected: not owned by user us',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
  ])('%s', (answer) => expect(blamed('rcpt', answer)).toBe('us'));
});

it.each([
  ['mail', '550 5.1.8 bad sender', 'us'],
  ['mail', '550 no', 'us'],
  ['mail', '552 5.3.4 Message size exceeds fixed limit', 'message'],
  ['data', '554 5.7.1 no', 'us'],
  ['data', '550 5.1.1 no such user', 'recipient'],
  ['body', '554 5.7.1 Message rejected as spam', 'message'],
  ['body', '550 5.7.26 Unauthenticated email from example.org is not accepted', 'us'],
  ['body', '550 5.1.1 no such user', 'recipient'],
  ['body', '552 5.2.2 mailbox full', 'recipient'],
  ['body', '552 5.3.4 too big', 'message'],
  ['body', '554 no', 'message'],
  ['body', '554 5.6.0 content', 'message'],
  ['start', '535 5.7.8 who are you', 'us'],
  ['start', '554 5.1.1 odd', 'us'],
] as const)('at %s, %j is about: %s', (step, answer, about) => expect(blamed(step, answer)).toBe(about));
