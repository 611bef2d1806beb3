import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.js';
import { UpstreamSimulator } from './upstream.js';

let upstream: UpstreamSimulator;
beforeEach(async () => {
  upstream = await UpstreamSimulator.start({ otherwise: { status: 'processing' } });
});
afterEach(() => upstream.stop());

function ask(...ids: string[]): Promise<Response> {
  return fetch(`${upstream.url}/acknowledgements`, { method: 'POST', body: JSON.stringify({ ids }) });
}

async function told(...ids: string[]): Promise<Record<string, unknown>> {
  const { data } = (await (await ask(...ids)).json()) as {
    data: { id: string; attributes: { status: string } }[];
  };
  return Object.fromEntries(data.map(({ id, attributes }) => [id, attributes.status]));
}

function choose(id: string, behaviour: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ id, behaviour });
  return fetch(`${upstream.webUrl}/behaviours`, { method: 'POST', body, headers, redirect: 'manual' });
}

describe('the upstream, played', () => {
  it('says of an id what its last word asks for, and decides nothing else by itself', async () => {
    expect(await told('a.accepted', 'b-REJECTED', 'c.unknown', 'd', 'accepted')).toEqual({
      'a.accepted': 'accepted',
      'b-REJECTED': 'rejected',
      d: 'processing',
      accepted: 'processing',
    });
    const rejected = (await (await ask('b.rejected')).json()) as object;
    expect(rejected).toMatchObject({
      data: [{ attributes: { rejectionCodes: [{ MeFErrorCode: 'IND-031-04' }, {}] } }],
    });
  });

  it('says what was chosen on its page, which shows what was asked about and escapes it', async () => {
    await ask('<b>1</b>');
    const page = await (await fetch(upstream.webUrl)).text();
    expect(page).toContain('<td>&lt;b&gt;1&lt;/b&gt;</td>');
    expect(page).not.toContain('<b>1');
    expect((await choose('2', 'accepted', { origin: upstream.webUrl })).status).toBe(303);
    expect(await told('2', '3.rejected')).toEqual({ '2': 'accepted', '3.rejected': 'rejected' });
    await choose('3.rejected', 'processing');
    expect(await told('3.rejected')).toEqual({ '3.rejected': 'processing' });
  });

  it("takes no choice from somebody else's page, and none that it does not know", async () => {
    expect((await choose('4', 'accepted', { origin: 'http://elsewhere.example' })).status).toBe(403);
    const wrong = await choose('4', 'maybe');
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('accepted, rejected')]);
    expect(await told('4')).toEqual({ '4': 'processing' });
  });

  it('spoils the answer about all that are asked about with one that ends badly', async () => {
    expect((await ask('5', '6.error')).status).toBe(500);
    await expect(ask('5.accepted', '6.half').then((half) => half.text())).rejects.toThrow();
    const silent = ask('7.silent').then(
      ({ status }) => status,
      () => 'no answer',
    );
    await eventually(() => Promise.resolve(upstream.asked.includes('7.silent')), {
      because: 'a call that is heard',
    });
    await upstream.stop();
    expect(await silent).toBe('no answer');
  });
});
