import { join } from 'node:path';
import { ApiProcess } from '../test/support/api.process.js';
import { ServiceProcess } from '../test/support/service.process.js';
import { fillSubmissions } from './counts.js';
import { percentile, type Report } from './figure.js';
import { load, type Ask } from './http.load.js';
import { processorSeconds } from './processor.time.js';
import { World, type Backend, type Servers } from './world.js';

/** Processes that answer. */
const PROCESSES = 2;
const CONNECTIONS = 16;
const REQUESTS = 6_000;
/** Returns that are asked for again and again. */
const ASKED_OFTEN = 500;
/** Each is asked for once. */
const MISSES = 2_000;
/** The first one warms up and does not count; of the others the middle one does. */
const ROUNDS = 4;

interface Kind {
  name: string;
  expected: number;
  urls: string[];
  pids: number[];
  requests: number;
  ask: (round: number) => Ask;
}

interface Measured {
  rate: number;
  p99: number;
  cpu: number;
}

/**
 * What a poll costs that is answered from what is kept, one that is not, and one that hears 304, beside the framework that answers a
 * constant. By the clock, and in processor time of the processes that answer, which holds on a busy machine as well.
 */
export async function status(
  servers: Servers,
  backend: Backend,
  submissions: number,
  report: Report,
): Promise<void> {
  const world = await World.make(servers, backend);
  await fillSubmissions(world, submissions);
  const owners = await world.returns(ASKED_OFTEN + MISSES * ROUNDS);
  await world.sql('ANALYZE');
  await world.sql('CHECKPOINT');
  const file = (name: string) => join(servers.folder, `${name}.log`);
  const environment = { ...world.environment, PORT: '0', REQUESTS_PER_MINUTE: '1000000000' };
  const count = Array.from({ length: PROCESSES }, (_, index) => index);
  const apis = await Promise.all(
    count.map((index) =>
      ApiProcess.start(environment, file(`status-${backend}-api-${index}`), { livesLong: true }).ready(),
    ),
  );
  const bare = await Promise.all(
    count.map((index) =>
      new ServiceProcess({
        main: 'dist/bench/constant.js',
        livesLong: true,
        environment: {},
        logFile: file(`status-${backend}-constant-${index}`),
      }).ready(),
    ),
  );
  const key = `Authorization: Bearer ${world.environment.API_KEY ?? ''}`;
  const ofReturn = (id = '') => `GET /v1/tax-returns/${id}/status HTTP/1.1\r\n${key}`;
  const often = (index: number) => owners[index % ASKED_OFTEN];
  const ours = { expected: 200, urls: apis.map(({ url }) => url), pids: apis.map(({ pid }) => pid) };
  const kinds: Kind[] = [
    {
      name: 'the framework answers a constant',
      expected: 200,
      urls: bare.map((one) => /Ready on ([^"]+)"/.exec(one.log())?.[1] ?? ''),
      pids: bare.map(({ pid }) => pid),
      requests: REQUESTS,
      ask: () => () => 'GET /constant/1 HTTP/1.1',
    },
    { ...ours, name: 'hit', requests: REQUESTS, ask: () => (index) => ofReturn(often(index)?.taxReturnId) },
    {
      ...ours,
      name: 'hit by submission',
      requests: REQUESTS,
      ask: () => (index) => `GET /v1/submissions/${often(index)?.submissionId}/status HTTP/1.1\r\n${key}`,
    },
    {
      ...ours,
      name: '304',
      expected: 304,
      requests: REQUESTS,
      // As all of them are made: nothing has been told of them.
      ask: () => (index) => `${ofReturn(often(index)?.taxReturnId)}\r\nIf-None-Match: "1-0"`,
    },
    {
      ...ours,
      name: 'miss',
      requests: MISSES,
      ask: (round) => (index) => ofReturn(owners[ASKED_OFTEN + round * MISSES + index]?.taxReturnId),
    },
  ];
  const figures = await inTurns(kinds);
  const kept = backend === 'redis' ? 'kept in Redis' : 'without Redis';
  report.say(`status, ${kept}, ${submissions.toLocaleString('en')} submissions, ${PROCESSES} processes:`);
  const alone = figures.get(kinds[0]?.name ?? '');
  for (const [name, { rate, p99, cpu }] of figures) {
    const against = (value: number, other = Number.NaN) =>
      name === kinds[0]?.name ? {} : { against: 'the framework', ratio: value / other };
    report.add({
      name: `status, ${kept}, ${name}`,
      value: rate,
      unit: 'requests/s',
      ...against(rate, alone?.rate),
    });
    report.add({
      name: `status, ${kept}, ${name}: CPU`,
      value: cpu,
      unit: 'ms/request',
      ...against(cpu, alone?.cpu),
    });
    report.add({ name: `status, ${kept}, ${name}: p99`, value: p99, unit: 'ms' });
  }
  await Promise.all([...apis, ...bare].map((one) => one.terminate()));
  await world.stop();
}

/** Each kind in each round, so that none has the better half of a busy machine's hour. */
async function inTurns(kinds: Kind[]): Promise<Map<string, Measured>> {
  const rounds = new Map<string, Measured[]>(kinds.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { name, expected, urls, pids, requests, ask } of kinds) {
      const used = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
      const before = used();
      const { rate, waits } = await load(urls, requests, CONNECTIONS, ask(round), expected);
      const cpu = ((used() - before) * 1000) / requests;
      if (round > 0) rounds.get(name)?.push({ rate, p99: percentile(waits, 0.99), cpu });
    }
  const middle = (some: Measured[], of: (one: Measured) => number) => percentile(some.map(of), 0.5);
  return new Map(
    [...rounds].map(([name, some]) => [
      name,
      {
        rate: middle(some, ({ rate }) => rate),
        p99: middle(some, ({ p99 }) => p99),
        cpu: middle(some, ({ cpu }) => cpu),
      },
    ]),
  );
}
