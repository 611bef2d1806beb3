/** Writes docs/settings.md and .env.example from the declaration of the settings. A test fails when they are not what it says. */
import { writeFileSync } from 'node:fs';
import { importSource } from './typescript-source.mjs';

const { environmentExample, settingsPage } = await importSource('libs/platform/src/settings.reference.ts');
writeFileSync('docs/settings.md', settingsPage());
writeFileSync('.env.example', environmentExample());
