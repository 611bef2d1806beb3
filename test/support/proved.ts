import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './run-folder.js';

/** Says in a sentence what a test has just shown, with its figures: they stand together at the end of an endurance run. */
export function proved(sentence: string): void {
  appendFileSync(listFile(runFolder()), `${sentence}\n`);
}

/** Says in a sentence what a test could not try here, and what it would need: an endurance run ends with it. */
export function untried(sentence: string): void {
  appendFileSync(untriedFile(runFolder()), `${sentence}\n`);
}

/** What was shown in this run, in the order in which it was. */
export function readProved(folder: string): string[] {
  return readLines(listFile(folder));
}

/** What was not tried in this run. */
export function readUntried(folder: string): string[] {
  return readLines(untriedFile(folder));
}

function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function listFile(folder: string): string {
  return join(folder, 'proved.txt');
}

function untriedFile(folder: string): string {
  return join(folder, 'untried.txt');
}
