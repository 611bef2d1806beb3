/** Where Redis or Valkey is, and in which of its three forms. */
export interface RedisAddress {
  form: 'server' | 'sentinel' | 'cluster';
  tls: boolean;
  /** One server, all sentinels, or some nodes of a cluster. */
  hosts: { host: string; port: number }[];
  username?: string;
  password?: string;
  /** What the sentinels call the master. */
  master?: string;
  database: number;
}

const ADDRESS =
  /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^?#]*))?$/;
const HOST = /^(\[[\da-f:]+\]|[^:\s[\]]+)(?::(\d{1,5}))?$/i;

export const REDIS_FORMS =
  'is not like redis://host:6379, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:6379,host:6379 (rediss for TLS)';

/**
 * Reads `redis://user:password@host:6379/0`, `redis+sentinel://…@host:26379,host:26379/master/0` or
 * `redis+cluster://…@host:6379,host:6379`; with `rediss` the connection is encrypted. Undefined when it is none of them.
 */
export function readRedisAddress(url: string): RedisAddress | undefined {
  const [, secure, kind, username, password, places = '', path = ''] = ADDRESS.exec(url) ?? [];
  const form = kind === 'sentinel' || kind === 'cluster' ? kind : 'server';
  const hosts = readHosts(places, form === 'sentinel' ? 26379 : 6379);
  const target = readPath(path, form);
  if (!hosts || !target || (form === 'server' && hosts.length > 1)) return undefined;
  try {
    return {
      form,
      tls: secure === 's',
      hosts,
      username: username ? decodeURIComponent(username) : undefined,
      password: password ? decodeURIComponent(password) : undefined,
      ...target,
    };
  } catch {
    return undefined;
  }
}

/** The hosts as people write them, without user and password. */
export function redisPlace({ form, hosts, master }: RedisAddress): string {
  const places = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (form === 'cluster') return `Redis Cluster at ${places}`;
  return form === 'sentinel' ? `Redis "${master}" of the sentinels at ${places}` : `Redis at ${places}`;
}

function readHosts(places: string, usual: number): RedisAddress['hosts'] | undefined {
  const hosts = places.split(',').map((place) => {
    const [, host = '', port = String(usual)] = HOST.exec(place) ?? [];
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  return hosts.every(({ host, port }) => host !== '' && port > 0 && port < 65536) ? hosts : undefined;
}

/** After the hosts: a database, for sentinels the master's name before it, for a cluster nothing. */
function readPath(
  path: string,
  form: RedisAddress['form'],
): { master?: string; database: number } | undefined {
  const parts = path === '' ? [] : path.split('/');
  const master = form === 'sentinel' ? parts.shift() : undefined;
  const [database = '0', ...more] = parts;
  if (more.length > 0 || !/^\d{1,5}$/.test(database)) return undefined;
  if (form === 'sentinel' && !master) return undefined;
  if (form === 'cluster' && Number(database) > 0) return undefined;
  return { master, database: Number(database) };
}
