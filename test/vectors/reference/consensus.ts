// The consensus rule a second time, from the text of docs/protocol.md, sections 14 and 16, alone: slow, in BigInt throughout, so no
// bound is ever met. Trees by OpenZeppelin's library, hashes by viem.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { concat, keccak256, numberToHex, stringToHex } from 'viem';

export type Hex = `0x${string}`;
const ZERO32: Hex = `0x${'00'.repeat(32)}`;
const M = 1_000_000n;

export type Tally = {
  nodeIndex: number;
  pass: number;
  wrong: number;
  slow: number;
  network: number;
  busy: number;
  void: number;
  medianMeasure: number;
  medianElapsedMs: number;
  present: number;
  absent: number;
  latencyMs: number;
  latencyHighMs: number;
  fills: number;
  bandwidth: number;
};
const NOTHING: Tally = {
  ...{ nodeIndex: 0, pass: 0, wrong: 0, slow: 0, network: 0, busy: 0, void: 0, medianMeasure: 0, medianElapsedMs: 0 },
  ...{ present: 0, absent: 0, latencyMs: 0, latencyHighMs: 0, fills: 0, bandwidth: 0 },
};
export type Report = { epoch: number; validator: Hex; reportHash: Hex; due: number; done: number; tallies: readonly Tally[] };
export type Node = { index: number; nodeId: Hex; operator: Hex; retired: boolean };
export type ValidatorLine = {
  epoch: bigint;
  validator: Hex;
  weightPpm: bigint;
  accuracyPpm: bigint;
  agreementPpm: bigint;
  coveragePpm: bigint;
  reward: bigint;
};
export type Input = {
  epoch: number;
  policy: {
    consensus: {
      windowEpochs: number;
      clipTolerancePpm: number;
      busyPpm: number;
      samplesMin: number;
      accuracyEpochs: number;
      agreementTolerancePpm: number;
      notDoneMaxPpm: number;
      tiers: readonly { scorePpm: number }[];
    };
    rewards: { validatorsPerEpoch: number; nodesPerEpoch: number; penaltyPerEpoch: number; penaltyBelowPpm: number };
  };
  seats: readonly { operator: Hex; stake: bigint }[];
  nodes: readonly Node[];
  fresh: readonly Report[];
  window: readonly Report[];
  previous: {
    epoch: number;
    rootHash: Hex;
    leaves: {
      validators: readonly { validator: Hex; accuracyPpm: number }[];
      rewards: readonly { account: Hex; cumulative: bigint }[];
      penalties: readonly { owner: Hex; nodeId: Hex; cumulative: bigint }[];
    };
  } | null;
};

// ── arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────────
const big = (x: number): bigint => BigInt(x);
const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
/** Division towards minus infinity, by a positive number. */
export const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));

export function isqrt(x: bigint): bigint {
  if (x < 2n) return x;
  let [low, high] = [1n, x];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= x) low = middle;
    else high = middle;
  }
  return low;
}

type Weighted = { x: bigint; w: bigint };
export function wmedian(pairs: readonly Weighted[]): bigint {
  const sorted = pairs.toSorted((a, b) => (a.x < b.x ? -1 : a.x > b.x ? 1 : 0));
  const total = sum(sorted.map(({ w }) => w));
  for (const [i, { x }] of sorted.entries()) {
    const before = 2n * sum(sorted.slice(0, i + 1).map(({ w }) => w));
    const next = sorted[i + 1];
    if (before === total && next !== undefined) return floorDiv(x + next.x, 2n);
    if (before >= total) return x;
  }
  return 0n;
}

export function interval(z: bigint, r: bigint, n: bigint, t: bigint): { lo: bigint; hi: bigint } {
  const m = min(n, 30_000n);
  const q = z * (isqrt(m * r * (M - r) + z * z * 250_000_000_000n) + 1n);
  return {
    lo: max(0n, floorDiv(r * m + z * z * 500_000n - q, m + z * z) - t),
    hi: min(M, floorDiv(r * m + z * z * 500_000n + q, m + z * z) + 1n + t),
  };
}

export function lower(r: bigint, effective: bigint): bigint {
  const m = min(effective, 30_000n);
  if (m === 0n) return 0n;
  const s = m * r * (M - r) + 676_506_250_000n;
  const ceiled = -floorDiv(-1645n * (isqrt(s) + 1n), 1000n);
  const x = 2n * r * m + 2_706_025n - 2n * ceiled;
  return max(0n, floorDiv(1000n * x, 2000n * m + 5412n));
}

