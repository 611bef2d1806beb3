import { RelayConnection } from './relay.connection.js';
import type { RelayAddress } from './relay.address.js';

/** Milliseconds that a mail waits before it is worth another connection. */
const PATIENCE = 20;
/** Milliseconds without another attempt when the relay let in no more than are there. */
const AFTER_A_FAILURE = 5_000;

interface Waiter {
  since: number;
  resolve: (connection: RelayConnection) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * The connections of one worker to its relay: as many as the relay's distance asks for, up to a ceiling. The first is opened when
 * somebody needs one. Where mails wait for longer than it takes to open another, as many are opened as there are; what is not
 * used for a while is closed, and the one used last is used first, so that the others come to that.
 */
export class ConnectionPool {
  private readonly connections = new Set<RelayConnection>();
  private readonly idle = new Map<RelayConnection, NodeJS.Timeout>();
  private readonly waiting: Waiter[] = [];
  private opening = 0;
  /** Milliseconds that it took to open the last one. */
  private openingTook = 0;
  private notBefore = 0;
  private widening: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly address: RelayAddress,
    private readonly ceiling: number,
    /** Milliseconds after which a connection that nobody used is closed: before it is given up for its silence. */
    private readonly idleFor = Math.min(60_000, address.timeout / 2),
  ) {}

  /**
   * A connection for one mail, to be given back after it.
   * @param patience milliseconds.
   * @throws SmtpError when none can be opened, Error when none becomes free in time.
   */
  take(patience: number): Promise<RelayConnection> {
    const idle = this.lastUsed();
    if (idle) return Promise.resolve(idle);
    if (this.isClosed) return Promise.reject(new Error('The connections to the relay are closed'));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        since: performance.now(),
        resolve,
        reject,
        timer: setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(waiter), 1);
          reject(new Error('No connection to the relay became free in time'));
        }, patience),
      };
      this.waiting.push(waiter);
      this.widen();
    });
  }

  give(connection: RelayConnection): void {
    if (!connection.isOpen) return connection.cutShort(new Error('The relay said more than it was asked'));
    const next = this.waiting.shift();
    if (next) return hand(next, connection);
    if (this.isClosed) return connection.quit();
    const timer = setTimeout(() => this.retire(connection), this.idleFor);
    this.idle.set(connection, timer.unref());
  }

  /** Closes idle connections now and busy ones when they are done. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.widening);
    for (const connection of this.idle.keys()) this.retire(connection);
  }

  private lastUsed(): RelayConnection | undefined {
    for (const last of [...this.idle.keys()].reverse()) {
      this.leaveIdle(last);
      if (last.isOpen) return last;
      last.cutShort(new Error('The relay spoke unasked'));
    }
    return undefined;
  }

  private leaveIdle(connection: RelayConnection): void {
    clearTimeout(this.idle.get(connection));
    this.idle.delete(connection);
  }

  private retire(connection: RelayConnection): void {
    this.leaveIdle(connection);
    connection.quit();
  }

  /** Opens more where somebody has waited long enough for it; looks again while somebody waits. */
  private widen(): void {
    const [first] = this.waiting;
    if (!first) return;
    const have = this.connections.size + this.opening;
    const now = performance.now();
    const enough = Math.max(PATIENCE, this.openingTook);
    if (have === 0) this.open();
    else if (now - first.since >= enough && this.opening === 0 && now >= this.notBefore)
      for (let more = Math.min(have, this.ceiling - have, this.waiting.length); more > 0; more -= 1)
        this.open();
    this.widening ??= setTimeout(() => {
      this.widening = undefined;
      this.widen();
    }, enough);
  }

  private open(): void {
    this.opening += 1;
    const since = performance.now();
    RelayConnection.open(this.address, (connection) => this.forget(connection)).then(
      (connection) => {
        this.opening -= 1;
        this.openingTook = performance.now() - since;
        this.connections.add(connection);
        this.give(connection);
      },
      (error: Error) => {
        this.opening -= 1;
        this.notBefore = performance.now() + AFTER_A_FAILURE;
        // Where nothing else is there, it fails everybody: each would only hear the same.
        if (this.connections.size + this.opening === 0)
          for (const waiter of this.waiting.splice(0)) refuse(waiter, error);
      },
    );
  }

  private forget(connection: RelayConnection): void {
    this.connections.delete(connection);
    this.leaveIdle(connection);
    this.widen();
  }
}

function hand({ resolve, timer }: Waiter, connection: RelayConnection): void {
  clearTimeout(timer);
  resolve(connection);
}

function refuse({ reject, timer }: Waiter, error: Error): void {
  clearTimeout(timer);
  reject(error);
}
