/**
 * The framework alone: one route that answers a constant of the size of a status, no guard, no validation, nothing looked up.
 * `node dist/bench/constant.js` says where it is ready, as an API of ours does.
 */
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const CONSTANT = {
  status: 'Pending',
  translationKey: 'status.pending',
  rejectionCodes: [],
  createdAt: '2026-11-30T12:00:00.000+00:00',
};

@Controller()
class ConstantController {
  @Get('constant/:id')
  answer() {
    return CONSTANT;
  }
}

@Module({ controllers: [ConstantController] })
class ConstantModule {}

const app = await NestFactory.create(ConstantModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
console.log(JSON.stringify({ message: `Ready on ${await app.getUrl()}` }));