export function weights(stakes: readonly bigint[]): bigint[] {
  let cap = stakes.reduce(min);
  if (stakes.length > 5) {
    cap = (200_000n * sum(stakes)) / M;
    for (let m = -1; ;) {
      const limit = cap;
      const above = stakes.filter((s) => s > limit).length;
      if (above === m) break;
      m = above;
      cap = (200_000n * sum(stakes.filter((s) => s <= limit))) / (M - 200_000n * big(m));
    }
  }
  return stakes.map((s) => min(s, cap));
}

// ── the rule ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
type Seen = { k: bigint; n: bigint; w: bigint; v: number };
type Mean = { centre: bigint; mean: bigint; effective: bigint; samples: bigint; seen: readonly Seen[] };
const rateOf = ({ k, n }: Pick<Seen, 'k' | 'n'>): bigint => floorDiv(M * k, n);

export function clippedMean(all: readonly Seen[], tolerance: bigint): Mean {
  const seen = all.filter(({ n }) => n > 0n);
  if (seen.length === 0) return { centre: 0n, mean: 0n, effective: 0n, samples: 0n, seen };
  const centre = wmedian(seen.map((one) => ({ x: rateOf(one), w: one.w })));
  const parts = seen.map((one) => {
    const { lo, hi } = interval(1n, centre, one.n, tolerance);
    return { w: one.w, n: min(one.n, 30_000n), c: min(max(rateOf(one), lo), hi) };
  });
  const weighted = sum(parts.map(({ w, n }) => w * n));
  const samples = sum(seen.map(({ n }) => n));
  return {
    centre,
    mean: floorDiv(sum(parts.map(({ w, n, c }) => w * n * c)), weighted),
    effective: min(samples, floorDiv(weighted * weighted, sum(parts.map(({ w, n }) => w * w * n)))),
    samples,
    seen,
  };
}

function liesOutside(seen: Pick<Seen, 'k' | 'n'>, centre: bigint, tolerance: bigint): boolean {
  const { lo, hi } = interval(4n, centre, seen.n, tolerance + floorDiv(M, min(seen.n, 30_000n)));
  return rateOf(seen) < lo || rateOf(seen) > hi;
}

