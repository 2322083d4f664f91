// A region's requests share its object's connections: who waits for one is not timed, and is not sent when its time is up.
import { expect, it } from 'vitest';
import { PROBES_IN_FLIGHT_MAX } from '../../../workers/limits.ts';
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
      prepare: async () => clock.until(clock.nowMs() + 30), // a name that had to be looked up
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
  const replies = await clock.run(Promise.all(Array.from({ length: 14 }, () => ask(START + 160))));
  expect(replies.map((reply) => reply !== null)).toEqual(replies.map((_, place) => place < 6));
  expect(sent).toHaveLength(6);
});
