import { Injectable } from '@nestjs/common';

/** Which methods each path takes. Filled once, when all routes are known. */
@Injectable()
export class RouteTable {
  private routes: { path: RegExp; methods: string[] }[] = [];

  /** @param paths as OpenAPI writes them: `/v1/notifications/{id}`, with an object that has a member for each method. */
  learn(paths: Record<string, object>): void {
    this.routes = Object.entries(paths).map(([path, methods]) => ({
      path: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
      methods: Object.keys(methods).map((method) => method.toUpperCase()),
    }));
  }

  /** Empty when there is no such path. */
  methodsOf(path: string): string[] {
    return this.routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
  }
}
