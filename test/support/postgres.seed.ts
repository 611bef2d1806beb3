import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { placeData } from '../../apps/local/src/embedded/postgres.places.js';

/** The database with all migrations and BullMQ's tables, of which each file of tests gets a copy. */
export const TEMPLATE = 'template_return_receipt';

const seedOf = (folder: string): string => join(folder, 'postgres-seed');

/** Keeps the data of a stopped Postgres that has the template: a copy costs a twentieth of making and migrating another. */
export function keepSeed(folder: string, dataDirectory: string): void {
  copy(dataDirectory, seedOf(folder));
}

/** Data for a Postgres of one's own, in a folder that is not there yet. */
export function plantSeed(folder: string, dataDirectory: string): void {
  copy(
    seedOf(folder),
    placeData(dataDirectory, () => undefined),
  );
}

/** With its owner, which as root is another user, and its rights, of which Postgres is particular. */
function copy(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}
