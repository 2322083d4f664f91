// Those that one audit finds for certain, or none ever does: the validator's real probe over HTTP against each of them.
import type { Options } from '../gpu-runners/adversaries/behaviour.ts';
import { behaviourNames, behaviours, type BehaviourName, type BehaviourRow } from '../gpu-runners/adversaries/table.ts';
import { ZERO32, concat, u32 } from '../protocol/bytes.ts';
import { KIND_PRESENCE } from '../protocol/challenge.ts';
import { countReports } from '../protocol/consensus/counts.ts';
import { tallyRows } from '../protocol/consensus/tally.ts';
import type { GpuClass } from '../protocol/policy.ts';
import { verdictOf } from '../protocol/verdict.ts';
import { withNodes } from '../test/system/cast.ts';
import { SEAT, prober, type Asked, type Target } from '../test/system/prober.ts';
import { OTHER_KEY, OTHER_OPERATOR } from '../test/unit/runner/rig.ts';
import { Z_999, wilson } from './chance.ts';
import { foundOf, type Found } from './zoo-found.ts';

const RIVAL = { operator: OTHER_OPERATOR, key: OTHER_KEY };
const PERIOD_MS = 2_000;
const OPEN = { openDeadlineMs: 30_000, proofPpm: 930_572 };

function tiny(deadlineMs: number, floor = 0): GpuClass {
  const gemm = { rows: 8, columns: 512, depth: 64, rounds: 2, openings: 8, floorOpsPerSecond: floor };
  const vram = { pages: 200, cacheRows: 256, parents: 4, passes: 2, openings: 8, floorBytesPerSecond: floor };
  return {
    name: 'tiny',
    gemm: { ...gemm, ...OPEN, commitDeadlineMs: deadlineMs },
    vram: { ...vram, ...OPEN, fillDeadlineMs: deadlineMs, passDeadlineMs: deadlineMs },
  };
}

/** Probes of each of its kinds in turn. */
async function probes(name: BehaviourName, count: number, gpuClass: GpuClass, options: Partial<Options> = {}): Promise<Asked[]> {
  const { kinds }: BehaviourRow = behaviours[name];
  const { ask } = prober([SEAT, RIVAL]);
  return withNodes([{ name, options }], async ([target]) => {
    const asked: Asked[] = [];
    for (let i = 0; i < count; i++) asked.push(await ask({ target, gpuClass, kind: kinds[i % kinds.length] ?? 1 }));
    return asked;
  });
}

const kindsText = ({ kinds }: BehaviourRow): string => kinds.map((kind) => `K${String(kind)}`).join(', ');
const reasonsOf = (asked: readonly Asked[]): string[] => asked.map(({ reason }) => reason);

/** A new runner for each audit: what was never opened keeps one busy for a while. */
async function certain(name: BehaviourName, count: number): Promise<Found> {
  const row: BehaviourRow = behaviours[name];
  const late = row.reasons[0] === 'timeout';
  const floor = name === 'overclaims' ? Number.MAX_SAFE_INTEGER : 0;
  const gpuClass = tiny(late ? 1_500 : 30_000, floor);
  const { ask } = prober();
  const reasons: string[] = [];
  for (let i = 0; i < (late ? Math.min(4, count) : count); i++) {
    const kind = row.kinds[i % row.kinds.length] ?? 1;
    reasons.push((await withNodes([{ name }], ([target]) => ask({ target, gpuClass, kind }))).reason);
  }
  const isCaught = (reason: string): boolean => (row.reasons as readonly string[]).includes(reason);
  return foundOf({ name, asked: kindsText(row) }, reasons, 'every one', isCaught);
}

/** Presence and jobs at random times. */
async function flapping(count: number): Promise<Found> {
  const { ask } = prober();
  const reasons = await withNodes([{ name: 'flapping', options: { periodMs: PERIOD_MS } }], async ([target]) => {
    const found: string[] = [];
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setTimeout(resolve, -200 * Math.log(1 - Math.random())));
      found.push((await ask({ target, gpuClass: tiny(30_000), kind: KIND_PRESENCE })).reason);
    }
    return found;
  });
  const { low, high } = wilson(reasons.filter((reason) => reason !== 'none').length, reasons.length, Z_999);
  const aim = { text: 'down 50 % of the time', met: low <= 0.5 && 0.5 <= high };
  return foundOf({ name: 'flapping', asked: 'K5 at random times' }, reasons, aim);
}

