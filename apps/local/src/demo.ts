import { setTimeout as delay } from 'node:timers/promises';
import { DemoList } from './demo.list.js';
import { stories } from './demo.stories.js';
import type { Story } from './demo.stories.js';
import { DemoWorld } from './demo.world.js';
import type { Taxpayer } from './demo.world.js';
import type { Inbox } from './embedded/inbox.js';
import { runLocalStack } from './local.process.js';
import type { LocalStack } from './local.stack.js';
import { whereEverythingIs } from './where.js';

/**
 * Plays a season on the real service: registers tax returns, puts Direct File's messages on the queues, each twice, and
 * shows every event become a mail. Ends with exit code 0 (with `--once`) only if each expected mail arrived exactly once.
 */
await runLocalStack({ LOG_LEVEL: 'warn' }, async (stack) => {
  const isWhole = await play(stack);
  if (process.argv.includes('--once')) return isWhole ? 0 : 1;
  console.log(`\nIt goes on running until Ctrl-C.\n\n${whereEverythingIs(stack)}\n`);
  return undefined;
});

async function play(stack: LocalStack): Promise<boolean> {
  const { inbox, started } = stack.parts;
  if (!inbox)
    throw new Error('The demonstration counts the mails in its own inbox: unset SMTP_URL to run it.');
  console.log(`Started ${started.join(', ')}.`);
  const world = new DemoWorld(stack);
  const played = stories.filter(({ asksUpstream = false }) => !asksUpstream || world.playsUpstream);
  if (played.length < stories.length)
    console.log('\nNo story is played of who is asked about: UPSTREAM_URL leads to an upstream of yours.');
  console.log(`\nThe season of ${played.length} taxpayers. Each message goes on its queue twice:\n`);
  const cast = played.map((story) => ({
    story,
    who: world.taxpayer(story.name, story.language, story.address ?? true),
  }));
  const end = new AbortController();
  const listed = cast.filter(({ story }) => story.isListed).map(({ who }) => who);
  const season = Promise.all(cast.map(({ story, who }) => story.happens(world, who)))
    .then(() => new DemoList(stack.app).tell(listed))
    .then(() => settled(world, cast))
    .finally(() => end.abort());
  try {
    await Promise.all([season, show(world, cast, end.signal)]);
    return await report(world, cast, inbox);
  } finally {
    world.close();
  }
}

type Cast = { story: Story; who: Taxpayer }[];

/** Prints each change of a notification of this run as it happens. */
async function show(world: DemoWorld, cast: Cast, end: AbortSignal): Promise<void> {
  const seen = new Map<string, string>();
  const began = Date.now();
  let last = false;
  while (!last) {
    last = end.aborted;
    for (const { id, taxReturnId, template, state } of (
      await world.notifications({ since: world.since.toISOString() })
    ).reverse()) {
      const name = cast.find(({ who }) => who.taxReturnId === taxReturnId)?.who.name;
      if (!name || seen.get(id) === state) continue;
      seen.set(id, state);
      console.log(
        `${((Date.now() - began) / 1000).toFixed(2).padStart(7)} s  ${name.padEnd(34)}${template.padEnd(18)}${state}`,
      );
    }
    await delay(40);
  }
}

/** Waits until every expected mail is handed over, and until nothing is left that could still make another. */
async function settled(world: DemoWorld, cast: Cast): Promise<void> {
  await Promise.all(
    cast.flatMap(({ story, who }) => story.expects.map((template) => world.told(who, template))),
  );
  await world.quiet();
}

/** Compares the inbox with what each taxpayer had to be told. A mail's Message-ID names its notification. */
async function report(world: DemoWorld, cast: Cast, inbox: Inbox): Promise<boolean> {
  const mails = await inbox.messages();
  const asked = await world.notifications({ since: world.since.toISOString() });
  console.log('');
  const results = cast.map(({ story, who }) => {
    const arrived = mails
      .filter((mail) => who.email !== null && mail.to.includes(who.email))
      .map(
        (mail) => asked.find(({ id }) => mail.messageId.includes(id))?.template ?? 'a mail nobody asked for',
      );
    const isRight = String(arrived.toSorted()) === String(story.expects.toSorted());
    const what = arrived.length > 0 ? arrived.join(', ') : 'nothing, and that is on record';
    console.log(
      `${isRight ? 'ok  ' : 'FAIL'} ${who.name.padEnd(34)}${what}${isRight ? '' : ` (expected ${story.expects.join(', ') || 'nothing'})`}`,
    );
    return isRight;
  });
  console.log(
    '\nEvery message was on its queue twice, and the list came twice. ' +
      (results.every(Boolean) ? 'Every mail arrived once.' : 'Not every mail arrived once.'),
  );
  return results.every(Boolean);
}
