import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import { redisPlace } from './redis.address.js';
import { openRedis, redisAddressOf } from './redis.connection.js';
import type { Settings } from './settings.js';
import { networkReason, StartError } from './start.error.js';

/** Milliseconds: a fail-over may be under way, but whoever waits for a start wants to know. */
const ANSWER_WITHIN = 4_000;

/**
 * Looks at every server that jobs would stand on.
 * @returns a sentence for each thing that is not wrong but unwise
 * @throws StartError when one cannot be reached, or throws jobs away when it is full
 */
export async function checkRedis(settings: Settings): Promise<string[]> {
  const place = redisPlace(redisAddressOf(settings));
  const client = openRedis(settings);
  try {
    await answered(client, place);
    const masters = client instanceof Cluster ? client.nodes('master') : [client];
    const facts = await Promise.all(masters.map(factsOf));
    const evicting = facts.find((fact) => fact.policy !== undefined && fact.policy !== 'noeviction');
    if (evicting)
      throw new StartError([
        `REDIS_URL: ${place} throws keys away when it is full (maxmemory-policy ${evicting.policy}), and jobs with them: set its maxmemory-policy to noeviction.`,
      ]);
    return facts.some(({ hasLog }) => hasLog === false)
      ? [
          `${place} keeps no append-only file: jobs that it loses wait for the sweep. Set appendonly yes where it holds jobs alone.`,
        ]
      : [];
  } finally {
    client.disconnect();
  }
}

interface Facts {
  policy: string | undefined;
  /** Undefined where it does not say. */
  hasLog: boolean | undefined;
}

/** From INFO and not CONFIG, which providers forbid. */
async function factsOf(node: Redis): Promise<Facts> {
  const lines = (await node.info()).split(/\r?\n/);
  const valueOf = (name: string) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
  const log = valueOf('aof_enabled');
  return { policy: valueOf('maxmemory_policy'), hasLog: log === undefined ? undefined : log === '1' };
}

/** Waits for the first answer; the last error says why there was none. */
async function answered(client: Redis | Cluster, place: string): Promise<void> {
  let last: Error | undefined;
  const note = (error: Error) => (last = error);
  client.on('error', note);
  // Of a cluster only the nodes say why.
  client.on('node error', note);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StartError([unreachable(place, last)])), ANSWER_WITHIN);
  });
  try {
    await Promise.race([client.ping().catch((error: Error) => Promise.reject(refused(place, error))), late]);
  } finally {
    clearTimeout(timer);
  }
}

const refused = (place: string, error: Error) => new StartError([unreachable(place, error)]);

function unreachable(place: string, error: Error | undefined): string {
  const { message = '' } = error ?? {};
  if (/NOAUTH|WRONGPASS|ERR AUTH|invalid password/i.test(message))
    return `REDIS_URL: ${place} does not accept the user and password of the URL: correct them.`;
  if (/certificate|self.signed|altnames/i.test(message))
    return `REDIS_URL: the certificate of ${place} is not trusted: name its authority in REDIS_CA_FILE.`;
  const reason = networkReason(error ?? {}) ?? 'no answer in time';
  return `REDIS_URL: ${place} cannot be reached (${reason}): start it, or correct the address.`;
}
