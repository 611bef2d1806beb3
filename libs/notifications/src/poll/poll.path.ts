import type { BackupStatus } from '#libs/platform/index.js';

/** What the upstream decided of one id. */
export interface Decided {
  id: string;
  status: BackupStatus;
}

/** An answer for a batch, read. What was asked about is in exactly one of `verdicts`, `undecided` and `missing`. */
export interface ReadAnswer<V extends Decided> {
  verdicts: V[];
  /** Ids that it still works on, as far as we understand. */
  undecided: string[];
  /** Ids that it says nothing of, or nothing that can be read. */
  missing: string[];
  /** Words that we do not know, one for each entry. */
  strangeWords: string[];
  /** Entries that cannot be read, or speak of what was not asked. */
  strayEntries: number;
}

/** What came of asking about a batch. */
export interface Answered<V extends Decided> {
  verdicts: V[];
  /** Ids that an answer was given for, whatever it says. */
  heard: string[];
  /** Ids that the upstream failed or refused. Those that it was not asked about any more are in neither. */
  unheard: string[];
}

/** One of the things that the upstream is asked: what about, where, and what becomes of its answers. */
export interface PollPath<Verdict extends Decided> {
  /** By which turns are taken. */
  name: string;
  /** Under the address of the upstream. */
  endpoint: string;
  /** Not every upstream has it. */
  mayBeMissing: boolean;
  /** For people: what is asked. */
  about: string;

  /** All ids that are to be asked about, each once, in batches; an empty one only asks whether to go on. @param isDry nothing may be written on the way. */
  batches(resumeAfter: string, isDry: boolean): AsyncGenerator<string[]>;
  read(asked: string[], answer: unknown): ReadAnswer<Verdict> | undefined;
  /** Writes down what came of a batch. @returns how each was decided that was undecided still. */
  settle(answered: Answered<Verdict>): Promise<BackupStatus[]>;
}
