import { runLocalStack } from './local.process.js';
import { whereEverythingIs } from './where.js';

await runLocalStack({ LOG_LEVEL: 'warn' }, (stack) => {
  const { started } = stack.parts;
  console.log(`
Return Receipt is running until Ctrl-C. Started here: ${started.join(', ') || 'nothing, all servers are yours'}.

${whereEverythingIs(stack)}
`);
  return Promise.resolve(undefined);
});
