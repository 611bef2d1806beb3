import { storable, withoutAddresses } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import type { Decided, ReadAnswer } from './poll.path.js';

/** Words and ids that are kept of one run, so that no answer makes it grow: who looks needs a few. */
const SHOWN = 20;
/** Characters of a word: what is longer is none. */
const WORD = 40;

/** What one run asked and heard. */
export interface PollTally {
  /** Ids that the upstream was asked about. */
  asked: number;
  /** Submissions that it decided; in a dry run, ids that it would decide. */
  accepted: number;
  rejected: number;
  /** Ids that it still works on. */
  undecided: number;
  /** Ids that its answer says nothing of; they are asked again. */
  missing: number;
  /** Ids that it could not be asked about since it failed; they are asked again. */
  failed: number;
  /** Ids that it refuses even by themselves, the first of them by name; they are asked again. */
  refused: number;
  refusedIds: string[];
  /** Entries that could not be read, or spoke of what was not asked. */
  strayEntries: number;
  /** Words that we do not know, and how often each was said. They changed nothing. */
  strangeWords: Record<string, number>;
  /** It failed so often in a row that the rest was left for the next run. */
  gaveUp: boolean;
  /** It has no such path, so it was asked nothing. */
  isAbsent: boolean;
}

export function emptyTally(): PollTally {
  return {
    asked: 0,
    accepted: 0,
    rejected: 0,
    undecided: 0,
    missing: 0,
    failed: 0,
    refused: 0,
    refusedIds: [],
    strayEntries: 0,
    strangeWords: {},
    gaveUp: false,
    isAbsent: false,
  };
}

export function countAnswer(tally: PollTally, asked: string[], answer: ReadAnswer<Decided>): void {
  tally.asked += asked.length;
  tally.undecided += answer.undecided.length;
  tally.missing += answer.missing.length;
  tally.strayEntries += answer.strayEntries;
  const known = tally.strangeWords;
  for (const word of answer.strangeWords.map((said) => storable(withoutAddresses(said), WORD)))
    if (Object.hasOwn(known, word) || Object.keys(known).length < SHOWN) known[word] = (known[word] ?? 0) + 1;
}

export function countFailure(tally: PollTally, asked: string[]): void {
  tally.asked += asked.length;
  tally.failed += asked.length;
}

export function countRefusal(tally: PollTally, id: string): void {
  tally.asked += 1;
  tally.refused += 1;
  if (tally.refusedIds.length < SHOWN) tally.refusedIds.push(id);
}

export function countDecided(tally: PollTally, decided: BackupStatus[]): void {
  for (const status of decided) tally[status] += 1;
}
