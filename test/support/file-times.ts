import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ProcessorSeconds } from './processor-time.js';

/** What one file of tests has cost, with its imports and all that it started. */
export interface FileTime extends ProcessorSeconds {
  /** Path of the file. */
  file: string;
  /** Seconds on the clock. */
  clock: number;
}

/** The processes of the tests note it here, for the reporter. */
export function noteTime(folder: string, time: FileTime): void {
  appendFileSync(listFile(folder), `${JSON.stringify(time)}\n`);
}

/** What was noted, the dearest first. */
export function readTimes(folder: string): FileTime[] {
  if (!existsSync(listFile(folder))) return [];
  const lines = readFileSync(listFile(folder), 'utf8').split('\n');
  const times = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FileTime);
  return times.sort((a, b) => sum(b) - sum(a));
}

/** A table for the terminal: a line for each file, and one for what no file has used, which are the servers of the run. */
export function timesTable(times: FileTime[], total: ProcessorSeconds): string[] {
  const rows = times.map(({ file, own, children, clock }) => {
    return [own + children, own, children, clock, relative(process.cwd(), file)];
  });
  const all = total.own + total.children;
  const rest = all - times.reduce((so, time) => so + sum(time), 0);
  return [
    'Seconds of processor time',
    row(['in all', 'own', 'children', 'clock', 'file']),
    ...rows.map(row),
    row([rest, '', '', '', 'the runner, what starts once for a run, and the servers']),
    row([all, '', '', '', 'all of it (without what built the service before)']),
  ];
}

function row(cells: (string | number)[]): string {
  return cells
    .map((cell, index) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(index < 4 ? 9 : 0))
    .join('  ');
}

function sum({ own, children }: ProcessorSeconds): number {
  return own + children;
}

function listFile(folder: string): string {
  return join(folder, 'times.jsonl');
}
