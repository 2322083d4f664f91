// A network's tables without a network: nodes, seats, archives, roots with real trees, scores, read models and incidents, as they would be
// after so many epochs. For pages in a real browser and for measurements; what goes over the wire is held elsewhere.
import { rootsOf } from '../../protocol/consensus/leaves.ts';
import { rootHash } from '../../protocol/consensus/root.ts';
import { reportSetHash, sortEntries } from '../../protocol/consensus/sets.ts';
import type { EpochRoot } from '../../protocol/consensus/types.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { policyHash } from '../../protocol/policy.ts';
import { epochStart } from '../../protocol/schedule.ts';
import { spanOf } from '../../workers/services/profiles/job-epochs.ts';
import { SPAN_EPOCHS } from '../../workers/services/profiles/limits.ts';
import { addressOf, chance, hashOf } from './chance.ts';
import { audits, incidents, operatorOf, regionLines } from './seed-events.ts';
import { seedLeaves } from './seed-leaves.ts';
import { hourOf, seedNode, type Hour, type SeedNode } from './seed-nodes.ts';
import type { Cell, SeedPlan } from './seed-plan.ts';

/** Rows by table; the first is the names of its columns. */
export type SeedTables = Map<string, Cell[][]>;

/** Jobs and questions of one node and epoch, over all validators. */
const JOBS = 2;
const QUESTIONS = 12;
/** Newest epochs with lines of their own; older ones are bars and points only. */
const SCORED_EPOCHS = 48;
/** Tallies are summed over so many epochs: they are read as sums anyway. */
const TALLY_STEP = 8;
const REGION_STEP = 6;
/** How long ago the youngest nodes came. */
const NEW_EPOCHS = 30;

export const nodeIdOf = (index: number): Hex => hashOf('node', index);

type World = SeedPlan & {
  readonly all: readonly SeedNode[];
  readonly hours: readonly (readonly (Hour | null)[])[];
  readonly hash: Hex;
  readonly operators: readonly Hex[];
};

function worldOf(plan: SeedPlan): World {
  const all = Array.from({ length: plan.nodes }, (_, index) => seedNode(plan.policy, index));
  const since = ({ temper }: SeedNode): number => (temper === 'new' ? plan.epochs - NEW_EPOCHS : 0);
  const hours = all.map((node) =>
    Array.from({ length: plan.epochs }, (_, epoch) => (epoch < since(node) ? null : hourOf(node, epoch, JOBS, QUESTIONS))),
  );
  const operators = Array.from({ length: plan.validators }, (_, seat) => addressOf('validator', seat));
  return { ...plan, all, hours, hash: policyHash(plan.policy), operators };
}

function claims({ all, epochs, registry, chainId, clock, hash }: World, put: Put): void {
  put('deployment', 'id chain_id registry genesis slot_seconds slots_per_epoch policy_hash report_seconds', [
    [1, chainId, registry, clock.genesis, clock.slotSeconds, clock.slotsPerEpoch, hash, 300],
  ]);
  const versions = all.map(({ index, temper, gpuClass, vramMiB, operator }) => [
    ...[index, temper === 'new' ? Math.max(0, epochs - NEW_EPOCHS) : 0, nodeIdOf(index), operatorOf(operator)],
    ...[hashOf('x', index), hashOf('y', index), `https://gpu-${String(index)}.example.net/`, gpuClass, vramMiB],
    temper === 'retired' ? 1 : 0,
  ]);
  put('node_versions', 'node_index from_epoch node_id operator key_x key_y url gpu_class vram_mib retired', versions);
  const places = all.map(({ index, region, latencyMs }) => [index, 0, region, latencyMs]);
  put('node_places', 'node_index epoch nearest latency_ms', places);
}

/** How an archive stands: nearly always well. */
function standing(
  seat: number,
  epoch: number,
  last: number,
): readonly [state: string, check: string | null, detail: string | null] {
  const draw = chance(seat, epoch, 21);
  if (seat === 3 && draw < 0.05) return ['absent', 'report on chain', null];
  if (seat === 2 && (draw < 0.01 || epoch === last - 2)) {
    return ['failed', 'transcripts', 'The transcript of draw 12-4 does not give the record’s verdict.'];
  }
  return ['verified', null, null];
}

