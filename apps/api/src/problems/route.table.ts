import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** As much of Express as tells which routes it has. Its types are of an older release. */
interface Routing {
  router: { stack: { match(path: string): boolean; route?: { stack: { method: string }[] } }[] };
}

/** Which methods each path takes, as Express has them. */
@Injectable()
export class RouteTable {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Empty when there is no such path, be it one that nobody can read. */
  methodsOf(path: string): string[] {
    if (!isReadable(path)) return [];
    const { router } = this.host.httpAdapter.getInstance<Routing>();
    const routes = router.stack.filter((layer) => layer.route && layer.match(path));
    const methods = routes.flatMap(
      ({ route }) => route?.stack.map(({ method }) => method.toUpperCase()) ?? [],
    );
    return [...new Set(methods)];
  }
}

/** Can what is escaped in a path be read? */
export function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