export function reference(input: Input) {
  const { epoch, policy, seats, previous, fresh } = input;
  const rules = policy.consensus;
  const tolerance = big(rules.clipTolerancePpm);
  const nodes = input.nodes.toSorted((a, b) => a.index - b.index);
  const reports = [...fresh, ...input.window.filter((report) => report.epoch > epoch - rules.windowEpochs)];

  const capped = weights(seats.map(({ stake }) => stake));
  const shares = capped.map((weight) => floorDiv(M * weight, sum(capped)));
  const accuracy = seats.map(({ operator }) => {
    if (previous === null) return M;
    const leaf = previous.leaves.validators.find(({ validator }) => validator === operator);
    return leaf === undefined ? 500_000n : big(leaf.accuracyPpm);
  });
  const w = shares.map((share, v) => max(1n, floorDiv(share * (accuracy[v] ?? 0n), 100_000_000n)));

  /** The failures that busy is beyond its ration, as one tally more. */
  const excess = (tallies: readonly Tally[]): Pick<Tally, 'network'> => {
    const busy = sum(tallies.map((t) => big(t.busy)));
    const jobs = sum(tallies.map((t) => big(t.pass + t.wrong + t.slow + t.network))) + busy;
    return { network: Number(max(0n, busy - floorDiv(jobs * big(rules.busyPpm), M) - 1n)) };
  };
  const talliesOf = (v: number, index: number): Tally[] =>
    reports
      .filter(({ validator }) => validator === seats[v]?.operator)
      .flatMap(({ tallies }) => tallies.filter(({ nodeIndex }) => nodeIndex === index));
  const grid = nodes.map(({ index }) =>
    seats.map((_, v) => {
      const tallies = talliesOf(v, index);
      return [...tallies, { ...NOTHING, nodeIndex: index, ...excess(tallies) }];
    }),
  );
  const total = (tallies: readonly Tally[] | undefined, field: (tally: Tally) => number): bigint =>
    sum((tallies ?? []).map((tally) => big(field(tally))));
  const all = (t: Tally): number => t.pass + t.wrong + t.slow + t.network;
  const asked = (t: Tally): number => t.present + t.absent;
  const proven = (t: Tally): number => t.pass + t.slow + t.wrong;

  const outliersBy = (failed: (t: Tally) => number, of: (t: Tally) => number): boolean[] => {
    const seen = seats.map((_, v) => ({
      ...{ v, w: w[v] ?? 0n, k: sum(grid.map((row) => total(row[v], failed))), n: sum(grid.map((row) => total(row[v], of))) },
    }));
    const known = seen.filter(({ n }) => n > 0n);
    const centre = wmedian(known.map((one) => ({ x: rateOf(one), w: one.w })));
    return seen.map((one) => one.n > 0n && liesOutside(one, centre, tolerance));
  };
  const outlier = outliersBy((t) => t.network, all);
  const stranger = outliersBy((t) => t.absent, asked);

  const rated = grid.map((row) => {
    const side = (hits: (t: Tally) => number, of: (t: Tally) => number): Mean =>
      clippedMean(
        row.map((tallies, v) => ({ v, w: w[v] ?? 0n, k: total(tallies, hits), n: total(tallies, of) })),
        tolerance,
      );
    const median = (field: (t: Tally) => number, weight: (t: Tally) => number): bigint =>
      wmedian(
        row.flatMap((tallies, v) => {
          const passed = tallies.filter((tally) => weight(tally) > 0);
          const own = passed.map((tally) => ({ x: big(field(tally)), w: big(weight(tally)) }));
          return own.length === 0 ? [] : [{ x: wmedian(own), w: w[v] ?? 0n }];
        }),
      );
    return {
      rate: side((t) => t.pass, all),
      correct: side((t) => t.pass + t.slow, proven),
      uptime: side((t) => t.present, asked),
      measure: median(
        (t) => t.medianMeasure,
        (t) => t.pass - t.fills,
      ),
      elapsedMs: median(
        (t) => t.medianElapsedMs,
        (t) => t.pass - t.fills,
      ),
      latencyMs: median(
        (t) => t.latencyMs,
        (t) => t.present,
      ),
      latencyHighMs: median(
        (t) => t.latencyHighMs,
        (t) => t.present,
      ),
      bandwidth: median(
        (t) => t.bandwidth,
        (t) => t.fills,
      ),
    };
  });

  const agreement = seats.map((_, v) => {
    const shareOf = (sides: readonly Mean[]): bigint => {
      const own = sides.flatMap((side) => side.seen.filter((one) => one.v === v).map((one) => ({ one, centre: side.centre })));
      const outside = own.filter(({ one, centre }) => liesOutside(one, centre, tolerance));
      const n = sum(own.map(({ one }) => one.n));
      return n === 0n ? 0n : floorDiv(M * sum(outside.map(({ one }) => one.n)), n);
    };
    const jobs = shareOf(rated.map((node) => (outlier[v] === true ? node.rate : node.correct)));
    const presence = stranger[v] === true ? shareOf(rated.map((node) => node.uptime)) : 0n;
    const d = max(jobs, presence);
    return max(0n, M - 2n * max(0n, d - big(rules.agreementTolerancePpm)));
  });

  const oldest = previous === null ? Math.min(epoch, ...fresh.map((report) => report.epoch)) : previous.epoch + 1;
  const start = Math.max(oldest, epoch - rules.windowEpochs + 1);
  const validators = seats.map(({ operator }, v): ValidatorLine => {
    const covs = Array.from({ length: epoch - start + 1 }, (_, i) => {
      const report = fresh.find(({ validator, epoch: of }) => validator === operator && of === start + i);
      if (report === undefined || report.due === 0) return 0n;
      const whole = floorDiv(M * big(report.done), big(report.due));
      const u = sum(report.tallies.map((tally) => big(tally.void)));
      const j = sum(report.tallies.map((t) => big(t.pass + t.wrong + t.slow + t.network + t.busy + t.void)));
      const ofJobs = j === 0n ? M : floorDiv(M * (j - max(0n, u - 1n)), j);
      const cov = whole < ofJobs ? whole : ofJobs;
      return M - cov > big(rules.notDoneMaxPpm) ? 0n : cov;
    });
    const coverage = floorDiv(sum(covs), big(covs.length));
    const [before, agreed, every] = [accuracy[v] ?? 0n, agreement[v] ?? 0n, big(rules.accuracyEpochs)];
    const reported = fresh.some(({ validator }) => validator === operator);
    return {
      ...{ epoch: big(epoch), validator: operator, weightPpm: shares[v] ?? 0n },
      accuracyPpm: reported ? max(10_000n, floorDiv(before * (every - 1n) + agreed, every)) : before,
      ...{ agreementPpm: agreed, coveragePpm: coverage },
      reward: floorDiv(big(policy.rewards.validatorsPerEpoch) * 10n ** 12n * (shares[v] ?? 0n) * coverage * agreed, 10n ** 18n),
    };
  });

  const scores = nodes.flatMap(({ index, nodeId, retired }, i) => {
    const node = rated[i];
    if (retired || node === undefined) return [];
    const scorePpm = lower(node.rate.mean, node.rate.effective);
    const place = rules.tiers.findIndex((tier) => scorePpm >= big(tier.scorePpm));
    const reached = 1 + (place < 0 ? rules.tiers.length : place);
    return [
      {
        ...{ epoch: big(epoch), nodeIndex: big(index), nodeId, scorePpm, ratePpm: node.rate.mean, correctPpm: node.correct.mean },
        ...{
          samples: node.rate.samples,
          effectiveSamples: node.rate.effective,
          measure: node.measure,
          elapsedMs: node.elapsedMs,
        },
        tier: big(node.rate.samples < big(rules.samplesMin) ? 0 : reached),
      },
    ];
  });

  const services = nodes.flatMap(({ index, nodeId, retired }, i) => {
    const node = rated[i];
    if (retired || node === undefined) return [];
    const { uptime, latencyMs, latencyHighMs, bandwidth } = node;
    return [
      {
        ...{ epoch: big(epoch), nodeIndex: big(index), nodeId, uptimePpm: uptime.mean },
        ...{ uptimeLowPpm: lower(uptime.mean, uptime.effective), uptimeSamples: uptime.samples },
        ...{ latencyMs, latencyHighMs, bandwidth },
      },
    ];
  });

  const yields = scores.map(({ tier, scorePpm, measure }) =>
    tier >= 1n && tier <= big(rules.tiers.length) ? scorePpm * measure : 0n,
  );
  const rewards = new Map<Hex, bigint>(previous?.leaves.rewards.map(({ account, cumulative }) => [account, cumulative]));
  const pay = (account: Hex, amount: bigint): void => void rewards.set(account, (rewards.get(account) ?? 0n) + amount);
  for (const { validator, reward } of validators) pay(validator, reward);
  for (const [i, { nodeIndex }] of scores.entries()) {
    const owner = nodes[Number(nodeIndex)]?.operator ?? '0x';
    if (sum(yields) > 0n) pay(owner, floorDiv(big(policy.rewards.nodesPerEpoch) * 10n ** 12n * (yields[i] ?? 0n), sum(yields)));
  }
  const penalties = new Map<string, bigint>(
    previous?.leaves.penalties.map(({ owner, nodeId, cumulative }) => [`${owner}/${nodeId}`, cumulative]),
  );
  for (const [i, { nodeId, operator, retired }] of nodes.entries()) {
    const correct = rated[i]?.correct;
    if (seats.length < 4 || retired || correct === undefined) continue;
    if (correct.effective < big(rules.samplesMin) || correct.mean >= big(policy.rewards.penaltyBelowPpm)) continue;
    const key = `${operator}/${nodeId}`;
    penalties.set(key, (penalties.get(key) ?? 0n) + big(policy.rewards.penaltyPerEpoch) * 10n ** 12n);
  }
  const rewardLines = [...rewards]
    .filter(([, cumulative]) => cumulative > 0n)
    .map(([account, cumulative]) => ({ account, cumulative }));
  const penaltyLines = [...penalties]
    .filter(([, cumulative]) => cumulative > 0n)
    .map(([key, cumulative]) => {
      const [owner = '0x', nodeId = '0x'] = key.split('/') as Hex[];
      return { owner, nodeId, cumulative };
    });
  const leaves = {
    ...{ scores, services, validators },
    rewards: rewardLines.toSorted((a, b) => (a.account < b.account ? -1 : 1)),
    penalties: penaltyLines.toSorted((a, b) => (a.owner + a.nodeId < b.owner + b.nodeId ? -1 : 1)),
  };
  return { leaves, roots: { ...rootsOf(leaves), ...setsOf(input), previousRoot: previous?.rootHash ?? ZERO32 } };
}