function seats(world: World, put: Put): void {
  const { epochs, operators, nodes, hash, clock } = world;
  for (let epoch = 0; epoch < epochs + 2; epoch++) {
    put('network_epochs', 'epoch policy_hash node_count beacon_round beacon_signature', [
      [epoch, hash, nodes, 1000 + epoch, null],
    ]);
    const rows = operators.map((operator, seat) => [
      ...[epoch, seat, operator, addressOf('signer', seat), `https://validator-${String(seat)}.example.org`],
      `${String(1000 + 150 * seat)}000000000000000000`,
    ]);
    put('seats', 'epoch seat operator signer url stake', rows);
  }
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rows = operators.map((operator, seat) => {
      const [state, check, detail] = standing(seat, epoch, epochs - 1);
      const there = state !== 'absent';
      const due = Math.round((nodes * (JOBS + QUESTIONS)) / operators.length);
      return [
        ...[epoch, operator, state, there ? hashOf('report', epoch, seat) : null, there ? hashOf('archive', epoch, seat) : null],
        ...[there ? due : 0, there ? due - Math.floor(3 * chance(seat, epoch, 22)) : 0, check, detail],
        ...[state === 'verified' ? operator : null, 1, 1000 * epochStart(clock, epoch + 1) + 900_000],
      ];
    });
    put(
      'mirrors',
      'epoch validator state report_hash archive_hash due done failed_check detail source attempts updated_at',
      rows,
    );
  }
}

function readModels({ all, hours, epochs, operators, policy, clock }: World, put: Put): void {
  const columns =
    'node_index epoch pass wrong slow network void busy present absent latency_ms latency_high_ms measure bandwidth validators score_ppm regions';
  all.forEach((node, i) => {
    const rows = (hours[i] ?? []).flatMap((hour, epoch) => {
      if (hour === null) return [];
      const regions =
        epoch % REGION_STEP === 0 ? JSON.stringify(regionLines(node, epoch, REGION_STEP * QUESTIONS, policy.regions)) : '[]';
      return [
        [
          ...[node.index, epoch, hour.pass, hour.wrong, hour.slow, hour.network, 0, 0, hour.present, hour.absent],
          ...[hour.latencyMs, Math.round(hour.latencyMs * 2.4), hour.measure, 0, operators.length, null, regions],
        ],
      ];
    });
    put('node_epochs', columns, rows);
    const newest = Array.from({ length: 4 }, (_, k) => epochs - 1 - k);
    put(
      'recent_audits',
      'node_index epoch audits',
      newest.map((epoch) => [node.index, epoch, JSON.stringify(audits(node, epoch, operators, clock))]),
    );
  });
}

/** Jobs of every span that ended before the newest epoch, as a root's taking in sums them. */
function spans({ all, hours, epochs }: World, put: Put): void {
  all.forEach(({ index }, i) => {
    const rows = Array.from({ length: spanOf(epochs - 1) }, (_, span) => {
      const of = (hours[i] ?? []).slice(SPAN_EPOCHS * span, SPAN_EPOCHS * (span + 1)).filter((hour) => hour !== null);
      const sum = (key: 'pass' | 'wrong' | 'slow' | 'network'): number => of.reduce((total, hour) => total + hour[key], 0);
      return [index, span, sum('pass'), sum('wrong'), sum('slow'), sum('network')];
    });
    put('node_spans', 'node_index span pass wrong slow network', rows);
  });
}

function tallies({ all, hours, epochs, operators }: World, put: Put): void {
  const columns =
    'epoch validator node_index pass wrong slow network void median_measure median_elapsed_ms present absent latency_ms latency_high_ms fills bandwidth busy';
  for (let epoch = epochs - 1; epoch >= Math.max(0, epochs - 168); epoch -= TALLY_STEP) {
    const rows = all.flatMap((node, i) => {
      const span = (hours[i] ?? []).slice(Math.max(0, epoch - TALLY_STEP + 1), epoch + 1).filter((hour) => hour !== null);
      const of = (key: keyof Hour, seat: number): number =>
        Math.floor((span.reduce((sum, hour) => sum + hour[key], 0) + seat) / operators.length);
      return operators.map((operator, seat) => [
        ...[epoch, operator, node.index, of('pass', seat), of('wrong', seat), of('slow', seat), of('network', seat), 0],
        ...[span[0]?.measure ?? 0, 1900, of('present', seat), of('absent', seat), node.latencyMs, 3 * node.latencyMs, 0, 0, 0],
      ]);
    });
    put('tallies', columns, rows);
  }
}

