// Two epochs of the whole network, from slot to chain to root, looked at from outside.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegistry } from '../../chain/read.ts';
import { readPostedReport, readReport } from '../../chain/reports.ts';
import { reportTuple } from '../../chain/values.ts';
import type { BehaviourName } from '../../gpu-runners/adversaries/table.ts';
import { fromHex, toHex, type Hex } from '../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { slotAt } from '../../protocol/schedule.ts';
import { auditDetail } from '../../schema/api/audits.ts';
import { problem } from '../../schema/api/problems.ts';
import { validator, validatorAccounts } from '../../local/accounts.ts';
import { usualFindings } from '../../local/findings.ts';
import { FIRST_EPOCH } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { expectedReasons } from '../../local/node-plans.ts';
import { embeddedPolicy } from '../../local/policy.ts';
import { readLines, readStanding } from '../../local/standing.ts';
import { summaryText } from '../../local/summary-text.ts';
import { reportSummaries, summarize, type Summary } from '../../local/summary.ts';
import type { Member } from '../../local/validators.ts';
import { watch } from '../../local/watch.ts';
import { assay, coveredNames, drawKey, dueDraws, eventually, recordsOf } from './rig.ts';

/** Two, so that one root follows another. That one of four nodes is never drawn in 288 draws over twelve has a chance below 10⁻¹⁰. */
const EPOCHS = 2;
const epochs = Array.from({ length: EPOCHS }, (_, i) => FIRST_EPOCH + i);

let network: Network;
let summary: Summary;

beforeAll(async () => {
  network = await startNetwork();
  await watch(network, { epochs: EPOCHS, until: 'root' });
  summary = await summarize(network, FIRST_EPOCH);
}, 280_000);

afterAll(async () => {
  console.log(summaryText(summary, usualFindings(summary)));
  await network.stop();
});

