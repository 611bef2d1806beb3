import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { environmentExample, settingsPage } from './settings.reference.js';

it.each([
  ['docs/settings.md', settingsPage],
  ['.env.example', environmentExample],
])('%s says what the settings are now: run npm run settings', (file, written) => {
  expect(readFileSync(file, 'utf8')).toBe(written());
});
