import { Controller, Get } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { NeedsNoKey, NeedsScope, RouteAccess } from './access.js';

@Controller('open')
@NeedsNoKey()
class Open {
  @Get()
  read(this: void) {}

  @Get('more')
  @NeedsScope('read')
  readMore(this: void) {}
}

@Controller('silent')
class Silent {
  @Get()
  @NeedsScope('read')
  read() {}

  @Get('more')
  readMore() {}

  /** No route. */
  helper() {}
}

const start = (...controllers: (typeof Open | typeof Silent)[]) =>
  Test.createTestingModule({ imports: [DiscoveryModule], controllers, providers: [RouteAccess] })
    .compile()
    .then((module) => module.init());

it('a service with a route that says nothing of its access does not start, and names the route', async () => {
  await expect(start(Open, Silent)).rejects.toThrow(
    /on these routes or their controllers: Silent\.readMore$/,
  );
});

it("a route's own word counts before its controller's", async () => {
  const access = (await start(Open)).get(RouteAccess);
  expect(access.of([Open.prototype.read, Open])).toBe('nothing');
  expect(access.of([Open.prototype.readMore, Open])).toBe('read');
});
