import { Readable } from 'node:stream';
import { Logger, StreamableFile } from '@nestjs/common';
import { isDatabaseAway, jsonWithoutAddresses, LONGEST_LINE, readJson } from '#libs/platform/index.js';
import type { Line, Lines } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';
import type { ProblemDocument } from '../problems/problem.js';

/** A line that could not be used. */
interface BadLine {
  index: number;
  problem: ProblemDocument;
}

/** A line that is JSON. */
export interface ReadLine {
  index: number;
  value: unknown;
}

/** @typeParam T what the door says of a line. */
export interface AnswerOptions<T extends { index: number }> {
  /** Commits a batch, and says of each line what became of it. */
  work: (lines: ReadLine[]) => Promise<T[]>;
  /** One word for what became of a line: the last line of the answer counts them. */
  word: (outcome: T) => string;
  /** `return=minimal` leaves out all lines but problems: for callers that read nothing before they have sent everything. */
  prefer: string | undefined;
}

const MEDIA_TYPE = 'application/x-ndjson';
/** Bytes of the answer that wait for the caller before no more lines are read. */
const AHEAD = 64 * 1024;
const logger = new Logger('Lines');

/**
 * Answers lines with lines, while they come. A line that cannot be used is answered with its problem and the rest goes on.
 * The last line counts; when it is missing, the stream broke off and is to be sent again.
 */
export async function answerLines<T extends { index: number }>(
  lines: Lines,
  options: AnswerOptions<T>,
): Promise<StreamableFile> {
  const answer = outcomes(lines, options);
  // What goes wrong before the first line was committed is still an ordinary problem.
  const first = await answer.next();
  return new StreamableFile(
    Readable.from(resumed(first, answer), { objectMode: false, highWaterMark: AHEAD }),
    {
      type: MEDIA_TYPE,
    },
  );
}

async function* outcomes<T extends { index: number }>(
  lines: Lines,
  { work, word, prefer }: AnswerOptions<T>,
): AsyncGenerator<string> {
  const count = new Map<string, number>();
  const isMinimal = /\breturn=minimal\b/.test(prefer ?? '');
  let begun = false;
  let next = 0;
  try {
    for await (const batch of lines) {
      const { done, bad } = await answerBatch(batch, work);
      const words = [...done.map(word), ...bad.map(() => 'problem')];
      for (const one of words) count.set(one, (count.get(one) ?? 0) + 1);
      next = (batch.at(-1)?.index ?? next) + 1;
      begun = true;
      const all = [...done, ...bad].toSorted((a, b) => a.index - b.index);
      const shown = isMinimal ? all.filter((outcome) => 'problem' in outcome) : all;
      if (shown.length > 0) yield textOf(shown);
    }
  } catch (error) {
    if (!begun) throw error;
    // The status is sent, so the problem is the last line, and the count is missing.
    yield textOf([{ index: next, problem: brokenOff(error) }]);
    return;
  }
  const total = [...count.values()].reduce((sum, one) => sum + one, 0);
  yield textOf([{ lines: total, outcomes: Object.fromEntries(count) }]);
}

async function answerBatch<T>(
  batch: Line[],
  work: (lines: ReadLine[]) => Promise<T[]>,
): Promise<{ done: T[]; bad: BadLine[] }> {
  const read = batch.map(readLine);
  const good = read.filter((line) => 'value' in line);
  return {
    done: good.length > 0 ? await work(good) : [],
    bad: read.filter((line) => 'problem' in line),
  };
}

function readLine({ index, text }: Line): ReadLine | BadLine {
  if (text === undefined) {
    const detail = `The line is longer than ${LONGEST_LINE / 1024} KiB and was passed over.`;
    return { index, problem: Problem.of('content-too-large', detail).document };
  }
  try {
    return { index, value: readJson(text) };
  } catch {
    return { index, problem: Problem.of('bad-request', 'The line is not JSON.').document };
  }
}

function brokenOff(error: unknown): ProblemDocument {
  logger.warn({ message: 'A stream of lines broke off', err: error });
  return isDatabaseAway(error)
    ? Problem.of('unavailable', 'From here on nothing was committed. Send the whole stream again.').document
    : Problem.of('internal-error', 'From here on nothing is certain. Send the whole stream again.').document;
}

function textOf(lines: object[]): string {
  return lines.map((line) => `${jsonWithoutAddresses(line)}\n`).join('');
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
