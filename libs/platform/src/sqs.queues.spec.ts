import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { queueSettings, readSettingsOf } from './settings.js';

const queues = Object.values(readSettingsOf(queueSettings, {}));

it('docker compose makes every queue that must be there, and no other', () => {
  const script = readFileSync('tools/compose-resources.sh', 'utf8');
  const [, names = ''] = /^for name in (.*); do$/m.exec(script) ?? [];
  expect(names.split(' ')).toEqual(queues);
});

it('whoever runs it is told of every queue that must be there', () => {
  const [row = ''] = /^\| SQS .*$/m.exec(readFileSync('docs/running.md', 'utf8')) ?? [];
  for (const queue of queues) expect(row).toContain(`\`${queue}\``);
});
