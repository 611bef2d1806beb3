import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { endToEnd } from './end-to-end.js';
import { Report } from './figure.js';
import { busyShares } from './profile.js';
import { Servers } from './world.js';

/**
 * Measures the service on servers of its own: `npm run bench [-- --json] [--mails N] [--profile FOLDER]`. Every rate stands beside what
 * Nodemailer alone reaches on the same SMTP sink in the same run: the ratio is what can be compared between machines.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    mails: { type: 'string', default: '10000' },
    profile: { type: 'string' },
  },
});
const report = new Report(options.json);
const mails = Number(options.mails);
const servers = await Servers.start();
try {
  const ceiling = await nodemailerAlone();
  const main = servers.redis ? 'redis' : 'postgres';
  const flags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  await endToEnd(servers, { backend: main, processes: 1, mails, ceiling, options: { flags } }, report);
  if (options.profile)
    for (const [place, share] of busyShares(options.profile).slice(0, 25))
      report.add({ name: `busy in ${place}`, value: share * 100, unit: '%' });
  report.add({ name: 'Nodemailer alone, ten connections', value: ceiling, unit: 'mails/s' });
} finally {
  await servers.stop();
}

async function nodemailerAlone(): Promise<number> {
  const script = join(import.meta.dirname, 'ceiling.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, servers.sink.url, '5000', '10']);
  return Number(stdout.trim().split('\n').at(-1));
}
