// Each dishonest runner against the small auditor: it must get the verdict that its row of the table says.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { behaviourCode } from '../../../gpu-runners/adversaries/behaviours/index.ts';
import { skip } from '../../../gpu-runners/adversaries/behaviours/skip.ts';
import { behaviourNames, behaviours, type BehaviourName, type BehaviourRow } from '../../../gpu-runners/adversaries/table.ts';
import { LEAF_COLUMNS } from '../../../protocol/challenges/gemm/params.ts';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import { audit } from './auditor.ts';
import { PARAMS, VRAM, random32, testParts, withRunner } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const WIDE = { ...PARAMS, rows: 64, openings: 64 };
const WIDE_VRAM = { ...VRAM, openings: 64 };
const rowOf = (name: BehaviourName): BehaviourRow => behaviours[name];
const LATE_MS = 700;
const FLOOR = { overclaims: Number.MAX_SAFE_INTEGER } as Partial<Record<BehaviourName, number>>;

async function auditsOf(name: BehaviourName, count: number, redirectTo: string | null = null): Promise<Reason[]> {
  const { reasons: expected, detection, kinds } = rowOf(name);
  const timeoutMs = expected.includes('timeout') ? LATE_MS : 20_000;
  const [product, memory] = detection === 'certain' ? [PARAMS, VRAM] : [WIDE, WIDE_VRAM];
  const reasons: Reason[] = [];
  for (let i = 0; i < count; i++) {
    const parts = behaviourCode[name](testParts(), { redirectTo }); // a new one: what was never opened keeps a runner busy
    const { nodeId, publicKey } = parts.signer;
    const params = kinds[i % kinds.length] === 2 ? memory : product;
    reasons.push(await withRunner(parts, (url) => audit({ url, nodeId, publicKey }, timeoutMs, FLOOR[name] ?? 0, params)));
  }
  return reasons;
}

describe('dishonest runners', () => {
  it('is not a trap for honest ones: the same auditor passes an honest runner', async () => {
    const parts = testParts();
    const target = (url: string) => ({ url, nodeId: parts.signer.nodeId, publicKey: parts.signer.publicKey });
    expect(await withRunner(parts, (url) => audit(target(url), 20_000))).toBe('none');
  });

  // What needs more around it than one runner is in test/system/adversaries.test.ts.
  const alone = behaviourNames.filter((name) => rowOf(name).setting === 'alone');
  const certain = alone.filter((name) => rowOf(name).detection === 'certain' && name !== 'redirect');
  it.each(certain)('%s gets its verdict in each audit', async (name) => {
    const reasons = await auditsOf(name, behaviours[name].reasons[0] === 'timeout' ? 1 : 2);
    for (const reason of reasons) expect(behaviours[name].reasons).toContain(reason);
    for (const reason of behaviours[name].reasons) expect(verdictOf(reason).outcome).toBe(behaviours[name].outcome);
  });

  const byChance = [
    ...(['skip-5', 'skip-10', 'skip-50'] as const),
    ...(['partial-storage-95', 'partial-storage-90', 'partial-storage-50'] as const),
  ];
  it.each(byChance)('%s is found out by k = 64 openings, and by nothing else', async (name) => {
    // Three audits all miss 5 % with probability 0.95^195 < 5·10⁻⁵.
    const reasons = await auditsOf(name, 3);
    expect(reasons).toContain('wrong_result');
    expect(reasons.filter((reason) => reason !== 'wrong_result' && reason !== 'none')).toEqual([]);
  });

  it.each([0.05, 0.1, 0.5])('skips the share %d of the leaves that it says', (share) => {
    const params = { ...PARAMS, rows: 4096, openings: 2 };
    let garbage = 0;
    const zeros = (): Int32Array => new Int32Array(params.rows * params.columns);
    const proof = skip(share)(params, random32(), zeros);
    const leaves = params.rows * (params.columns / LEAF_COLUMNS);
    for (let leaf = 0; leaf < leaves; leaf++) {
      if (
        proof
          .open([{ round: 0, leaf }])
          .subarray(9, 9 + 3 * LEAF_COLUMNS)
          .some((byte) => byte !== 0)
      )
        garbage++;
    }
    const sigma = Math.sqrt(leaves * share * (1 - share));
    expect(Math.abs(garbage - leaves * share)).toBeLessThan(6 * sigma);
  });

  it('redirect: the auditor is told to go elsewhere, and the target sees no request', async () => {
    let seen = 0;
    const target = createServer((_request, response) => {
      seen++;
      response.end();
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    expect(await auditsOf('redirect', 1, `http://127.0.0.1:${String(port)}/metadata`)).toEqual(['redirect']);
    await new Promise((resolve) => target.close(resolve));
    expect(seen).toBe(0);
  });
});
