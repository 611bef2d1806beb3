import { Socket } from 'node:net';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { alsoConcerning, concerning, concerningNobody } from './concern.js';
import { JsonLogger } from './logger.js';
import { errorText } from './plain.errors.js';

function logged(use: (logger: JsonLogger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  use(new JsonLogger('debug', (line) => lines.push(line)));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  it('holds no address, wherever it was put', () => {
    const lines = logged((logger) => {
      logger.log('mail to taxpayer@example.com', 'Context');
      logger.warn(
        {
          message: 'refused',
          response: '550 <taxpayer@example.com>: no such user',
          to: ['taxpayer@example.com'],
        },
        'Context',
      );
      logger.error(new Error('could not reach taxpayer+tag@sub.example.com'));
      logger.error(
        { message: 'failed', err: new Error('x', { cause: new Error('taxpayer@example.com') }) },
        'Context',
      );
    });
    expect(lines).toHaveLength(4);
    expect(JSON.stringify(lines)).not.toMatch(/example\.com/);
  });

  it('holds of an error its type, message, stack, code and cause, and no client that hangs on it', () => {
    const client = new pg.Client({ password: 'a-password' });
    const socket = new Socket();
    const lost = Object.assign(new Error('the server has gone'), { code: '57P01', client });
    const told = { type: 'Error', message: 'the server has gone', code: '57P01' };
    const lines = logged((logger) => {
      logger.warn({ message: 'The send queue stumbled', err: lost }, 'SendProcessor');
      logger.error(lost);
      logger.error('It broke off', lost, 'Nest');
      logger.error({ message: 'Two of them', all: [{ error: lost }] });
      logger.error(new TypeError('no answer', { cause: Object.assign(lost, { socket }) }));
      logger.error(new Error('odd', { cause: client }));
    });
    expect(lines).toMatchObject([
      { message: 'The send queue stumbled', err: told },
      { message: 'the server has gone', err: told },
      { message: 'It broke off', err: told },
      { message: 'Two of them', all: [{ error: told }] },
      { err: { type: 'TypeError', message: 'no answer', cause: told } },
      { err: { type: 'Error', message: 'odd' } },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/a-password|"(client|socket|connection|_events)"/);
    for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(4_000);
  });

  it('says of several errors each', () => {
    const tries = new AggregateError([new Error('connect ::1:5432'), new Error('connect 127.0.0.1:5432')]);
    const errors = [{ message: 'connect ::1:5432' }, { message: 'connect 127.0.0.1:5432' }];
    expect(logged((logger) => logger.error(tries))).toMatchObject([{ err: { errors } }]);
    expect(errorText(tries)).toContain('Error: connect 127.0.0.1:5432');
  });

  it('goes round in no circle of causes', () => {
    const [one, other] = [new Error('one'), new Error('other')];
    one.cause = other;
    other.cause = one;
    expect(logged((logger) => logger.error(one))).toMatchObject([{ err: { cause: { message: 'other' } } }]);
    expect(errorText(one)).toContain('because of Error: other');
  });

  it('is JSON with message, context and the members given', () => {
    const [line] = logged((logger) =>
      logger.log({ message: 'Hand-over accepted', notificationId: 'n1' }, 'SendService'),
    );
    expect(line).toMatchObject({
      message: 'Hand-over accepted',
      notificationId: 'n1',
      context: 'SendService',
      level: 30,
    });
  });

  it('says what the work is about, whoever does it, and nothing of work beside it', async () => {
    const trace = 'a'.repeat(32);
    const lines: string[] = [];
    const logger = new JsonLogger('debug', (line) => lines.push(line));
    const mail = (notificationId: string, taxReturnId: string) =>
      concerning({ notificationId, traceparent: `00-${trace}-${'b'.repeat(16)}-01` }, async () => {
        await Promise.resolve();
        alsoConcerning({ taxReturnId });
        logger.log('sent');
        concerningNobody(() => logger.log('all of them'));
      });
    await concerning({ requestId: 'r1' }, () => Promise.all([mail('n1', 't1'), mail('n2', 't2')]));
    logger.log('nothing');
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const about = (n: number) => ({
      requestId: 'r1',
      notificationId: `n${n}`,
      taxReturnId: `t${n}`,
      traceId: trace,
    });
    expect(said.filter(({ message }) => message === 'sent')).toMatchObject([about(1), about(2)]);
    for (const line of said.filter(({ message }) => message !== 'sent'))
      expect(Object.keys(line)).toEqual(
        expect.not.arrayContaining(['requestId', 'notificationId', 'traceId']),
      );
  });
});
