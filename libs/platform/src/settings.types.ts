import { isIP } from 'node:net';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `24h`, `500ms`, `7d`; undefined for anything else. */
export function milliseconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount && unit ? Number(amount) * (units[unit] ?? 0) : undefined;
}

const howDurationsLook = 'is not a duration; write 500ms, 30s, 15m, 24h or 7d';

/** A duration such as `30s`, read into milliseconds. */
export function duration() {
  return z.string().transform((text, context) => {
    const read = milliseconds(text);
    if (read !== undefined) return read;
    context.addIssue(howDurationsLook);
    return z.NEVER;
  });
}

/** A whole number of at least one; absent means that there is no limit. */
export function limit() {
  return z.coerce.number().int().min(1).optional();
}

/** `name=duration` pairs separated by commas, read into milliseconds by name. */
export function durationByName() {
  return z.string().transform((text, context) => {
    const pairs: Record<string, number> = {};
    for (const pair of text.split(',')) {
      const [name, wait = ''] = pair.split('=').map((part) => part.trim());
      const read = milliseconds(wait);
      if (!name || read === undefined) {
        context.addIssue('is not a list of template=duration; write accepted=6h,rejected=6h');
        return z.NEVER;
      }
      pairs[name] = read;
    }
    return pairs;
  });
}

/** A key that seals and opens columns. */
export interface SealingKey {
  id: string;
  key: Buffer;
}

/** `id:base64` pairs separated by commas; each key has 32 bytes. */
export function sealingKeys() {
  return z.string().transform((text, context): SealingKey[] => {
    const keys = text.split(',').map((pair): SealingKey => {
      const [id = '', base64 = ''] = pair.trim().split(':');
      return { id, key: Buffer.from(base64, 'base64') };
    });
    const distinct = new Set(keys.map((key) => key.id)).size === keys.length;
    if (distinct && keys.every((key) => /^[a-z0-9]{1,16}$/.test(key.id) && key.key.length === 32))
      return keys;
    context.addIssue(
      'is not a list of id:base64 with 32 bytes each; make one with: echo "k1:$(openssl rand -base64 32)"',
    );
    return z.NEVER;
  });
}

/** Addresses and domains separated by commas, in lower case; `*` is every address. */
export function addressList() {
  return z.string().transform((text, context): string[] => {
    const entries = text.split(',').map((entry) => entry.trim().toLowerCase());
    if (entries.every((entry) => /^(\*|([^@\s]+@)?[a-z0-9-]+(\.[a-z0-9-]+)*)$/.test(entry))) return entries;
    context.addIssue('is not a list of addresses and domains; write ops@example.org,example.net');
    return z.NEVER;
  });
}

/** Whom mails come from: one address, with or without a name before it. */
export function sender() {
  return z.string().refine((text) => {
    if (/\p{Cc}|<.*</u.test(text)) return false;
    const [one, ...more] = addressparser(text);
    // Whoever forgot the brackets, or wrote a space into the address, does not mean the address that is left.
    const address = text.includes('<') ? one && 'address' in one && one.address : text.trim();
    return more.length === 0 && ADDRESS.test(address || '');
  }, 'is not one address; write Tax Filing <no-reply@example.org>');
}

const LABEL = '[a-z0-9\\p{L}](?:[a-z0-9\\p{L}\\p{M}-]*[a-z0-9\\p{L}\\p{M}])?';
const ADDRESS = new RegExp(`^[^\\s@<>,;:"()]+@${LABEL}(?:\\.${LABEL})*$`, 'iu');

/** A host's name, as what stands behind an @ that a machine reads. */
export function hostName() {
  return z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i, 'is not a host name');
}

/** What a reader of a mail may follow. */
export function webUrl() {
  return z.url({ protocol: /^https?$/, error: 'is not like https://taxes.example.org' });
}

/** smtp:// or smtps://, whom we are there, and what else there is to say (docs/running.md). */
export function relayUrl() {
  return z.url({ protocol: /^smtps?$/, error: howRelaysLook }).transform((text, context) => {
    const wrong = wrongWithRelay(new URL(text));
    if (wrong === undefined) return text;
    context.addIssue(wrong);
    return z.NEVER;
  });
}

