// Whether the largest network fits: everybody's archives fetched and replayed before the rounds begin, in the processor time and with the
// subrequests that the platform gives a tick.
import { describe, expect, it } from 'vitest';
import { SEATS_MAX } from '../../../../protocol/consensus/weights.ts';
import { shippedPolicies } from '../../../../schema/policy/shipped.ts';
import * as limits from '../../../../workers/limits.ts';

// wrangler's own types name packages that it does not install, so the shape is said here.
const wrangler: unknown = await import('wrangler');
const { unstable_readConfig } = wrangler as {
  unstable_readConfig: (args: { config: string }) => { limits?: { cpu_ms?: number } };
};
const CPU_MS = unstable_readConfig({ config: 'wrangler.toml' }).limits?.cpu_ms ?? 0;

/** The platform's largest for one invocation (paid plan). */
const CPU_MS_MAX = 300_000;
const SUBREQUESTS_MAX = 10_000;
const TICK_SECONDS = 60;
/** Processor time of the replay of one transcript of class h100, in full, seconds; docs/benchmarks.md has the machine. */
const REPLAY_SECONDS = 0.75;

const network = shippedPolicies.find(({ name }) => name === 'network');

describe('limits of mirroring', () => {
  it('all seats of a full set are replayed before round 0, in the time that ticks give it', () => {
    const { mirrorSeconds, replayTranscripts } = network?.consensus ?? { mirrorSeconds: 0, replayTranscripts: 1 };
    const usable = Math.floor(mirrorSeconds / TICK_SECONDS) * (limits.MIRROR_TICK_MS_MAX / 1000);
    expect(SEATS_MAX * replayTranscripts * REPLAY_SECONDS).toBeLessThanOrEqual(usable);
  });

  it('each transcript of one archive fits into a few of its tries', () => {
    const tries = ((network?.consensus.replayTranscripts ?? 0) * REPLAY_SECONDS * 1000) / limits.MIRROR_ARCHIVE_MS_MAX;
    expect(tries).toBeLessThanOrEqual(1);
  });

  it('a tick that replays all the time stays within its processor time', () => {
    expect(CPU_MS).toBeLessThanOrEqual(CPU_MS_MAX);
    expect(2 * (limits.MIRROR_TICK_MS_MAX + limits.MIRROR_ARCHIVE_MS_MAX)).toBeLessThan(CPU_MS);
  });

  it('a tick’s subrequests stay below what an invocation may make, although nobody but the last one asked has anything', () => {
    const { replayTranscripts } = network?.consensus ?? { replayTranscripts: Number.POSITIVE_INFINITY };
    // A manifest, a few chunks and the sample: each looked for here, asked of the owner and of others, and put away; a mark each.
    const objects = 1 + 4 + replayTranscripts;
    const fetches = objects * (1 + 1 + limits.MIRROR_SOURCES_MAX + 1 + 2);
    expect(limits.MIRROR_SOURCES_MAX).toBeLessThan(SEATS_MAX);
    // So many archives can be worked on in a tick when each takes what its replay takes; the rest waits for the next one.
    const archives =
      Math.ceil(limits.MIRROR_TICK_MS_MAX / 1000 / (replayTranscripts * REPLAY_SECONDS)) + limits.MIRRORS_IN_FLIGHT_MAX;
    expect(archives * fetches).toBeLessThan(SUBREQUESTS_MAX);
  });

  it('leaves get more time than a word does, and a search for them ends within a tick', () => {
    expect(limits.LEAVES_DEADLINE_MS).toBeGreaterThan(limits.PEER_DEADLINE_MS);
    expect(limits.LEAVES_SEARCH_MS_MAX + limits.LEAVES_DEADLINE_MS).toBeLessThan(1000 * TICK_SECONDS);
  });
});
