import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sink } from './sink.js';

/** What Nodemailer does by itself: all else in a run is compared with it. */
export interface Ceiling {
  /** Mails per second. */
  rate: number;
  /** Milliseconds of processor time that a mail costs in its process. */
  processor: number;
}

/** Hands so many mails to the sink from a process that has nothing else to do. */
export async function nodemailerAlone(sink: Sink, mails: number, connections: number): Promise<Ceiling> {
  const script = join(import.meta.dirname, 'ceiling.js');
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    sink.url,
    String(mails),
    String(connections),
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Ceiling;
}

export function meanOf(...ceilings: Ceiling[]): Ceiling {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rate: mean(ceilings.map(({ rate }) => rate)),
    processor: mean(ceilings.map(({ processor }) => processor)),
  };
}
