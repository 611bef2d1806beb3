import { endOnSignal, failToStart } from '#libs/platform/index.js';
import { startLocalStack } from './local.stack.js';

try {
  const stack = await startLocalStack({ LOG_LEVEL: 'info' });
  endOnSignal(stack.app, stack.settings, () => stack.parts.stop());
  console.log(`
Return Receipt is running.
  API      ${stack.url}   (Authorization: Bearer ${stack.settings.API_KEY})
  On call  ${stack.url}/ops
  Preview  ${stack.url}/preview${stack.parts.inbox ? `\n  Inbox    ${stack.parts.inbox.webUrl}` : ''}
Started here: ${stack.parts.started.join(', ') || 'nothing, all servers are yours'}. Ctrl-C stops it; what it stored stays.
`);
} catch (error) {
  failToStart(error);
}
