import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { within } from './within.js';

/** Milliseconds of silence after which the server is asked whether it is there, and how long it may take to say so. */
const ASK_EVERY = 15_000;
const ANSWER_WITHIN = 5_000;

/** Milliseconds before the n-th attempt to connect again. */
const patience = (n: number): number => Math.min(n * 100, 2_000);

/** Who hears what is said on a channel. Neither may throw. */
export interface Ear {
  said: (payload: string) => void;
  /** Whatever was said until now may not have been heard: after each connection, the first one too. */
  missed: () => void;
}

/** Listens on a channel of Postgres by a connection of its own, which it makes again for as long as it takes. */
export class DatabaseChannel {
  private client: pg.Client | undefined;
  private readonly over = new AbortController();
  private readonly listening: Promise<void>;

  /** Begins at once. @param channel a name in plain letters. */
  constructor(
    private readonly databaseUrl: string,
    private readonly channel: string,
    private readonly ear: Ear,
  ) {
    this.listening = this.listenForEver();
  }

  async close(): Promise<void> {
    this.over.abort();
    hangUp(this.client);
    await this.listening;
  }

  private async listenForEver(): Promise<void> {
    for (let failures = 0; !this.over.signal.aborted; failures += 1) {
      const client = new pg.Client({
        connectionString: this.databaseUrl,
        application_name: 'return-receipt changes',
        connectionTimeoutMillis: ANSWER_WITHIN,
        keepAlive: true,
      });
      this.client = client;
      const lost = new Promise<void>((resolve) => client.once('end', resolve));
      // It ends with each of them; and without a listener an error would end the process.
      client.on('error', () => hangUp(client));
      client.on('notification', ({ payload = '' }) => this.ear.said(payload));
      try {
        await client.connect();
        await client.query(`LISTEN ${this.channel}`);
        failures = 0;
        this.ear.missed();
        await this.untilLost(client, lost);
      } catch {
        // Whoever else asks this database says what is wrong with it.
      } finally {
        hangUp(client);
      }
      await delay(patience(failures + 1), undefined, { signal: this.over.signal }).catch(() => undefined);
    }
  }

  /** A server that has gone without a word never says so: it is asked. */
  private async untilLost(client: pg.Client, lost: Promise<void>): Promise<void> {
    let isLost = false;
    void lost.then(() => (isLost = true));
    while (!isLost) {
      const pause = new AbortController();
      const quiet = delay(ASK_EVERY, undefined, { signal: pause.signal, ref: false }).catch(() => undefined);
      await Promise.race([lost, quiet]);
      pause.abort();
      if (!isLost) await within(ANSWER_WITHIN, client.query('SELECT 1'));
    }
  }
}

function hangUp(client: pg.Client | undefined): void {
  client?.connection.stream.destroy();
}
