import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { endToEnd } from './end-to-end.js';
import { Report } from './figure.js';
import { growth } from './growth.js';
import { latency } from './latency.js';
import { busyShares } from './profile.js';
import { rendering } from './rendering.js';
import { Servers } from './world.js';

/**
 * Measures the service on servers of its own. Every rate stands beside what Nodemailer alone reaches on the same SMTP
 * sink in the same run: the ratio is what can be compared between machines.
 *
 *   npm run bench -- [--json] [--mails 10000] [--rows 10000,10000000] [--only end-to-end,latency,growth,rendering]
 *                    [--profile FOLDER]    of the first run, with the share of each package
 *                    [--set NAME=VALUE]…   settings of the workers in end-to-end that differ from the defaults
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    mails: { type: 'string', default: '10000' },
    rows: { type: 'string', default: '10000,1000000' },
    only: { type: 'string', default: 'end-to-end,latency,growth,rendering' },
    profile: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const wanted = options.only.split(',');
const mails = Number(options.mails);
const report = new Report(options.json);
const servers = await Servers.start();
try {
  const [main = 'postgres', ...others] = servers.backends;
  const ceiling = await nodemailerAlone();
  let rate = ceiling / 4;
  if (wanted.includes('end-to-end')) {
    const settings = Object.fromEntries(options.set.map((pair) => pair.split('=', 2) as [string, string]));
    const flags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
    rate = await endToEnd(
      servers,
      { backend: main, processes: 1, mails, ceiling, options: { flags, settings } },
      report,
    );
    if (options.profile) shares(options.profile);
    report.add({ name: 'Nodemailer alone, one process', value: ceiling, unit: 'mails/s' });
    await endToEnd(servers, { backend: main, processes: 2, mails, ceiling, options: { settings } }, report);
    for (const backend of others)
      for (const processes of [1, 2])
        await endToEnd(servers, { backend, processes, mails, ceiling, options: { settings } }, report);
  }
  if (wanted.includes('latency')) await latency(servers, main, rate, report);
  if (wanted.includes('growth'))
    for (const rows of options.rows.split(',')) await growth(servers, main, Number(rows), report);
  if (wanted.includes('rendering')) await rendering(report);
} finally {
  await servers.stop();
}

async function nodemailerAlone(): Promise<number> {
  const script = join(import.meta.dirname, 'ceiling.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, servers.sink.url, '5000', '10']);
  return Number(stdout.trim().split('\n').at(-1));
}

function shares(folder: string): void {
  for (const [place, share] of busyShares(folder).slice(0, 20))
    report.add({ name: `busy in ${place}`, value: share * 100, unit: '%' });
}
