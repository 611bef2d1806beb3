import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import type { KeyHolder } from '#libs/keys/index.js';
import { ReturnWatch, StatusService } from '#libs/notifications/index.js';
import type { KnownStatus } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { Admission, admittedBy } from '../access/admission.js';
import type { Admitted } from '../access/admission.js';
import type { CalledRequest } from '../access/key.guard.js';
import { mayTakeLong } from '../contract/slow.bodies.js';
import { Problem } from '../problems/problem.js';
import { statusBody } from './status.body.js';
import { tagOf } from './status.caching.js';
import { StatusPlaces } from './status.places.js';
import { greet, StatusStream } from './status.stream.js';
import type { StatusEvent } from './status.stream.js';
import { StreamReads } from './status.stream.reads.js';

/** Milliseconds between two looks at all streams: whether their callers may still be told, and who has heard nothing for long. */
const LOOK_EVERY = 5_000;

interface Open {
  stream: StatusStream;
  admitted: Admitted;
}

/** The streams of this process. What happens to a return is read once for all who are told of it, and one timer serves all. */
@Injectable()
export class StatusStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(StatusStreams.name);
  private readonly open = new Map<string, Set<Open>>();
  private readonly reads: StreamReads;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private isEnding = false;

  constructor(
    private readonly statuses: StatusService,
    private readonly watch: ReturnWatch,
    private readonly places: StatusPlaces,
    private readonly admission: Admission,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'STATUS_HEARTBEAT'>,
  ) {
    this.reads = new StreamReads(statuses, (status) => this.tell(status));
  }

  /**
   * Answers with a stream that stays open. It is watched before it is read, so that nothing falls between.
   * @throws Problem when there is no place, or no submission of the return is known.
   */
  async answer(
    taxReturnId: string,
    missing: string,
    request: CalledRequest & { caller: KeyHolder },
    response: Response,
  ): Promise<void> {
    if (response.closed) return;
    const leave = this.places.take(request.caller);
    response.once('close', leave);
    mayTakeLong(request);
    const open = { stream: new StatusStream(response), admitted: admittedBy(request) };
    this.add(taxReturnId, open, response);
    const status = await this.statuses.of(taxReturnId);
    if (response.closed) return;
    if (!status) throw Problem.notFound(missing);
    if (this.isEnding || request.method === 'HEAD') {
      // A client that gets no stream stays away for good; from one that ends it comes again, to a process that goes on.
      greet(response);
      response.end();
      return;
    }
    open.stream.begin(eventOf(status), tagIn(request.get('last-event-id')));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    clearInterval(this.timer);
    for (const { stream } of this.all()) stream.end();
    await this.looking;
  }

  private add(taxReturnId: string, open: Open, response: Response): void {
    const streams = this.open.get(taxReturnId) ?? new Set();
    this.open.set(taxReturnId, streams.add(open));
    const stopWatching = this.watch.watch(taxReturnId, (revision) => {
      if (open.stream.isBehind(revision)) this.reads.want(taxReturnId);
    });
    this.timer ??= setInterval(() => this.look(), Math.min(LOOK_EVERY, this.settings.STATUS_HEARTBEAT));
    response.once('close', () => {
      stopWatching();
      streams.delete(open);
      if (streams.size === 0 && this.open.get(taxReturnId) === streams) this.open.delete(taxReturnId);
      if (this.open.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }

  private tell(status: KnownStatus): void {
    const event = eventOf(status);
    for (const { stream } of this.open.get(status.taxReturnId) ?? []) stream.offer(event);
  }

  /** Who has heard nothing for long hears that all is well. */
  private look(): void {
    // A look that hangs on Postgres keeps no stream silent.
    for (const { stream } of this.all()) stream.keepAlive(this.settings.STATUS_HEARTBEAT);
    this.looking ??= this.lookAtAll().finally(() => (this.looking = undefined));
  }

  /** Whose key has ended hears no more. */
  private async lookAtAll(): Promise<void> {
    const streams = this.all();
    const admitted = new Map(streams.map((open) => [nameOf(open.admitted), open.admitted]));
    const holds = new Map<string, boolean>();
    for (const [name, one] of admitted)
      try {
        holds.set(name, await this.admission.holds(one, 'status'));
      } catch (error) {
        this.logger.warn({
          message: 'Nobody could see whether a stream may stay open; it is looked again',
          err: error,
        });
      }
    for (const { stream, admitted } of streams) if (holds.get(nameOf(admitted)) === false) stream.end();
  }

  private all(): Open[] {
    return [...this.open.values()].flatMap((streams) => [...streams]);
  }
}

function eventOf(status: KnownStatus): StatusEvent {
  const tag = tagOf(status.revision);
  return {
    revision: BigInt(status.revision),
    tag,
    text: `event: status\nid: ${tag}\ndata: ${JSON.stringify(statusBody(status))}\n\n`,
  };
}

function nameOf({ keyId, session = '' }: Admitted): string {
  return `${keyId} ${session}`;
}

/** Some clients leave quotation marks away. */
function tagIn(lastEventId: string | undefined): string | undefined {
  return lastEventId === undefined ? undefined : `"${lastEventId.trim().replaceAll('"', '')}"`;
}
