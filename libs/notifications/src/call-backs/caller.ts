import { readFileSync } from 'node:fs';
import { lookup as resolveName } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { SETTINGS, StartError, traceparent } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { answerOf, failureOf, NOT_ALLOWED, TIMED_OUT } from './call-back.answer.js';
import type { CallAnswer } from './call-back.answer.js';
import { problemOfUrl } from './call-back.url.js';
import { CalledAddresses } from './called.addresses.js';

/** Milliseconds for a connection with its TLS. */
const CONNECT_WITHIN = 5_000;
/** Bytes of an answer that are read so that its connection can be used again; of a longer one nothing more. */
const MOST_READ = 16 * 1024;

type CallSettings = Pick<
  Settings,
  'CALL_BACK_HOSTS' | 'CALL_BACK_NETWORKS' | 'CALL_BACK_CA_FILE' | 'CALL_BACK_TIMEOUT'
>;

/** What is said in one call. */
export interface Message {
  /** The same each time that it is said. */
  id: string;
  body: string;
}

/** Calls addresses that others chose: over https alone, to allowed hosts alone, never into a private network, and never on from there. */
@Injectable()
export class Caller implements OnApplicationShutdown {
  private readonly addresses: CalledAddresses;
  private made: Agent | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: CallSettings) {
    this.addresses = new CalledAddresses(settings.CALL_BACK_NETWORKS);
  }

  /** Reads what calls need. Who calls nobody starts without it. @throws StartError */
  prepare(): void {
    const { CALL_BACK_CA_FILE: file } = this.settings;
    this.made ??= new Agent({
      keepAlive: true,
      maxFreeSockets: 8,
      // Whatever the environment of the process says.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      lookup: this.lookup,
      ...(file === undefined ? {} : { ca: authorities(file) }),
    });
  }

  onApplicationShutdown(): void {
    this.made?.destroy();
  }

  /** Never throws. @param secrets it is signed with each, so that a receiver may know either. @param stop ends it at once. */
  async call(url: string, secrets: string[], message: Message, stop: AbortSignal): Promise<CallAnswer> {
    if (problemOfUrl(url, this.settings.CALL_BACK_HOSTS) !== undefined)
      return { kind: 'failed', reason: 'host-not-allowed' };
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    // An address needs no name service, so nothing would look at it on the way.
    if (isIP(host) && !this.addresses.allows(host)) return { kind: 'failed', reason: 'address-not-allowed' };
    this.prepare();
    try {
      return await this.post(url, secrets, message, stop);
    } catch (error) {
      // The other side closed a connection that was free, and has read nothing.
      if (!isStale(error) || stop.aborted) return failureOf(error);
      return this.post(url, secrets, message, stop).catch(failureOf);
    }
  }

  /** All addresses of a name, as the system knows them. */
  protected resolve(host: string): Promise<LookupAddress[]> {
    return resolveName(host, { all: true });
  }

  private readonly lookup: LookupFunction = (host, options, done) => {
    this.resolve(host).then(
      (found) => {
        // Here, and not when it was registered: a name leads elsewhere as its owner likes.
        const allowed = found.filter(({ address }) => this.addresses.allows(address));
        const [first] = allowed;
        if (!first) done(withCode('no address of it may be called', NOT_ALLOWED), []);
        else if (options.all === true) done(null, allowed);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };

  private post(
    url: string,
    secrets: string[],
    { id, body }: Message,
    stop: AbortSignal,
  ): Promise<CallAnswer> {
    const now = new Date();
    const here = traceparent();
    const signatures = secrets.map((secret) => new Webhook(secret).sign(id, now, body));
    return new Promise((resolve, reject) => {
      const calling = request(url, {
        method: 'POST',
        agent: this.made,
        signal: stop,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'return-receipt',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': signatures.join(' '),
          ...(here ? { traceparent: here } : {}),
        },
      });
      const late = () => calling.destroy(withCode('no answer in time', TIMED_OUT));
      const whole = setTimeout(late, this.settings.CALL_BACK_TIMEOUT);
      const connect = setTimeout(late, Math.min(CONNECT_WITHIN, this.settings.CALL_BACK_TIMEOUT));
      calling.once('socket', (socket) => {
        if (calling.reusedSocket) clearTimeout(connect);
        else socket.once('secureConnect', () => clearTimeout(connect));
      });
      calling.once('response', (response) => {
        resolve(answerOf(response.statusCode ?? 0, response.headers['retry-after'], new Date()));
        readLittle(response);
      });
      calling.once('error', (error) => {
        reject(Object.assign(error, { wasReused: calling.reusedSocket }));
      });
      calling.once('close', () => {
        clearTimeout(whole);
        clearTimeout(connect);
        reject(withCode('it broke off', 'ECONNRESET'));
      });
      calling.end(body);
    });
  }
}

/** Reads an answer that is short to its end, so that its connection can be used again, and ends with any other. */
function readLittle(response: IncomingMessage): void {
  let read = 0;
  response.on('data', (part: Buffer) => {
    read += part.length;
    if (read > MOST_READ) response.destroy();
  });
  response.once('error', () => undefined);
}

function isStale(error: unknown): boolean {
  const { code, wasReused } = error as { code?: string; wasReused?: boolean };
  return wasReused === true && code === 'ECONNRESET';
}

function withCode(message: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

/** Those that Node knows, and those of the file. */
function authorities(file: string): string[] {
  try {
    return [...rootCertificates, readFileSync(file, 'utf8')];
  } catch {
    throw new StartError([`CALL_BACK_CA_FILE: ${file} cannot be read.`]);
  }
}