// ── trees ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
type Value = bigint | Hex;
type LeafHashes = { scoreRoot: Hex; rewardRoot: Hex; penaltyRoot: Hex };

function rootOf(types: string[], rows: Value[][]): Hex {
  return rows.length === 0 ? ZERO32 : (StandardMerkleTree.of(rows, types).root as Hex);
}

/** The library builds trees of one type of tuple; a tree of two is put together from the leaf hashes that it gives. */
function mixedRoot(parts: readonly { types: string[]; rows: Value[][] }[]): Hex {
  const hashes = parts.flatMap(({ types, rows }) => {
    if (rows.length === 0) return [];
    const tree = StandardMerkleTree.of(rows, types);
    return rows.map((row) => tree.leafHash(row) as Hex);
  });
  if (hashes.length === 0) return ZERO32;
  const tree = new Array<Hex>(2 * hashes.length - 1).fill(ZERO32);
  for (const [i, hash] of hashes.toSorted().entries()) tree[tree.length - 1 - i] = hash;
  for (let i = hashes.length - 2; i >= 0; i--) {
    tree[i] = keccak256(concat([tree[2 * i + 1] ?? ZERO32, tree[2 * i + 2] ?? ZERO32].toSorted()));
  }
  return tree[0] ?? ZERO32;
}

