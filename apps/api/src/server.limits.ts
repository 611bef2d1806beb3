import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that one process has at once: many times what load balancers and callers keep, and memory for all of them. */
const MOST_CONNECTIONS = 2_000;
/** Milliseconds in which the head of a request is there; Node looks every 30 s. */
const LONGEST_HEAD = 15_000;
/** Milliseconds that a request may take to come in: a stream of lines is as slow as the database. Other bodies: `hurryBodies`. */
const LONGEST_REQUEST = 3_600_000;
/** Milliseconds after which a connection on which nothing moves is closed. */
const LONGEST_SILENCE = 120_000;
/** Milliseconds: longer than clients and load balancers keep idle connections, so that it is never us who closes one in use. */
const KEPT_IDLE = 75_000;

/** Sets what the world may ask of a server, and lets it close when the requests that it has are answered. */
export function limitServer(server: Server): void {
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = LONGEST_HEAD;
  server.requestTimeout = LONGEST_REQUEST;
  server.keepAliveTimeout = KEPT_IDLE;
  server.setTimeout(LONGEST_SILENCE);
  waitForRequestsAlone(server);
}

/**
 * A server that closes waits for its connections, and to Node one that has said nothing yet, or half a head, is not idle: a
 * single one would hold the process until its patience ends. So those without a request are hung up.
 */
function waitForRequestsAlone(server: Server): void {
  /** The requests of each connection that are not answered yet. */
  const open = new Map<Socket, number>();
  const closeUnlessBusy = (socket: Socket) => {
    if (!server.listening && open.get(socket) === 0) socket.destroy();
  };
  server.on('connection', (socket: Socket) => {
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
    // Accepted in the moment of closing.
    closeUnlessBusy(socket);
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const requests = open.get(socket);
      // Where the caller hung up the connection went first, and is not to be kept for ever.
      if (requests === undefined) return;
      open.set(socket, requests - 1);
      // The answer is on its way to the kernel first.
      if (!server.listening) setImmediate(() => closeUnlessBusy(socket));
    });
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    const closing = close(done);
    for (const socket of open.keys()) closeUnlessBusy(socket);
    return closing;
  };
}
