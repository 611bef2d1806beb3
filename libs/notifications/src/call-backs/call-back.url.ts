import type { CallBackHost } from '#libs/platform/index.js';

/** Why a call-back cannot go to an address, as a sentence that says what to do; undefined when it can. */
export function problemOfUrl(text: string, hosts: readonly CallBackHost[]): string | undefined {
  if (text.length > 2_000) return 'is longer than 2000 characters';
  if (!URL.canParse(text)) return 'is not an address; write https://host/path';
  const url = new URL(text);
  if (url.protocol !== 'https:')
    return 'must begin with https://, so that nobody on the way can read or change it';
  if (url.username !== '' || url.password !== '' || text.includes('@'))
    return 'must not hold a user, a password or an @; calls are known by their signature';
  if (url.hash !== '') return 'must not hold a #, which no server gets to see';
  if (hosts.length === 0)
    return 'cannot be called: no host is allowed yet. Whoever runs the service names them in CALL_BACK_HOSTS';
  if (!hosts.some((host) => isOf(url, host)))
    return 'is on a host or port that CALL_BACK_HOSTS does not allow; ask whoever runs the service';
  return undefined;
}

function isOf({ hostname, port }: URL, allowed: CallBackHost): boolean {
  const isPort = allowed.port === '*' || (port === '' ? '443' : port) === allowed.port;
  const isHost = allowed.below ? hostname.endsWith(`.${allowed.name}`) : hostname === allowed.name;
  return isPort && isHost;
}
