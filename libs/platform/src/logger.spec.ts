import { describe, expect, it } from 'vitest';
import { JsonLogger } from './logger.js';

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
});