describe('the reports of four validators', () => {
  it('are on chain, once each, with the roots that the ledgers have', async () => {
    const reports = (
      await Promise.all(
        network.validators.map((member) => reportSummaries(network, member, FIRST_EPOCH, FIRST_EPOCH + EPOCHS - 1)),
      )
    ).flat();
    expect(reports.length).toBe(EPOCHS * network.validators.length);
    expect(new Set(reports.map(({ transactionHash }) => transactionHash)).size).toBe(reports.length);
    for (const { due, done, pass, fail, void: voided } of reports) {
      expect(pass + fail + voided).toBe(due);
      expect(done).toBeLessThanOrEqual(due);
    }
  });

  it('have exactly one record for each due draw, and no other', async () => {
    for (const epoch of epochs) {
      for (const index of network.validators.keys()) {
        const [due, records] = [await dueDraws(network, epoch, index), await recordsOf(network, epoch, index)];
        expect(due.length).toBeGreaterThan(20);
        expect(records.map(drawKey)).toEqual(due.map(drawKey));
        const { address } = validatorAccounts(index).operator;
        expect((await readReport(network.client, address, epoch))?.due).toBe(due.length);
      }
    }
  });

  it('never fail an honest node', () => {
    for (const { name, behaviour, verdicts } of summary.nodes) {
      if (behaviour === 'honest') expect(verdicts.fail ?? {}, name).toEqual({});
    }
  });

  it('fail each dishonest node for its own reason', () => {
    for (const { name, behaviour, verdicts } of summary.nodes) {
      if (behaviour === 'honest') continue;
      const reasons = Object.keys(verdicts.fail ?? {});
      expect(reasons.length, name).toBeGreaterThan(0);
      expect(expectedReasons(behaviour as BehaviourName), name).toEqual(expect.arrayContaining(reasons));
    }
  });

  it('never pass a node whose every answer is wrong', async () => {
    const asked = epochs.flatMap((epoch) => [...network.validators.keys()].map((index) => recordsOf(network, epoch, index)));
    const passed = (await Promise.all(asked)).flat().filter(({ outcome }) => outcome === 'pass');
    // The three lie about products alone: two of them fill their memory and are there when asked, as anybody.
    const liars = { 'wrong-result': [KIND_GEMM], overclaims: [KIND_GEMM], silent: [KIND_GEMM, KIND_VRAM, KIND_PRESENCE] };
    for (const [name, kinds] of Object.entries(liars)) {
      const at = network.fleet.nodes.findIndex(({ plan }) => plan.behaviour === name);
      expect(at, name).toBeGreaterThanOrEqual(0);
      expect(
        passed.filter(({ nodeIndex, kind }) => nodeIndex === at && kinds.includes(kind)),
        name,
      ).toEqual([]);
    }
    const kinds = new Set(passed.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([KIND_GEMM, KIND_VRAM, KIND_PRESENCE]);
  });
});

describe('the roots', () => {
  const members = (): Member[] => [...network.validators, ...(network.gateway === null ? [] : [network.gateway])];

  it('follow one another, each signed by a quorum', () => {
    expect(summary.epochs.map(({ epoch }) => epoch)).toEqual(epochs);
    expect(summary.skipped).toEqual([]);
    for (const { signers, reports } of summary.epochs) {
      expect(signers).toBeGreaterThanOrEqual(3);
      expect(reports.length).toBe(network.validators.length);
    }
  });

  it('are the same, leaf by leaf, for every validator and the gateway', async () => {
    for (const { epoch, root } of summary.epochs) {
      const found = await eventually('five equal views', 30, async () => {
        const views = await Promise.all(
          members().map(async (member) => {
            const database = await member.edge().database();
            const { roots } = await readStanding(database, epoch);
            return { hash: roots.find((one) => one.epoch === epoch)?.rootHash, lines: await readLines(database, epoch) };
          }),
        );
        return views.every(({ hash }) => hash !== undefined) ? views : null;
      });
      expect(found.length).toBe(5);
      for (const { hash, lines } of found) {
        expect(hash).toBe(root);
        expect(lines).toEqual(found[0]?.lines);
        expect(lines.scores.length).toBe(network.fleet.nodes.length);
      }
    }
  });

  it('give honest nodes a score that dishonest ones do not have', () => {
    for (const { text, found, ok } of usualFindings(summary)) expect(ok, `${text} → ${found}`).toBe(true);
    const scores = (behaviour: (name: string) => boolean): number[] =>
      summary.nodes.filter((node) => behaviour(node.behaviour)).map(({ score }) => score?.scorePpm ?? -1);
    const honest = scores((name) => name === 'honest');
    expect(Math.min(...honest)).toBeGreaterThan(Math.max(...scores((name) => name !== 'honest')));
  });

  it('are computed again from the chain outward by the command line', async () => {
    const last = String(FIRST_EPOCH + EPOCHS - 1);
    const run = await assay('verify', '--epoch', last, '--consensus', '--api', network.url, ...chainFlags(), '--json');
    expect(run.code, run.output).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true });
  });

  it('pay validators, and the owners of nodes that have a tier', async () => {
    const epochs = Array.from({ length: EPOCHS }, (_, i) => FIRST_EPOCH + i);
    const covered = await coveredNames(network, epochs);
    expect(covered.size).toBeGreaterThan(0);
    for (const { name, earned } of summary.validators) if (covered.has(name)) expect(earned, name).toBeGreaterThan(0n);
    const { scores, rewards } = await readLines(await network.edge().database(), FIRST_EPOCH + EPOCHS - 1);
    const lowest = embeddedPolicy().policy.consensus.tiers.length;
    const owners = scores.flatMap(({ tier, nodeIndex }) =>
      tier >= 1 && tier <= lowest ? [network.fleet.nodes[nodeIndex]?.registration.operator] : [],
    );
    const paid = new Set(rewards.flatMap(({ account, cumulative }) => (cumulative > 0n ? [account] : [])));
    for (const owner of owners) expect(owner !== undefined && paid.has(owner), owner).toBe(true);
    expect([...paid].filter((account) => !summary.validators.some(({ operator }) => operator === account)).length).toBe(
      new Set(owners).size,
    );
  });
});