const howRelaysLook = 'is not like smtps://user:password@host:465';
const SIGN_IN = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'];
const TOKENS = ['clientId', 'clientSecret', 'refreshToken', 'accessUrl'];
const QUERY = [
  'requireTLS',
  'ignoreTLS',
  'opportunisticTLS',
  'name',
  'localAddress',
  'authMethod',
  ...TOKENS,
];

function wrongWithRelay({ hostname, username, password, searchParams }: URL): string | undefined {
  const strange = [...searchParams.keys()].find((name) => !QUERY.includes(name) && !name.startsWith('tls.'));
  const method = searchParams.get('authMethod')?.toUpperCase();
  const fetchesToken = method === 'XOAUTH2' && searchParams.has('refreshToken');
  if (hostname === '') return howRelaysLook;
  if (strange !== undefined) return `says ${JSON.stringify(strange)} after its "?", which means nothing here`;
  if (method !== undefined && !SIGN_IN.includes(method))
    return `has an authMethod that is none of ${SIGN_IN.join(', ')}`;
  if (username === '' && (password !== '' || method !== undefined)) return 'names no user to sign in';
  if (username !== '' && password === '' && !fetchesToken) return 'names a user and no password';
  return undefined;
}

/** ARNs of SNS topics, separated by commas. */
export function topicList() {
  return z.string().transform((text, context): string[] => {
    const topics = text.split(',').map((topic) => topic.trim());
    if (topics.every((topic) => /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/.test(topic))) return topics;
    context.addIssue('is not a list of topics; write arn:aws:sns:us-west-2:123456789012:mail-receipts');
    return z.NEVER;
  });
}

/** What looks whether too many are told, or something that cannot be true. */
export const GUARDS = ['volume', 'returns', 'contradiction'] as const;
export type Guard = (typeof GUARDS)[number];

/** Guards separated by commas; nothing is none. */
export function guardList() {
  return z.string().transform((text, context): Guard[] => {
    const names = text.split(',').flatMap((name) => name.trim() || []);
    const guards = GUARDS.filter((guard) => names.includes(guard));
    if (names.every((name) => guards.some((guard) => guard === name))) return guards;
    context.addIssue(`is not a list of guards; write ${GUARDS.join(',')}, or nothing for none`);
    return z.NEVER;
  });
}

/** The name of a bucket of S3. */
export const bucketName = () =>
  z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is not the name of a bucket');

/** A host that may be called, or all below it. */
export interface CallBackHost {
  name: string;
  /** Any name below it, and not itself. */
  below: boolean;
  /** `*` is any. */
  port: string;
}

/** Hosts separated by commas: `name`, `*.name`, either with `:port` or `:*`; 443 without. */
export function callBackHosts() {
  return z.string().transform((text, context): CallBackHost[] => {
    const hosts = text.split(',').map((entry) => {
      const [, star, name, port = '443'] =
        /^(\*\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d{1,5}|\*))?$/.exec(entry.trim().toLowerCase()) ?? [];
      return name === undefined ? undefined : { name, below: star !== undefined, port };
    });
    if (hosts.every((host) => host !== undefined)) return hosts;
    context.addIssue(
      'is not a list of hosts; write returns.example.gov,*.example.gov,other.example.gov:8443',
    );
    return z.NEVER;
  });
}

/** Addresses that begin with the same bits. */
export interface Network {
  address: string;
  bits: number;
}

/** Networks separated by commas, as `10.20.0.0/16` or `fd00:1::/32`. */
export function networks() {
  return z.string().transform((text, context): Network[] => {
    const read = text.split(',').map((entry): Network | undefined => {
      const [address = '', bits = '', more] = entry.trim().split('/');
      const longest = isIP(address) === 6 ? 128 : 32;
      const isOne =
        isIP(address) > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= longest && more === undefined;
      return isOne ? { address, bits: Number(bits) } : undefined;
    });
    if (read.every((network) => network !== undefined)) return read;
    context.addIssue('is not a list of networks; write 10.20.0.0/16,fd00:1::/32');
    return z.NEVER;
  });
}
