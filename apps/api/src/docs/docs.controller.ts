import { Controller, Get, Header, Param } from '@nestjs/common';
import { MESSAGES, messageSchema } from '#libs/notifications/index.js';
import { NeedsNoKey } from '../access/access.js';
import { Problem } from '../problems/problem.js';
import { PROBLEM_KINDS } from '../problems/problem.kinds.js';
import { problemPage } from './problem.page.js';

/** What stands beside the OpenAPI document: schemas of queue messages, and what each kind of problem means. No key. */
@Controller()
@NeedsNoKey()
export class DocsController {
  @Get('docs/schemas/:file')
  @Header('Content-Type', 'application/schema+json')
  schema(@Param('file') file: string) {
    const message = MESSAGES.find(({ name }) => file === `${name}.json`);
    if (message) return messageSchema(message);
    throw Problem.notFound(
      `There is no such schema. There are ${MESSAGES.map(({ name }) => `${name}.json`).join(', ')}.`,
    );
  }

  @Get(['problems', 'problems/:kind'])
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
  problems(@Param('kind') wanted?: string): string {
    const kinds = wanted === undefined ? PROBLEM_KINDS : PROBLEM_KINDS.filter((kind) => kind === wanted);
    if (kinds.length === 0) throw Problem.notFound('There is no such problem. /problems lists them.');
    return problemPage(kinds);
  }
}
