// Those that only time finds. An honest runner is measured first, on this machine and in this run; the floor is 0.55 of its median, as a
// class's floor is 0.55 of what its data sheet promises. Then the honest one again at that floor, and everybody else.
import type { BehaviourName } from '../gpu-runners/adversaries/table.ts';
import { KIND_GEMM, KIND_VRAM } from '../protocol/challenge.ts';
import type { GpuClass } from '../protocol/policy.ts';
import type { AuditRow } from '../protocol/record.ts';
import { freePort, withNodes, type Cast } from '../test/system/cast.ts';
import { auditTogether, prober } from '../test/system/prober.ts';
import { spread, type Spread } from './measure.ts';
import { foundOf, type Found } from './zoo-found.ts';

export const FLOOR_SHARE = 0.55;
const DEADLINES = { proofPpm: 930_572, openDeadlineMs: 30_000 };

export type Floors = { readonly ops: number; readonly bytes: number };
/** What an honest runner reached. */
export type Honest = { readonly ops: Spread; readonly bytes: Spread; readonly ms: Readonly<Record<number, Spread>> };

function classWith({ ops, bytes }: Floors, quick: boolean, fillDeadlineMs = 60_000): GpuClass {
  const gemm = { rows: quick ? 64 : 1024, columns: 1024, depth: 512, rounds: 2, openings: 64 };
  const vram = { pages: quick ? 1024 : 24_576, cacheRows: 4096, parents: 64, passes: 4, openings: 64 };
  return {
    name: 'zoo',
    gemm: { ...gemm, ...DEADLINES, floorOpsPerSecond: ops, commitDeadlineMs: 60_000 },
    vram: { ...vram, ...DEADLINES, floorBytesPerSecond: bytes, fillDeadlineMs, passDeadlineMs: 60_000 },
  };
}

type Told = { readonly reasons: string[]; readonly measures: number[]; readonly ms: number[] };

async function asked(name: Cast['name'], kind: number, gpuClass: GpuClass, count: number): Promise<Told> {
  const { ask } = prober();
  return withNodes([{ name }], async ([target]) => {
    const told: Told = { reasons: [], measures: [], ms: [] };
    await ask({ target, gpuClass, kind }); // the first one packs matrices and compiles
    for (let i = 0; i < count; i++) {
      const { reason, measure, elapsedMs } = await ask({ target, gpuClass, kind });
      told.reasons.push(reason);
      told.measures.push(measure);
      told.ms.push(elapsedMs);
    }
    return told;
  });
}

const isSlow = (reason: string): boolean => reason === 'below_claim' || reason === 'timeout';

/** So many of one operator on one device, or each on its own, asked together by the validator's own path. */
async function together(cast: readonly Cast[], gpuClass: GpuClass, cohorts: number): Promise<AuditRow[][]> {
  return withNodes(cast, async (targets) => {
    const all: AuditRow[][] = [];
    for (let i = 0; i < cohorts; i++) all.push(await auditTogether(targets, gpuClass, KIND_VRAM));
    return all.slice(1); // the first one makes caches and compiles
  });
}

/** How long the device of a cohort takes for a job, whatever the machine's cores do; far above their noise. */
const DEVICE_MS = 500;
const SMALL = { pages: 1024, cacheRows: 256, parents: 4, passes: 4, openings: 64 };

/** A small job whose floor is that share of what a device of this speed reaches. */
function deviceClass(fillDeadlineMs: number): GpuClass {
  const perSecond = (1024 * SMALL.pages * SMALL.passes * DEADLINES.proofPpm) / (1000 * DEVICE_MS);
  const base = classWith({ ops: 0, bytes: Math.floor(perSecond * FLOOR_SHARE) }, true, fillDeadlineMs);
  return base.vram === null ? base : { ...base, vram: { ...base.vram, ...SMALL } };
}

type Group = {
  readonly name: BehaviourName | 'honest';
  readonly nodes: number;
  readonly cohorts: number;
  readonly port: number | null;
};

/** @returns one line for cohorts, one for their members */
async function cohort({ name, nodes, cohorts, port }: Group, gpuClass: GpuClass): Promise<Found[]> {
  const isHonest = name === 'honest';
  const options = { sharedDevice: port, deviceMs: DEVICE_MS };
  const cast = Array.from({ length: nodes }, () => ({ name: isHonest ? ('one-device' as const) : name, options }));
  const rows = await together(cast, gpuClass, cohorts + 1);
  const all = rows.map((members) => members.map(({ reason }) => reason));
  const worst = all.map((reasons) => reasons.find(isSlow) ?? reasons.find((reason) => reason !== 'none') ?? 'none');
  const asked = `K2, ${String(nodes)} together on ${isHonest ? `${String(nodes)} devices` : 'one device'}`;
  const least = isHonest ? 0 : nodes - 1;
  const met = all.every((reasons) => (isHonest ? !reasons.some(isSlow) : reasons.filter(isSlow).length >= least));
  const text = isHonest ? 'none' : `at least ${String(least)} of ${String(nodes)} each time`;
  return [
    foundOf({ name, asked: `${asked}: cohorts` }, worst, isHonest ? 'none' : 'every one', isSlow),
    foundOf({ name, asked: `${asked}: nodes` }, all.flat(), { text, met }, isSlow),
  ];
}

