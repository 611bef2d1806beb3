import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './run-folder.js';

/** Says in a sentence what a test has just shown, with its figures: they stand together at the end of an endurance run. */
export function proved(sentence: string): void {
  appendFileSync(listFile(runFolder()), `${sentence}\n`);
}

/** What was shown in this run, in the order in which it was. */
export function readProved(folder: string): string[] {
  if (!existsSync(listFile(folder))) return [];
  return readFileSync(listFile(folder), 'utf8').trim().split('\n');
}

function listFile(folder: string): string {
  return join(folder, 'proved.txt');
}
