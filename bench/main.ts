import { parseArgs } from 'node:util';
import { batches } from './batches.js';
import { distance } from './distance.js';
import { EndToEndRun } from './end-to-end.js';
import { Report } from './figure.js';
import { growth } from './growth.js';
import { latency } from './latency.js';
import { busyShares } from './profile.js';
import { overhead } from './overhead.js';
import { rendering } from './rendering.js';
import { status } from './status.js';
import { streams } from './streams.js';
import { Servers, type Backend } from './world.js';

/**
 * Measures the service on servers of its own. Every figure stands beside what Nodemailer alone does on the same SMTP sink
 * in the same run: the ratio is what can be compared between machines. Processor time comes first, since it holds on a busy
 * machine as well; mails per second do not.
 *
 *   npm run bench -- [--json] [--mails 10000] [--rows 10000,10000000]
 *                    [--only end-to-end,distance,latency,growth,rendering,batches,status,streams,overhead]
 *                    [--batch 100000]      rows of the list in batches
 *                    [--submissions 10000] in the tables, for status; 10000000 is a season
 *                    [--profile FOLDER]    of the first run, with the share of each package
 *                    [--set NAME=VALUE]…   settings of the workers in end-to-end that differ from the defaults
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    mails: { type: 'string', default: '10000' },
    rows: { type: 'string', default: '10000,1000000' },
    only: {
      type: 'string',
      default: 'end-to-end,distance,latency,growth,rendering,batches,status,streams,overhead',
    },
    batch: { type: 'string', default: '100000' },
    submissions: { type: 'string', default: '10000' },
    profile: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const wanted = options.only.split(',');
const mails = Number(options.mails);
const report = new Report(options.json);
const servers = await Servers.start();
try {
  const { backends } = servers;
  const [main = 'postgres'] = backends;
  if (wanted.includes('end-to-end')) await endToEnd(backends);
  if (wanted.includes('distance')) await distance(servers, main, report);
  if (wanted.includes('latency')) await latency(servers, main, report);
  if (wanted.includes('growth')) await growth(servers, main, options.rows.split(',').map(Number), report);
  if (wanted.includes('rendering')) await rendering(report);
  if (wanted.includes('batches')) await batches(servers, main, Number(options.batch), report);
  if (wanted.includes('status'))
    for (const backend of backends) await status(servers, backend, Number(options.submissions), report);
  if (wanted.includes('streams')) await streams(servers, main, report);
  if (wanted.includes('overhead')) await overhead(servers, main, mails, report);
} finally {
  await servers.stop();
}

/** One process on each backend, by processor time and then by the clock; then two processes in the same way. */
async function endToEnd(backends: Backend[]): Promise<void> {
  const settings = Object.fromEntries(options.set.map((pair) => pair.split('=', 2) as [string, string]));
  let flags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  for (const processes of [1, 2]) {
    const runs: EndToEndRun[] = [];
    for (const backend of backends) {
      const run = { backend, processes, mails, options: { settings, flags } };
      runs.push(await EndToEndRun.of(servers, run));
      runs.at(-1)?.reportProcessorTime(report);
      if (flags.length > 0) shares(options.profile ?? '');
      flags = [];
    }
    for (const run of runs) run.reportRate(report);
  }
}

function shares(folder: string): void {
  for (const [place, share] of busyShares(folder).slice(0, 20))
    report.add({ name: `busy in ${place}`, value: share * 100, unit: '%' });
}
