/**
 * Stops all that global-setup started and all that tests forgot. Silent, but for e-mail addresses in a log of the run,
 * the servers' own included: databases and queues are looked through when their stack stops.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { importSource } from '../../tools/typescript-source.mjs';

export default async function globalTeardown() {
  const { endServers, keptFile } = await importSource('test/support/run-folder.ts');
  const { folder, stops } = globalThis.returnReceiptServices;
  await Promise.allSettled(stops.map((stop) => stop()));
  endServers(folder);
  const { addressesInLogs } = await importSource('test/support/address.scan.ts');
  const addresses = addressesInLogs(folder);
  if (addresses.length > 0) {
    writeFileSync(keptFile(folder), '');
    throw new Error(`e-mail addresses stand in plain text in ${folder}:\n${addresses.join('\n')}`);
  }
  if (!existsSync(keptFile(folder))) rmSync(folder, { recursive: true, force: true });
}
