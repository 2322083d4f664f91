// What the system tests share: a running network looked at from outside, and waiting for something to become true.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../local/edge.ts';
import type { Network } from '../../local/network.ts';
import { embeddedPolicy } from '../../local/policy.ts';
import { ROOT } from '../../local/processes.ts';
import { validatorAccounts } from '../../local/accounts.ts';
import { readNodes } from '../../chain/nodes.ts';
import { readPostedReport, readReport } from '../../chain/reports.ts';
import { randomnessOf } from '../../protocol/beacon.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { dueOf } from '../../protocol/due.ts';
import { epochDraws, epochStart, type Draw } from '../../protocol/schedule.ts';
import type { Outcome, Reason } from '../../protocol/verdict.ts';

export type Row = {
  readonly epoch: number;
  readonly slot: number;
  readonly draw: number;
  readonly nodeIndex: number;
  readonly kind: number;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly freshnessRound: number;
  /** 0 where no challenge was sent. */
  readonly startedAt: number;
};

export async function query<T>(database: Database, sql: string, ...values: readonly (number | string)[]): Promise<T[]> {
  const statement = database.prepare(sql).bind(...values);
  return (await statement.all<T>()).results;
}

/** @param index of the validator */
export async function recordsOf(network: Network, epoch: number, index = 0): Promise<Row[]> {
  const columns = `epoch, slot, draw, node_index AS nodeIndex, kind, outcome, reason, freshness_round AS freshnessRound, started_at AS startedAt`;
  const sql = `SELECT ${columns} FROM audits WHERE epoch = ? ORDER BY slot, draw`;
  return query<Row>(await network.edge(index).database(), sql, epoch);
}

/** Waits until `check` gives something; its value. */
export async function eventually<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const until = Date.now() + 1000 * seconds;
  for (;;) {
    const value = await check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > until) throw new Error(`${what} did not happen within ${String(seconds)} s`);
    await sleep(50);
  }
}

export async function untilEpoch(network: Network, epoch: number, plusSeconds = 0): Promise<void> {
  await sleep(Math.max(0, 1000 * (epochStart(network.clock, epoch) + plusSeconds) - Date.now()));
}

export async function stateOf(network: Network, epoch: number): Promise<string | null> {
  const database = await network.edge().database();
  const [row] = await query<{ state: string }>(database, 'SELECT state FROM epochs WHERE epoch = ?', epoch);
  return row?.state ?? null;
}

/**
 * The due draws of a posted epoch, computed again from what is public: the chain's node set, the revealed seed, the beacon.
 * @param index of the validator
 */
export async function dueDraws(network: Network, epoch: number, index = 0): Promise<Draw[]> {
  const { client, clock } = network;
  const posted = await readPostedReport(client, validatorAccounts(index).operator.address, epoch);
  if (posted === null) throw new Error(`epoch ${String(epoch)} is not on chain`);
  const { policy } = embeddedPolicy();
  const answer = await fetch(`${network.beacon.url}/public/${String(posted.report.beaconRound)}`);
  const { signature } = (await answer.json()) as { signature: string };
  const nodes = await readNodes(client, epoch);
  const plan = {
    ...{ epoch, clock, policy, seed: posted.report.seed, beacon: randomnessOf(`0x${signature}`) },
    ...{ nodeCount: nodes.length, validatorCount: network.validators.length },
  };
  const due = epochDraws(plan).flatMap((draw) => {
    const node = nodes[draw.nodeIndex];
    if (node === undefined) return [];
    const siblings = nodes.filter(({ operator }) => operator === node.operator);
    return dueOf(plan, draw, node, siblings).map((item) => item.draw);
  });
  return due.sort((a, b) => a.slot - b.slot || a.draw - b.draw);
}

export const drawKey = ({ slot, draw, nodeIndex }: Pick<Row, 'slot' | 'draw' | 'nodeIndex'>): string =>
  [slot, draw, nodeIndex].join('/');

/** How often each draw was committed to, over all runners: by validator, epoch, slot and draw. */
export function commitmentsByDraw({ fleet }: Network): Map<string, Hex[]> {
  const byDraw = new Map<string, Hex[]>();
  for (const { validator, epoch, slot, draw, challengeHash } of fleet.nodes.flatMap((node) => node.committed)) {
    const key = [validator, epoch, slot, draw].join('/');
    byDraw.set(key, [...(byDraw.get(key) ?? []), challengeHash]);
  }
  return byDraw;
}

/** Requests that a runner refused because it had seen their nonce: a second probe of one draw would be one. */
export async function repeatedNonces({ fleet }: Network): Promise<number> {
  const counts = await Promise.all(
    fleet.nodes.map(async ({ registration }) => {
      const metrics = await (await fetch(`${registration.url}/metrics`)).text();
      return Number(/reason="nonce-used"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    }),
  );
  return counts.reduce((sum, n) => sum + n, 0);
}

/** Runs the command line as a child: its exit code, standard output, and everything it said. */
export async function assay(...args: readonly string[]): Promise<{ code: number; stdout: string; output: string }> {
  const child = spawn(process.execPath, ['cli/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)));
  return { code, stdout, output: `${stdout}${stderr}` };
}

/**
 * Validators whose report of one of these epochs lacks so few draws that it earns. One has about twenty an epoch here, so that on a
 * loaded machine two that came too late are more than may be missing: who earns nothing then is paid as the rule says.
 */
export async function coveredNames({ client, validators }: Network, epochs: readonly number[]): Promise<Set<string>> {
  const { notDoneMaxPpm } = embeddedPolicy().policy.consensus;
  const names = new Set<string>();
  for (const { name, operator } of validators) {
    if (operator === null) continue;
    for (const epoch of epochs) {
      const report = await readReport(client, operator, epoch);
      if (report !== null && 1_000_000 * (report.due - report.done) <= notDoneMaxPpm * report.due) names.add(name);
    }
  }
  return names;
}
