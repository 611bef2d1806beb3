import type { Said } from '../operate/need.words.js';
import { asSentence } from '../operate/need.words.js';
import { wordsFor } from '../operate/reason.words.js';
import { span } from '../operate/why/why.words.js';
import type { IllOfTwo, IllRelay, LateMails } from './outgoing.service.js';

/** What is to be said of a relay that takes nothing, and what to do. */
export function saidOfRelay({ reason }: Pick<IllRelay, 'reason'>): Said {
  return {
    why: `${asSentence(wordsFor(reason).sentence)} Mails wait and are tried again by themselves.`,
    todo: 'Mend the relay, or what SMTP_URL says of it. Pause all mails if that takes long; nothing needs to be sent again by hand.',
  };
}

/** What is to be said of two relays of which one is ill, or both, and what to do. */
export function saidOfTwo({ ill, onSecond, first, second }: IllOfTwo): Said & { title: string } {
  switch (ill) {
    case 'first':
      return {
        title: 'Mails go by the second relay',
        why: `The first, ${first}, does not take mails; ${second} takes them in its place. One mail tries the first now and then, and when it takes three in a row, all go by it again.`,
        todo: 'Mend the first relay, or what SMTP_URL says of it. Nobody waits, and nothing needs to be sent again by hand.',
      };
    case 'second':
      return {
        title: 'The second relay does not take mails',
        why: onSecond
          ? `${second} began to fail while mails went by it.`
          : `Mails go by the first, ${first}. Should it fail, ${second} would not take its place.`,
        todo: 'Mend the second relay, or what SMTP_SECOND_URL says of it.',
      };
    case 'both':
      return {
        title: 'Neither relay takes mails',
        why: `Neither ${first} nor ${second} takes mails. They are tried in turn, and mails wait.`,
        todo: 'Mend either of them, or what SMTP_URL and SMTP_SECOND_URL say of them. Nothing needs to be sent again by hand.',
      };
  }
}

/** What is to be said of mails that wait for too long, and what to do. */
export function saidOfLate({ holdup, taken, within }: Pick<LateMails, 'holdup' | 'taken' | 'within'>): Said {
  const lately = `in the last ${span(within)}`;
  const pace =
    taken > 0 ? `Mails go out: ${taken.toLocaleString('en')} ${lately}.` : `None went out ${lately}.`;
  switch (holdup) {
    case 'relay':
      return { why: 'That is because of the relay.', todo: 'Mend the relay.' };
    case 'backlog':
      return {
        why: `What stands before in line has not gone out yet. ${pace}`,
        todo: 'Look whether the pace will do. If not, add workers or raise the limits of the relay (RELAY_RATE_URGENT and its like).',
      };
    case 'put-off':
      return {
        why: `The relay did not take these when it was asked; they are tried again by themselves. ${pace}`,
        todo: 'Look at one of them and at the last answer of the relay.',
      };
    case 'untaken':
      return {
        why: `No worker takes what is due. ${pace}`,
        todo: 'Look whether workers run and whether the send queue answers (GET /health/ready).',
      };
  }
}
