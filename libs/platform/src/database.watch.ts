import { connect } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { PrismaService } from './prisma.service.js';
import { SETTINGS } from './settings.js';
import type { Settings } from './settings.js';

/** Milliseconds between two looks at who waits. */
const LOOK_EVERY = 250;
/** The question whether it speaks TLS: eight bytes that every Postgres answers with one before it asks who is there. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Tells a database that is slow from one that is not there. Long lists and reports may take their time; but whoever waits for
 * more than half of DATABASE_SILENT_FOR has the server asked, on a connection of its own, whether it is there at all. Does it
 * say nothing for the other half, then all who wait are told, nobody begins to wait, and it is asked again until it answers.
 */
@Injectable()
export class DatabaseWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly patience: number;
  private readonly address: Pick<pg.Client, 'host' | 'port'>;
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;
  private isAway = false;
  private askedAt = -Infinity;

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) settings: Pick<Settings, 'DATABASE_URL' | 'DATABASE_SILENT_FOR'>,
  ) {
    this.patience = settings.DATABASE_SILENT_FOR / 2;
    this.address = new pg.Client({ connectionString: settings.DATABASE_URL });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * Does it take what is written? Answers in time, whatever is wrong. Where every connection is in use it is enough that the
   * server is there.
   * @param within milliseconds
   */
  async takesWrites(within: number): Promise<boolean> {
    const { pool } = this.prisma;
    const isThere = pool.isUsedUp ? answers(this.address, within) : Promise.resolve(false);
    const asked = pool
      .query<{ transaction_read_only: string }>('SHOW transaction_read_only')
      .then(({ rows }) => rows[0]?.transaction_read_only === 'off');
    const late = delay(within, undefined, { ref: false })
      .then(() => nextTurn())
      .then(() => isThere);
    return Promise.race([asked, late]).catch(() => false);
  }

  private async look(): Promise<void> {
    if (this.isAsking || !this.isDue()) return;
    this.isAsking = true;
    this.askedAt = performance.now();
    const isThere = await answers(this.address, this.patience);
    this.isAsking = false;
    if (isThere === !this.isAway) return;
    this.isAway = !isThere;
    if (isThere) {
      this.prisma.pool.takeUp();
      this.logger.log('Postgres answers again');
    } else {
      this.prisma.pool.breakOff(new Error('Connection terminated: Postgres gives no sign of life'));
      this.logger.warn('Postgres gives no sign of life: calls are answered 503 until it does');
    }
  }

  private isDue(): boolean {
    if (this.isAway) return true;
    return this.prisma.pool.waitsFor >= this.patience && performance.now() - this.askedAt >= this.patience;
  }
}

/** Is there a Postgres that says anything? It takes none of its connections. */
async function answers({ host, port }: Pick<pg.Client, 'host' | 'port'>, within: number): Promise<boolean> {
  let hasAnswered = false;
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  const end = new Promise<void>((resolve) => {
    socket.on('connect', () => socket.write(SSL_REQUEST));
    socket.on('data', () => {
      hasAnswered = true;
      resolve();
    });
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  // One turn more: a busy process looks at its clock before it looks at what has come.
  await Promise.race([end, delay(within, undefined, { ref: false }).then(() => nextTurn())]);
  socket.destroy();
  return hasAnswered;
}