const SCORE = ['uint64', 'uint32', 'bytes32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint64', 'uint32', 'uint8'];
const SERVICE = ['uint64', 'uint32', 'bytes32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint64'];
const VALIDATOR = ['uint64', 'address', 'uint32', 'uint32', 'uint32', 'uint32', 'uint256'];

export function rootsOf(leaves: {
  scores: readonly Readonly<Record<string, Value>>[];
  services: readonly Readonly<Record<string, Value>>[];
  validators: readonly ValidatorLine[];
  rewards: readonly { account: Hex; cumulative: bigint }[];
  penalties: readonly { owner: Hex; nodeId: Hex; cumulative: bigint }[];
}): LeafHashes {
  const order = ['epoch', 'nodeIndex', 'nodeId', 'scorePpm', 'ratePpm', 'correctPpm', 'samples', 'effectiveSamples', 'measure'];
  const columns = [...order, 'elapsedMs', 'tier'];
  const uptime = ['uptimePpm', 'uptimeLowPpm', 'uptimeSamples', 'latencyMs', 'latencyHighMs', 'bandwidth'];
  const serviceColumns = ['epoch', 'nodeIndex', 'nodeId', ...uptime];
  return {
    scoreRoot: mixedRoot([
      { types: SCORE, rows: leaves.scores.map((line) => columns.map((column) => line[column] ?? 0n)) },
      { types: SERVICE, rows: leaves.services.map((line) => serviceColumns.map((column) => line[column] ?? 0n)) },
      {
        types: VALIDATOR,
        rows: leaves.validators.map((line) => [
          ...[line.epoch, line.validator, line.weightPpm, line.accuracyPpm, line.agreementPpm, line.coveragePpm, line.reward],
        ]),
      },
    ]),
    rewardRoot: rootOf(
      ['uint8', 'address', 'uint256'],
      leaves.rewards.map(({ account, cumulative }) => [0n, account, cumulative]),
    ),
    penaltyRoot: rootOf(
      ['address', 'bytes32', 'uint256'],
      leaves.penalties.map(({ owner, nodeId, cumulative }) => [owner, nodeId, cumulative]),
    ),
  };
}

function setsOf({ fresh, nodes }: Pick<Input, 'fresh' | 'nodes'>) {
  const entries = fresh.toSorted((a, b) => a.epoch - b.epoch || (a.validator < b.validator ? -1 : 1));
  const label = 'assay/report-set';
  const bytes = entries.map(({ epoch, validator, reportHash }) =>
    concat([numberToHex(epoch, { size: 8 }), validator, reportHash]),
  );
  return {
    reportSetHash: keccak256(concat([numberToHex(label.length, { size: 1 }), stringToHex(label), ...bytes])),
    nodeSetRoot: rootOf(
      ['uint32', 'bytes32', 'address', 'uint8'],
      nodes.map(({ index, nodeId, operator, retired }) => [big(index), nodeId, operator, retired ? 1n : 0n]),
    ),
  };
}
