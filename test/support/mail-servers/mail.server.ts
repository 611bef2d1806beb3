import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../apps/local/src/embedded/free-port.js';
import { makeCertificate } from '../certificate.js';
import { ownFolder } from '../servers.js';

/** A kind of mail server, as it is in use in the world. */
export interface MailServerKind {
  name: string;
  /** A sentence for the end of the run where it cannot be started: why, and what it would need. */
  lacks?: string;
  /** Another, where it can be started but not tried in all: what was left out, and what that would need. */
  leavesOut?: string;
  /** Whether its ports with TLS ask for user and password. */
  knowsUsers: boolean;
  /** Whether a recipient may have more than ASCII before the @. */
  takesUtf8: boolean;
  /** Whether it has other words for a domain that it does not serve than for a user that it does not know. */
  saysWhatItRefuses: boolean;
  /** Ends with the file of tests. */
  start(): Promise<MailServer>;
}

/** One that runs, on 127.0.0.1 only. */
export interface MailServer {
  /** As it calls itself. */
  version: string;
  ports: Ports;
  /** File of the certificate that it shows. */
  certificate: string;
  delivered(): Delivered[];
  /** Ways by which somebody made himself known, in their order; undefined where the server does not say. */
  mechanisms?(): string[];
}

/** As a relay has them: 25 without TLS, 587 with STARTTLS, 465 in TLS from the first byte. The two with TLS ask who is there. */
export interface Ports {
  plain: number;
  startTls: number;
  tls: number;
}

/** A mail in the inbox. */
export interface Delivered {
  /** How it came, in the server's own words: ESMTP, ESMTPS, ESMTPSA. */
  protocol: string;
  /** What stands below the server's own headers, with the line ends of SMTP. */
  raw: Buffer;
}

/** Whom the servers know: in their two domains these, of whom one is asked to be patient. */
export const DOMAINS = ['example.org', 'xn--exmple-cua.org'];
export const TAXPAYER = 'taxpayer@example.org';
export const ABROAD = { written: 'user@exämple.org', served: 'user@xn--exmple-cua.org' };
export const JÖRG = 'jörg@example.org';
export const KNOWN = [TAXPAYER, ABROAD.served, JÖRG];
export const LATER = { address: 'later@example.org', answer: '4.2.0 greylisted, try again in 300 seconds' };

/** Who may send; with what an address of a server has to escape. */
export const SENDER = { user: 'relay-user', password: 'r/gh:t@100%' };

export const SIZE_LIMIT = 200_000;

/** Who need not be root. */
export const NOBODY = { uid: 65534, gid: 65534 };

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** What every server needs: a folder, with a place for an inbox in it, a certificate and three ports. */
export async function prepare(name: string) {
  const folder = ownFolder(name);
  const mail = join(folder, 'mail');
  mkdirSync(mail);
  const ports: Ports = { plain: await freePort(), startTls: await freePort(), tls: await freePort() };
  return { folder, mail, inbox: join(mail, 'inbox'), ports, ...makeCertificate(folder) };
}

export type Place = Awaited<ReturnType<typeof prepare>>;

/** What was put into a Maildir; nothing as long as there is none. */
export function readMaildir(inbox: string): Delivered[] {
  try {
    return readdirSync(join(inbox, 'new')).map((name) =>
      readDelivered(readFileSync(join(inbox, 'new', name))),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What stands in a server's log at each of such places. */
export function readLog(file: string, places: RegExp): string[] {
  return [...readFileSync(file, 'utf8').matchAll(places)].map(([, word = '']) => word);
}

const TRACE =
  /^(?:(?:Return-Path|X-Original-To|Delivered-To|Envelope-To|Delivery-Date|Received):.*\n(?:[ \t].*\n)*)+/i;

function readDelivered(file: Buffer): Delivered {
  // One character for each byte.
  const text = file.toString('latin1');
  const [trace = ''] = TRACE.exec(text) ?? [];
  return {
    protocol: /\bwith (\w+)/.exec(trace)?.[1]?.toUpperCase() ?? '',
    raw: Buffer.from(text.slice(trace.length).replaceAll('\n', '\r\n'), 'latin1'),
  };
}
