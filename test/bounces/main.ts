import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readMail } from '../../libs/notifications/src/receipts/mailed.receipt.js';
import { UnreadableMessage } from '../../libs/notifications/src/terms/entries.js';
import { isAsExpected, readExpected } from './expected.js';
import type { Expected, Made } from './expected.js';
import { playedMail } from './played.mail.js';

/**
 * Reads every mail of a folder as the service would, had it come about a mail of ours: `npm run bounces -- FOLDER`. A line a mail, what
 * differs from what is expected once more at the end, the counts last. Exit 0 when everything could be played.
 */

const DOMAIN = 'return-receipt.example.org';
const OURS = `0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11@${DOMAIN}`;

interface Played {
  file: string;
  quotes: boolean;
  made: Made;
  expected: Expected | undefined;
}

const folder = folderAsked();
const table = readExpected(readFileSync(join(folder, 'expected.tsv'), 'utf8'));
const all: Played[] = [];
for (const file of readdirSync(join(folder, 'mails')).toSorted()) {
  const expected = table.find((row) => row.file === file);
  const { mail, quotesMessageId } = playedMail(readFileSync(join(folder, 'mails', file)), OURS);
  all.push({ file, quotes: quotesMessageId, made: await madeOf(mail), expected });
  console.log(lineOf(all.at(-1)!));
}
report();

async function madeOf(mail: string): Promise<Made> {
  try {
    const read = await readMail(mail, DOMAIN);
    if ('unheeded' in read) return { kind: 'nothing', type: '', reason: read.unheeded };
    if ('refused' in read) return { kind: 'kept', type: '', reason: read.refused };
    const { kind, bounceType = '', reason = '' } = read.receipt;
    return { kind, type: bounceType, reason };
  } catch (error) {
    if (error instanceof UnreadableMessage) return { kind: 'kept', type: '', reason: 'unreadable' };
    throw error;
  }
}

function lineOf({ file, quotes, made, expected }: Played): string {
  const ours = [made.kind, made.type, made.reason].filter((text) => text !== '').join(' ');
  const theirs = expected
    ? [expected.kind, expected.type, expected.said].filter((text) => text !== '').join(' ')
    : 'nothing';
  const mark = expected && isAsExpected(expected, made) ? ' ' : '≠';
  return `${mark} ${file}: ${ours}; expected: ${theirs}${quotes ? '' : ' (quotes no Message-ID)'}`;
}

function report(): void {
  const compared = all.filter(({ expected }) => expected !== undefined);
  const differing = compared.filter(({ expected, made }) => expected && !isAsExpected(expected, made));
  if (differing.length > 0) console.log('\nOther than expected:');
  for (const one of differing) console.log(lineOf(one));
  const bounces = compared.filter(({ expected }) => expected?.kind === 'bounce');
  const quoting = bounces.filter(({ quotes }) => quotes);
  const both = bounces.filter(({ expected, made }) => made.kind === 'bounce' && expected?.type !== 'mixed');
  const others = compared.filter(({ expected }) =>
    ['delayed', 'delivered', 'none'].includes(expected?.kind ?? ''),
  );
  console.log('');
  console.log(`Bounces that quote a Message-ID and are read as one: ${shareOf(quoting, isBounce)}`);
  console.log(`All bounces that are read as one: ${shareOf(bounces, isBounce)}`);
  console.log(
    `Hard and soft as expected: ${shareOf(both, ({ expected, made }) => expected?.type === made.type)}`,
  );
  console.log(
    `Delayed, delivered or none, and read as a bounce: ${others.filter(isBounce).length} of ${others.length}`,
  );
  console.log(
    `bounces: ${all.length} read, ${compared.length - differing.length} of ${compared.length} as expected`,
  );
}

function isBounce({ made }: Played): boolean {
  return made.kind === 'bounce';
}

function shareOf(these: Played[], has: (one: Played) => boolean): string {
  const many = these.filter(has).length;
  return `${many} of ${these.length} (${((100 * many) / Math.max(1, these.length)).toFixed(1)} %)`;
}

/** Seen from where npm was called, which is not always where it runs its scripts. */
function folderAsked(): string {
  const asked = process.argv[2];
  const found = [process.env.INIT_CWD, process.cwd()]
    .filter((from) => from !== undefined)
    .map((from) => resolve(from, asked ?? ''))
    .find(
      (path) =>
        asked !== undefined && statSync(join(path, 'mails'), { throwIfNoEntry: false })?.isDirectory(),
    );
  if (found) return found;
  console.error(
    asked === undefined
      ? 'Say which folder of mails to read: npm run bounces -- FOLDER'
      : `${asked} is no folder of bounce mails. Give one that holds expected.tsv and a folder "mails".`,
  );
  process.exit(2);
}
