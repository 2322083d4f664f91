// A region's requests share its object's connections: who waits for one is not timed, and is not sent when its time is up.
import { expect, it } from 'vitest';
import { httpTransport } from '../../../workers/adapters/http-transport.ts';
import { LOOK_UP_MS_MAX, PROBES_IN_FLIGHT_MAX, RESOLVE_TIMEOUT_MS } from '../../../workers/limits.ts';
import { postFromRegion, type RegionPorts } from '../../../workers/services/region.ts';
import { semaphore } from '../../../workers/services/semaphore.ts';
import { virtualClock } from './clock.ts';

const START = 1_790_000_000_000;
const TAKES_MS = 100;

function region() {
  const clock = virtualClock(START);
  const sent: number[] = [];
  const ports: RegionPorts = {
    clock,
    places: semaphore(PROBES_IN_FLIGHT_MAX),
    transport: {
      prepare: async () => clock.until(clock.nowMs() + 30).then(() => true), // a name that had to be looked up
      post: async (_url, _path, body) => {
        sent.push(clock.nowMs());
        await clock.until(clock.nowMs() + TAKES_MS);
        return { ok: true, bytes: body };
      },
    },
  };
  const ask = (sendBeforeMs: number) => {
    const limits = { bytesMax: 164, deadlineMs: 800, sendBeforeMs };
    return postFromRegion(ports, { url: 'https://n.example', path: '/v1/challenges', body: Uint8Array.of(1), limits });
  };
  return { clock, sent, ask };
}

it('times each from its sending, not from its coming', async () => {
  const { clock, sent, ask } = region();
  const replies = await clock.run(Promise.all(Array.from({ length: 14 }, () => ask(START + 10_000))));
  expect(new Set(replies.map((reply) => reply?.elapsedMs))).toEqual(new Set([TAKES_MS]));
  const turns = Map.groupBy(sent, (at) => at - START);
  expect([...turns].map(([at, together]) => [at, together.length])).toEqual([
    [30, 6],
    [160, 6],
    [290, 2],
  ]);
});

it('sends nothing that would come too late, and the others all the same', async () => {
  const { clock, sent, ask } = region();
  const replies = await clock.run(Promise.all(Array.from({ length: 14 }, () => ask(START + 130))));
  expect(replies.map((reply) => reply !== null)).toEqual(replies.map((_, place) => place < 6));
  expect(sent).toHaveLength(6);
});

/** A region that takes so long to look the node's name up, and finds nothing. */
async function nameless(lookUpMs: number, busyMs = 0) {
  const clock = virtualClock(START);
  const resolve = async (): Promise<string[]> => clock.until(clock.nowMs() + lookUpMs).then(() => []);
  const ports: RegionPorts = { clock, places: semaphore(1), transport: httpTransport(new Set(), resolve) };
  void ports.places.run(1, () => clock.until(START + busyMs));
  const limits = { bytesMax: 164, deadlineMs: 5000, sendBeforeMs: START + 2000 };
  const request = { url: 'https://n.example', path: '/v1/challenges', body: Uint8Array.of(1), limits };
  return clock.run(postFromRegion(ports, request));
}

it('a name server that never answers makes its node unreachable, and is no delay of ours', async () => {
  for (const busyMs of [0, 1999]) {
    const reply = await nameless(RESOLVE_TIMEOUT_MS, busyMs);
    expect(reply?.answer).toEqual({ ok: false, reason: 'unreachable' });
  }
});

it('a look-up that outlasts its own limit is a delay of ours, and so is a connection that came too late', async () => {
  expect(await nameless(LOOK_UP_MS_MAX + 1)).toBeNull();
  expect(await nameless(0, 2000)).toBeNull();
});
