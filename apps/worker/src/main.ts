import { runProcess } from '#libs/platform/index.js';
import { workerProcess } from './worker.module.js';

await runProcess(workerProcess);