/** What `assay verify` needs to know of the chain. */
const chainFlags = (): string[] => ['--rpc', network.anvil.url, '--registry', network.client.registry];
/** … and for the epoch of one of several validators. */
const ownFlags = (): string[] => [...chainFlags(), '--validator', validator.address];

type Bundle = { objects: Record<string, string> };

describe('what is public of them', () => {
  const epoch = FIRST_EPOCH;
  const get = (path: string): Promise<Response> => network.edge().fetch(path);
  const own = (): string => network.validators[0]?.url ?? '';

  beforeAll(async () => {
    await eventually('the reveal', 30, async () => (await get(`/v1/epochs/${String(epoch)}/archive`)).ok);
  });

  it('holds a proof for each audit that the contract accepts, for that record only', async () => {
    const posted = await readPostedReport(network.client, validator.address, epoch);
    if (posted === null) throw new Error('the first epoch is not on chain');
    for (const { slot, draw } of await recordsOf(network, epoch)) {
      const answer = await get(`/v1/audits/${[epoch, slot, draw].join('-')}`);
      const { recordHash, inclusion } = auditDetail.parse(await answer.json());
      const proof = inclusion?.proof ?? [];
      const holds = (hash: Hex): Promise<boolean> =>
        readRegistry(network.client, 'verifyAudit', [reportTuple(posted.report), slot, draw, hash, proof]);
      const other = fromHex(recordHash);
      other[0] = (other[0] ?? 0) ^ 1;
      expect(await holds(recordHash)).toBe(true);
      expect(await holds(toHex(other))).toBe(false);
    }
  });

  it('verifies in full from the API', async () => {
    const run = await assay('verify', '--epoch', String(epoch), '--api', own(), ...ownFlags(), '--all', '--json');
    expect(run.code, run.output).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, failed: null, epoch });
  });

  it('verifies from a file, and not from one in which a verdict was changed', async () => {
    const [file, forged] = ['epoch.assay', 'forged.assay'].map((name) => join(network.processes.folder, name)) as [
      string,
      string,
    ];
    const saved = await assay('archive', '--epoch', String(epoch), '--api', own(), '--out', file);
    expect(saved.code, saved.output).toBe(0);
    const good = await assay('verify', '--epoch', String(epoch), '--file', file, ...ownFlags(), '--all');
    expect(good.code, good.output).toBe(0);

    const bundle = JSON.parse(gunzipSync(await readFile(file)).toString()) as Bundle;
    let changed = 0;
    for (const [hash, base64] of Object.entries(bundle.objects)) {
      const text = Buffer.from(base64, 'base64').toString('latin1');
      const lie = text.replace(/"outcome":"fail","reason":"[a-z_]+"/, '"outcome":"pass","reason":"none"');
      if (lie !== text) changed += 1;
      bundle.objects[hash] = Buffer.from(lie, 'latin1').toString('base64');
    }
    expect(changed).toBeGreaterThan(0);
    await writeFile(forged, gzipSync(JSON.stringify(bundle)));
    const bad = await assay('verify', '--epoch', String(epoch), '--file', forged, ...ownFlags());
    expect(bad.code, bad.output).toBe(1);
  });

  it('shows nothing of the epoch that runs', async () => {
    const running = slotAt(network.clock, Date.now())?.epoch ?? 0;
    for (const path of [
      `/v1/epochs/${String(running)}`,
      `/v1/epochs/${String(running)}/archive`,
      `/v1/audits/${String(running)}-0-0`,
    ]) {
      expect(problem.parse(await (await get(path)).json()), path).toMatchObject({ type: '/problems/not-revealed', status: 404 });
    }
    const { items } = (await (await get('/v1/epochs')).json()) as { items: { epoch: number }[] };
    expect(items.every((item) => item.epoch < running)).toBe(true);
  });

  it('says that everything is well, for machines and for people', async () => {
    expect((await get('/health')).status).toBe(200);
    const page = await get('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('</html>');
  });
});
