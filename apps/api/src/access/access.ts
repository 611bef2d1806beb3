import { Injectable, SetMetadata } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { Scope } from '#libs/keys/index.js';

/** What a route asks of its caller: a key with this scope, or nothing. */
export type Access = Scope | 'nothing';

const ACCESS = Symbol('access');
const LOOPBACK = Symbol('loopback');

/** The routes of this controller, or this route, need a key with this scope. */
export const NeedsScope = (scope: Scope) => SetMetadata<symbol, Access>(ACCESS, scope);

/** Anybody may call: only for what says nothing of taxpayers and costs nothing. */
export const NeedsNoKey = () => SetMetadata<symbol, Access>(ACCESS, 'nothing');

/** Who sits at the machine itself needs no key, unless PREVIEW_OPEN says never. */
export const OpenOnLoopback = () => SetMetadata(LOOPBACK, true);

/** Reads what the decorators above wrote. The route's own word counts before its controller's. */
@Injectable()
export class RouteAccess implements OnModuleInit {
  constructor(
    private readonly reflector: Reflector,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Undefined when nobody said. */
  of(targets: Targets): Access | undefined {
    return this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
  }

  isOpenOnLoopback(targets: Targets): boolean {
    return this.reflector.getAllAndOverride<boolean | undefined>(LOOPBACK, targets) === true;
  }

  /** @throws Error naming every route without a word on its access, so that none is served by oversight. */
  onModuleInit(): void {
    const silent = this.routes()
      .filter(({ targets }) => this.of(targets) === undefined)
      .map(({ name }) => name);
    if (silent.length > 0)
      throw new Error(
        `put @NeedsScope or @NeedsNoKey on these routes or their controllers: ${silent.join(', ')}`,
      );
  }

  private routes(): { name: string; targets: Targets }[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (!metatype) return [];
      const prototype = metatype.prototype as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ method, handler: prototype[method] }))
        .filter((route): route is { method: string; handler: Handler } => isRoute(route.handler))
        .map(({ method, handler }) => ({
          name: `${metatype.name}.${method}`,
          targets: [handler, metatype] satisfies Targets,
        }));
    });
  }
}

type Handler = (...args: unknown[]) => unknown;
type Targets = Parameters<Reflector['getAllAndOverride']>[1];

function isRoute(handler: unknown): handler is Handler {
  return typeof handler === 'function' && Reflect.hasMetadata(PATH_METADATA, handler);
}
