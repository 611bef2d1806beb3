import { failToStart } from '#libs/platform/index.js';
import { startLocalStack } from './local.stack.js';
import type { LocalStack } from './local.stack.js';

/**
 * Starts the stack, does something with it, and ends all of it at the first Ctrl-C or SIGTERM. One that comes while it starts
 * waits until it has: else a Postgres of ours would go on alone. A second one ends the process at once.
 * @param work what it is started for. It resolves to the exit code if that is all, to nothing if the stack shall go on. Once
 * the end was asked for, what it complains of is of no interest: its servers go away under it.
 */
export async function runLocalStack(
  defaults: Record<string, string>,
  work: (stack: LocalStack) => Promise<number | undefined>,
): Promise<void> {
  const { isAsked, asked } = end();
  console.log('Starting what the service stands on, and the service …');
  try {
    const stack = await startLocalStack(defaults);
    try {
      process.exitCode = isAsked()
        ? 0
        : await Promise.race([asked, work(stack).then((code) => code ?? asked)]);
    } finally {
      setTimeout(() => process.exit(1), stack.settings.SHUTDOWN_WITHIN).unref();
      await stack.stop();
    }
    process.exit();
  } catch (error) {
    failToStart(error);
  }
}

/** Listens for the wish that the process ends. */
function end(): { isAsked: () => boolean; asked: Promise<number> } {
  let isAsked = false;
  const asked = new Promise<number>((resolve) => {
    const hear = () => {
      if (isAsked) process.exit(1);
      isAsked = true;
      console.log('\nStopping. What it stored stays.');
      resolve(0);
    };
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
  });
  return { isAsked: () => isAsked, asked };
}
