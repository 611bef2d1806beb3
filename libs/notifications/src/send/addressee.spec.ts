import { expect, it } from 'vitest';
import { readSettings, Sealer } from '#libs/platform/index.js';
import { sealCodes } from '../returns/kept.codes.js';
import { Addressee } from './addressee.js';
import type { ClaimedNotification } from './claim.js';

const settings = readSettings({
  DATABASE_URL: 'postgresql://nobody@localhost/none',
  SMTP_URL: 'smtp://localhost',
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
});
const sealer = new Sealer(settings);
const addressee = new Addressee(sealer, settings);

it.each([
  [`${'a'.repeat(999)}🙂b`, 'a'.repeat(999)],
  [`${'a'.repeat(998)}🙂b`, `${'a'.repeat(998)}🙂`],
  [`${'a'.repeat(998)}👩‍👩‍👧b`, 'a'.repeat(998)],
  [`${'a'.repeat(998)}e\u0301b`, `${'a'.repeat(998)}e\u0301`],
  [`${'a'.repeat(999)}e\u0301b`, 'a'.repeat(999)],
  ['said\ud83d and done', 'said\ufffd and done'],
  ['said\u0000 and done', 'said and done'],
])('a rejection in %j is told whole, with no half of a character', (said, told) => {
  const rejectionCodes = sealCodes(sealer, 's', [{ MeFErrorCode: 'F1040-999', MeFDescription: said }]);
  const claimed = { taxReturnId: 'a', context: null, rejectionCodes } as unknown as ClaimedNotification;
  expect(addressee.contextOf(claimed)).toMatchObject({
    rejectionCodes: [{ code: 'F1040-999', description: told }],
  });
});
