import type { Environment, PrismaService } from '#libs/platform/index.js';
import { surroundings } from './surroundings.js';
import { NotDone } from './terminal.js';

/** The environment, and where it names no database, what leads to the local stack that runs from the data folder. */
export async function environment(): Promise<Environment> {
  const { env } = surroundings();
  if (env.DATABASE_URL) return env;
  const { dataPath } = await import('#apps/local/src/data-folder.js');
  const { runningStack } = await import('#apps/local/src/running.stack.js');
  const folder = dataPath(env);
  const local = runningStack(folder);
  if (!local)
    throw new NotDone(
      `Set DATABASE_URL to the database of the service. (No local stack runs from ${folder} either; npm start starts one.)`,
    );
  return { ...env, ...local, ENCRYPTION_KEYS: env.ENCRYPTION_KEYS || local.ENCRYPTION_KEYS };
}

/** Opens the database for a piece of work and closes it again. Needs the settings of the database only. */
export async function withDatabase<Result>(
  work: (prisma: PrismaService) => Promise<Result>,
): Promise<Result> {
  const { databaseSettings, PrismaService, readSettingsOf } = await import('#libs/platform/index.js');
  const prisma = new PrismaService(readSettingsOf(databaseSettings, await environment()));
  try {
    return await work(prisma);
  } finally {
    await prisma.$disconnect();
  }
}
