/** Writes the dashboard for Grafana from its description. A test fails when it is not what that says. */
import { writeFileSync } from 'node:fs';
import { importSource } from './typescript-source.mjs';

const { dashboardJson } = await importSource('deploy/grafana/dashboard.ts');
writeFileSync('deploy/grafana/return-receipt.json', dashboardJson());