/** What the consensus rule makes of a window in which it always had an excuse. */
async function hog(count: number, busyPpm: number): Promise<Found> {
  const asked = await probes('busy-hog', count, tiny(30_000), { rival: RIVAL });
  const rows = asked.map(({ reason, due, ...rest }, draw) => ({
    ...{ epoch: 7, slot: 0, draw, validator: SEAT.operator, nodeIndex: 0, nodeId: due.node.nodeId, kind: due.draw.kind },
    ...{ ...rest, ...verdictOf(reason), freshnessRound: 1, transcriptHash: ZERO32 },
  }));
  const report = { epoch: 7, validator: SEAT.operator, reportHash: ZERO32, due: count, done: count, tallies: tallyRows(rows) };
  const failures = countReports(1, [[report]], busyPpm).network[0] ?? 0;
  const excused = Math.floor((count * busyPpm) / 1_000_000) + 1;
  const aim = { text: `all but ${String(excused)} count as failures`, met: failures === count - excused };
  const counted = reasonsOf(asked).map((reason, i) => (i < count - failures ? `${reason}, excused` : `${reason}, a failure`));
  return foundOf({ name: 'busy-hog', asked: 'K1, K2 in one window' }, counted, aim, (reason) => reason.endsWith('failure'));
}

async function proxied(count: number): Promise<Found> {
  const { ask } = prober();
  const through = async (upstream: Target): Promise<string[]> =>
    withNodes([{ name: 'proxy', options: { forwardTo: upstream.url } }], async ([front]) => {
      const reasons: string[] = [];
      for (let i = 0; i < count; i++) {
        const asked = await ask({ target: { ...upstream, url: front.url }, gpuClass: tiny(30_000), kind: 1 + (i % 2) });
        reasons.push(asked.reason);
      }
      return reasons;
    });
  const reasons = await withNodes([{ name: 'honest' }], ([upstream]) => through(upstream));
  return foundOf({ name: 'proxy', asked: 'K1, K2' }, reasons, 'none');
}

/** Audits, and a customer's job after each: the same one, whose result can be one only. */
async function detector(count: number): Promise<Found> {
  const { ask } = prober();
  const answers = new Set<string>();
  const reasons = await withNodes([{ name: 'audit-detector' }], async ([target]) => {
    const found: string[] = [];
    for (let i = 0; i < count; i++) {
      found.push((await ask({ target, gpuClass: tiny(30_000), kind: 1 + (i % 2) })).reason);
      const body = Uint8Array.from(concat(u32(256), u32(64)));
      const answer = await fetch(`${target.url}/work`, { method: 'POST', body });
      answers.add(Buffer.from(await answer.arrayBuffer()).toString('base64'));
    }
    return found;
  });
  const met = answers.size === count && reasons.every((reason) => reason === 'none');
  const text = `none; one customer's job has ${String(answers.size)} results in ${String(count)}`;
  return foundOf({ name: 'audit-detector', asked: 'K1, K2' }, reasons, { text, met });
}

/** @param busyPpm of the network's policy: the part of its jobs that a node may be busy for */
export async function byProbes(quick: boolean, busyPpm: number, say: (text: string) => void): Promise<Found[]> {
  const count = quick ? 2 : 10;
  const names = behaviourNames.filter((name) => {
    const { setting, detection }: BehaviourRow = behaviours[name];
    return setting === 'alone' && detection === 'certain';
  });
  const found: Found[] = [];
  for (const name of names) {
    say(`zoo: ${name}`);
    found.push(await certain(name, count));
  }
  say('zoo: flapping, busy-hog, proxy, audit-detector');
  found.push(await flapping(quick ? 10 : 100), await hog(quick ? 4 : 126, busyPpm));
  found.push(await proxied(quick ? 4 : 200), await detector(quick ? 4 : 200));
  return found;
}
