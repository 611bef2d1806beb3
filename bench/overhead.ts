import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../apps/local/src/embedded/free-port.js';
import { processorSecondsOfOurs, settle } from './end-to-end.js';
import type { Report } from './figure.js';
import { World, type Backend, type Servers } from './world.js';

/** Each way is measured as often, in turns: what others do on the machine changes by the minute. */
const ROUNDS = 3;

/** What it costs to be watched: processor time a mail with neither metrics nor traces, with metrics, and with both. */
export async function overhead(
  servers: Servers,
  backend: Backend,
  mails: number,
  report: Report,
): Promise<void> {
  const collector = await startCollector();
  const metrics = { METRICS_PORT: String(await freePort()) };
  const traces = (share: string) => ({
    ...metrics,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: share,
  });
  const ways: [name: string, settings: Record<string, string>][] = [
    ['nothing', {}],
    ['metrics', metrics],
    ['metrics and a hundredth of the traces', traces('0.01')],
    ['metrics and all traces', traces('1')],
  ];
  const seconds = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, settings] of ways) {
      const world = await World.make(servers, backend);
      const { processor } = await settle(world, { processes: 1, mails, options: { settings } });
      await world.stop();
      seconds.set(name, [...(seconds.get(name) ?? []), processorSecondsOfOurs(processor)]);
    }
  collector.stop();
  const middleOf = (name: string) => middle(seconds.get(name) ?? []);
  for (const [name] of ways)
    report.add({
      name: `watched by ${name}: CPU in all`,
      value: (middleOf(name) / mails) * 1000,
      unit: 'ms/mail',
      against: 'nothing',
      ratio: middleOf(name) / middleOf('nothing'),
    });
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Takes traces and forgets them. It shares its process with the bench, which is in no figure. */
async function startCollector(): Promise<{ url: string; stop: () => void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