function roots(world: World, put: Put): void {
  const { epochs, operators, clock, hash, all, hours, policy } = world;
  let previous: { epoch: number; hash: Hex } | null = null;
  for (let epoch = Math.max(0, epochs - SCORED_EPOCHS); epoch < epochs; epoch++) {
    if (epoch === epochs - 9) continue; // skipped: no two thirds agreed in time
    const leaves = seedLeaves({ epoch, policy, nodes: all, hours, operators, nodeIdOf });
    const entries = sortEntries(
      operators.flatMap((validator, seat) =>
        standing(seat, epoch, epochs - 1)[0] === 'verified'
          ? [{ epoch, validator, reportHash: hashOf('report', epoch, seat) }]
          : [],
      ),
    );
    const root: EpochRoot = {
      ...{ epoch, round: 0, ...rootsOf(leaves), reportSetHash: reportSetHash(entries), previousRoot: previous?.hash ?? ZERO32 },
      ...{ nodeSetRoot: hashOf('nodes', epoch), policyHash: hash },
    };
    const found = rootHash(root);
    const disputed = epoch === epochs - 16;
    put('report_sets', 'hash epoch entries', [[root.reportSetHash, epoch, JSON.stringify(entries)]]);
    put('roots', 'epoch root_hash root state seats provisional previous_epoch block_number transaction_hash final_at note', [
      [
        ...[
          epoch,
          found,
          JSON.stringify(root),
          disputed ? 'disputed' : 'final',
          2 ** operators.length - 1 - (epoch % 3 === 0 ? 8 : 0),
          0,
        ],
        ...[previous?.epoch ?? null, 9000 + epoch, hashOf('posted', epoch), 1000 * epochStart(clock, epoch + 1) + 1_500_000],
        disputed ? 'node 3: scorePpm 900000 / 800000' : null,
      ],
    ]);
    if (!disputed) putLeaves(epoch, leaves, put);
    previous = { epoch, hash: found };
  }
}

function putLeaves(epoch: number, leaves: ReturnType<typeof seedLeaves>, put: Put): void {
  const columns =
    'epoch node_index node_id score_ppm rate_ppm correct_ppm samples effective_samples measure elapsed_ms tier uptime_ppm uptime_low_ppm uptime_samples latency_ms latency_high_ms bandwidth';
  const lines = leaves.scores.map((score, i) => {
    const service = leaves.services[i];
    return [
      ...[epoch, score.nodeIndex, score.nodeId, score.scorePpm, score.ratePpm, score.correctPpm, score.samples],
      ...[
        score.effectiveSamples,
        score.measure,
        score.elapsedMs,
        score.tier,
        service?.uptimePpm ?? 0,
        service?.uptimeLowPpm ?? 0,
      ],
      ...[service?.uptimeSamples ?? 0, service?.latencyMs ?? 0, service?.latencyHighMs ?? 0, service?.bandwidth ?? 0],
    ];
  });
  put('scores', columns, lines);
  const validators = leaves.validators.map((line, seat) => [
    ...[
      epoch,
      seat,
      line.validator,
      line.weightPpm,
      line.accuracyPpm,
      line.agreementPpm,
      line.coveragePpm,
      line.reward.toString(),
    ],
  ]);
  put('validator_scores', 'epoch seat validator weight_ppm accuracy_ppm agreement_ppm coverage_ppm reward', validators);
  put(
    'rewards',
    'epoch account cumulative',
    leaves.rewards.map(({ account, cumulative }) => [epoch, account, cumulative.toString()]),
  );
}

type Put = (table: string, columns: string, rows: readonly Cell[][]) => void;

/** All tables of the plan's network. */
export function seedTables(plan: SeedPlan): SeedTables {
  const tables: SeedTables = new Map();
  const put: Put = (table, columns, rows) => {
    const there = tables.get(table) ?? [columns.split(' ')];
    there.push(...rows);
    tables.set(table, there);
  };
  const world = worldOf(plan);
  claims(world, put);
  seats(world, put);
  readModels(world, put);
  spans(world, put);
  tallies(world, put);
  roots(world, put);
  put(
    'incidents',
    'id node_index node_id severity cause opened_at_ms confirmed_at_ms recovered_at_ms seen_by events',
    incidents(world.all, plan, world.operators, nodeIdOf),
  );
  put('faults', 'fault_key kind offender epoch state proof detail found_at slash_id executable_at', [
    [
      hashOf('fault', 1),
      'two-roots',
      world.operators[3] ?? '',
      plan.epochs - 12,
      'proven',
      '{}',
      'Two roots for round 0.',
      0,
      1,
      null,
    ],
  ]);
  return tables;
}
