import type { Request } from 'express';

/** Whatever says that somebody else asked, and another only passed it on: a proxy, a load balancer, a tunnel. */
const PASSED_ON =
  /forward|prox(?:y|ied)|(?:client|real|remote|connecting|source|user|socket|external|originating)-?(?:ip|addr)|^(?:via|max-forwards|front-end-https|cdn-loop|x-(?:scheme|url-scheme|varnish|original-.*|envoy-.*|amzn-.*|arr-.*|azure-.*|appengine-.*|vercel-.*|nf-.*|haproxy-.*|traefik-.*|cloud-trace-context)|(?:akamai|cf|fastly|fly|tailscale)-.*)$/;

/** How a browser here calls a server here. */
const LOCAL = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether somebody asks who sits at the machine itself: over loopback, by a name that is never anybody else's (a site may let its
 * own name lead here), and passed on by nobody. A proxy that says nothing of itself and keeps no name looks the same, so what this
 * opens stays closed unless a setting asks for it.
 */
export function isAtTheMachine({ socket, headers }: Request): boolean {
  return (
    /^(::1|(::ffff:)?127\.)/.test(socket.remoteAddress ?? '') &&
    LOCAL.test((headers.host ?? '').toLowerCase().replace(/:\d+$/, '')) &&
    !Object.keys(headers).some((name) => PASSED_ON.test(name))
  );
}