async function byCohorts(cohorts: number): Promise<Found[]> {
  const found = [...(await cohort({ name: 'honest', nodes: 2, cohorts: 2 * cohorts, port: null }, deviceClass(60_000)))];
  for (const name of ['one-device', 'slow-together'] as const) {
    for (const nodes of [2, 4]) {
      found.push(...(await cohort({ name, nodes, cohorts, port: await freePort() }, deviceClass(60_000))));
    }
  }
  const group = { name: 'one-memory' as const, nodes: 2, cohorts: Math.ceil(cohorts / 2), port: await freePort() };
  found.push(...(await cohort(group, deviceClass(3_000))));
  return found;
}

/** Two runners that compute at the same time on the cores of this machine: no aim, since the cores are not theirs alone. */
async function onTheseCores(gpuClass: GpuClass, cohorts: number): Promise<Found> {
  const rows = await together([{ name: 'honest' }, { name: 'honest' }], gpuClass, cohorts + 1);
  const reasons = rows.flatMap((members) => members.map(({ reason }) => reason));
  const aim = { text: 'none set: they share the cores with all else', met: true };
  return foundOf({ name: 'honest', asked: 'K2, two computing together on these cores: nodes' }, reasons, aim, isSlow);
}

async function measureHonest(quick: boolean, say: (text: string) => void): Promise<Honest> {
  const free = classWith({ ops: 0, bytes: 0 }, quick);
  say('zoo: how fast an honest runner is here');
  const [ops, bytes] = [
    await asked('honest', KIND_GEMM, free, quick ? 3 : 20),
    await asked('honest', KIND_VRAM, free, quick ? 3 : 20),
  ];
  const odd = [...ops.reasons, ...bytes.reasons].find((reason) => reason !== 'none');
  if (odd !== undefined) throw new Error(`An honest runner without a floor got "${odd}": nothing can be measured against it.`);
  return {
    ...{ ops: spread(ops.measures), bytes: spread(bytes.measures) },
    ms: { [KIND_GEMM]: spread(ops.ms), [KIND_VRAM]: spread(bytes.ms) },
  };
}

const times = (floors: Floors, by: number): Floors => ({
  ops: Math.floor(floors.ops * by),
  bytes: Math.floor(floors.bytes * by),
});

async function claims(floors: Floors, quick: boolean, count: number): Promise<Found[]> {
  const found: Found[] = [];
  for (const by of [2, 4]) {
    for (const kind of [KIND_GEMM, KIND_VRAM]) {
      const { reasons } = await asked('overclaims', kind, classWith(times(floors, by), quick), count);
      const what = { name: 'overclaims' as const, asked: `K${String(kind)}, a class ${String(by)} times as fast` };
      found.push(foundOf(what, reasons, 'every one', isSlow));
    }
  }
  return found;
}

export async function byTime(
  quick: boolean,
  say: (text: string) => void,
): Promise<{ honest: Honest; floors: Floors; found: Found[] }> {
  const honest = await measureHonest(quick, say);
  const floors = times({ ops: honest.ops.median, bytes: honest.bytes.median }, FLOOR_SHARE);
  const gpuClass = classWith(floors, quick);
  const count = quick ? 2 : 20;
  const found: Found[] = [];
  for (const kind of [KIND_GEMM, KIND_VRAM]) {
    const { reasons } = await asked('honest', kind, gpuClass, 2 * count);
    found.push(foundOf({ name: 'honest', asked: `K${String(kind)} at the floor` }, reasons, 'none', isSlow));
  }
  for (const name of ['regenerates-half', 'regenerates', 'host-offload'] as const) {
    say(`zoo: ${name}`);
    const { reasons } = await asked(
      name,
      KIND_VRAM,
      gpuClass,
      name === 'regenerates-half' ? count : Math.ceil(count / (name === 'regenerates' ? 2 : 4)),
    );
    found.push(foundOf({ name, asked: 'K2 at the floor' }, reasons, 'every one', isSlow));
  }
  say('zoo: overclaims');
  found.push(...(await claims(floors, quick, Math.ceil(count / 2))));
  say('zoo: cohorts');
  found.push(await onTheseCores(gpuClass, quick ? 1 : 5), ...(await byCohorts(quick ? 1 : 8)));
  return { honest, floors, found };
}
