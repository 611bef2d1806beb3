import fc from 'fast-check';
import type { Greeting, Play, Script } from '../support/smtp.peer.js';

/**
 * Scenes that a relay may make of a mail, by chance. What it takes is what its first answer says, as far as that says anything: a relay
 * that says yes and throws the mail away cannot be told from an honest one.
 */
const line = (text: string) => `${text}\r\n`;
const YES = line('250 2.0.0 Ok');
const [NOT_NOW, NO] = [
  fc
    .constantFrom('421 4.3.2 closing', '450 4.2.1 busy', '451 4.7.1 try again in 1 seconds', '452 full')
    .map(line),
  fc.constantFrom('550 5.1.1 no such user', '554 5.7.1 no', '550 no', '503 5.5.1 what?').map(line),
];
/** Lines that contradict each other, and what answers no question of ours. */
const NONSENSE = fc
  .constantFrom(
    '451-4.3.0 busy\r\n250 2.0.0 Ok',
    '250-wait\r\n550 no',
    '550-no\r\n250 Ok',
    '354-go on\r\n250 no',
    '354 go on',
    '220 peer',
    '221 bye',
    '334 ',
    'hello',
    '99',
    '2500 x',
  )
  .map(line);
const ANY = fc.oneof(fc.constant(YES), NOT_NOW, NO, NONSENSE);
const END = fc.constantFrom('hangs-up' as const, 'resets' as const);

/** Cut in pieces that come one after another. */
const inPieces = (answer: fc.Arbitrary<string>) =>
  fc.tuple(answer, fc.nat({ max: 20 })).map(([text, at]) => [text.slice(0, at), text.slice(at)]);

const gone: fc.Arbitrary<Play> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ says: fc.constant([]), then: END }) },
  { weight: 1, arbitrary: fc.constant<Play>({ says: [], then: 'falls-silent' }) },
);

/** Before the body, where nothing is sent whatever it says. */
const beforeBody: fc.Arbitrary<Play> = fc.oneof(
  fc.record({ says: inPieces(ANY) }),
  fc.record({ says: fc.tuple(ANY, ANY).map(([first, second]) => [first + second]) }),
  fc.record({ says: fc.tuple(ANY, ANY) }),
  fc.record({ says: fc.tuple(ANY), then: END }),
  gone,
);

/** Its answer to the mail. */
const answer: fc.Arbitrary<Play> = fc.oneof(
  fc.record({ says: inPieces(fc.oneof(fc.constant(YES), NOT_NOW, NO)) }),
  fc.record({ says: fc.tuple(NONSENSE), keeps: fc.boolean() }),
  // Two where one is due: in one packet, or one after the other, where the first one counts.
  fc.record({ says: fc.tuple(ANY, ANY).map(([first, second]) => [first + second]), keeps: fc.boolean() }),
  fc.record({ says: fc.tuple(fc.oneof(fc.constant(YES), NOT_NOW, NO), ANY) }),
  fc.record({ says: fc.tuple(fc.oneof(fc.constant(YES), NO)), then: END }),
  fc.record({ says: fc.constantFrom(['25'], ['250-Ok\r\n']), then: END, keeps: fc.boolean() }),
  fc.tuple(gone, fc.boolean()).map(([play, keeps]) => ({ ...play, keeps })),
);

/** An answer that comes before the mail is whole, and is the only one. */
const early: fc.Arbitrary<Script> = fc.oneof(
  fc.constant<Script>({ 'body-begins': { says: [YES] }, body: { says: [], keeps: true } }),
  fc.oneof(NOT_NOW, NO).map((no) => ({ 'body-begins': { says: [no] }, body: { says: [], keeps: false } })),
  gone.map((play) => ({ 'body-begins': play })),
);

/** What happens to one mail that is offered. */
export const scene: fc.Arbitrary<Script> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Script>({}) },
  { weight: 1, arbitrary: beforeBody.map((mail) => ({ mail })) },
  { weight: 1, arbitrary: beforeBody.map((rcpt) => ({ rcpt })) },
  { weight: 1, arbitrary: beforeBody.map((data) => ({ data })) },
  {
    weight: 1,
    arbitrary: NO.map((no) => ({ rcpt: { says: [no] }, data: { says: [line('354 go on')] } })),
  },
  { weight: 5, arbitrary: answer.map((body) => ({ body })) },
  { weight: 1, arbitrary: early },
);

/** How a connection begins. */
export const greeting: fc.Arbitrary<Greeting> = fc.oneof(
  { weight: 16, arbitrary: fc.constant<Greeting>({}) },
  { weight: 2, arbitrary: beforeBody.map((connect) => ({ connect })) },
  { weight: 1, arbitrary: beforeBody.map((ehlo) => ({ ehlo })) },
  // Answers to what is not asked yet.
  {
    weight: 1,
    arbitrary: fc.constant<Greeting>({
      ehlo: { says: ['250-peer\r\n250 PIPELINING\r\n250 a\r\n250 b\r\n354 c\r\n'] },
    }),
  },
);
