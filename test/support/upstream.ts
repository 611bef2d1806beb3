import { UpstreamSimulator } from '#apps/local/src/embedded/upstream.js';
import type { Endpoint } from '#apps/local/src/embedded/upstream.js';
import { atEnd } from './at-end.js';

export { say } from '#apps/local/src/embedded/upstream.js';
export type { Endpoint } from '#apps/local/src/embedded/upstream.js';
export type FakeUpstream = UpstreamSimulator;

/** The upstream of the local stack, with one of its endpoints alone. It ends with the file of tests. */
export const FakeUpstream = {
  async start(endpoint: Endpoint = 'report'): Promise<UpstreamSimulator> {
    const upstream = await UpstreamSimulator.start({ endpoints: [endpoint] });
    atEnd(() => upstream.stop());
    return upstream;
  },
};
