/**
 * Preload of a worker that is to die: `CRASH_AFTER=<step> node --import ./dist/test/support/crash-after.js …`.
 * The signal cannot be caught, and nothing of the process runs after it: as if the power were cut.
 */
import { subscribe } from 'node:diagnostics_channel';

const last = process.env.CRASH_AFTER;

subscribe('return-receipt:step', (message) => {
  if ((message as { step: string }).step === last) process.kill(process.pid, 'SIGKILL');
});
