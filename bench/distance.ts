import { readSettings } from '#libs/platform/index.js';
import { settle } from './end-to-end.js';
import type { Report } from './figure.js';
import { nodemailerAlone } from './nodemailer.alone.js';
import { World, type Backend, type Servers } from './world.js';

/** Milliseconds that a reply of the relay travels. */
const AWAY = 20;
const MAILS = 3_000;

/**
 * Mails per second of one worker process to a relay that is not next door, beside Nodemailer alone with as many connections:
 * with ten at most, and with as many as are the default.
 */
export async function distance(servers: Servers, backend: Backend, report: Report): Promise<void> {
  await servers.sink.moveAway(AWAY);
  const tried: Record<string, string>[] = [{ SMTP_CONNECTIONS: '10' }, {}];
  for (const settings of tried) {
    const world = await World.make(servers, backend);
    const connections = readSettings({ ...world.environment, ...settings }).SMTP_CONNECTIONS;
    const alone = await nodemailerAlone(servers.sink, MAILS, connections);
    const { rate } = await settle(world, { processes: 1, mails: MAILS, options: { settings } });
    await world.stop();
    const where = `relay ${AWAY} ms away, ${connections} connections`;
    report.add({ name: `${where}: Nodemailer alone`, value: alone.rate, unit: 'mails/s' });
    report.add({
      name: `${where}: one process`,
      value: rate,
      unit: 'mails/s',
      against: 'Nodemailer alone',
      ratio: rate / alone.rate,
    });
  }
  await servers.sink.moveAway(0);
}
