// What runs inside workerd when verification is measured: POST /prepare once, then POST /run/<part>/<times>. Each part checks its
// own outcome, so nothing is timed that did not do its work.
import { verifyRound, type BeaconRound } from '../protocol/beacon.ts';
import { ZERO32, fromHex, type Hex } from '../protocol/bytes.ts';
import { KIND_GEMM, challengeHash, type Challenge } from '../protocol/challenge.ts';
import { checkGemm, fullCheck, secretCheck, type ProductCheck } from '../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../protocol/challenges/gemm/matrix.ts';
import { encodeGemmParams, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { multiplyRound } from '../protocol/challenges/gemm/prove.ts';
import { gemmSecrets, passesSecrets, type GemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import type { Domain } from '../protocol/domain.ts';
import { drawFor, judgeCommitment, judgeOpening, type AuditCase } from '../protocol/judge.ts';
import { gemmOpenings } from '../protocol/openings-check.ts';
import type { GpuClass } from '../protocol/policy.ts';
import {
  commitmentPayload,
  drawDigest,
  drawHash,
  openingPayload,
  verifyReceipt,
  type Position,
  type PublicKey,
} from '../protocol/receipts.ts';
import { signDigest } from '../protocol/signer.ts';
import type { GemmTask } from '../protocol/task.ts';

/** One audit, as JSON. `openings` are the bytes for all positions but the last, and for the last alone. */
export type Prepared = {
  readonly domain: Domain;
  readonly challenge: Challenge;
  readonly params: GemmParams;
  readonly gpuClass: GpuClass;
  readonly publicKey: PublicKey;
  readonly seed: Hex;
  readonly signerKey: Hex;
  readonly positions: readonly Position[];
  readonly commitmentMessage: Hex;
  readonly openingMessage: Hex;
  readonly openings: { readonly withSecrets: Hex; readonly secretless: Hex };
  readonly openingHash: Hex;
  readonly receipts: { readonly commitment: Hex; readonly opening: Hex };
  readonly beacon: BeaconRound & { readonly publicKey: Hex };
  /** Of the job whose rate stands for re-execution. */
  readonly small: GemmParams;
};

type Part = () => boolean;
let parts: Readonly<Record<string, Part>> = {};

function partsOf(given: Prepared): Record<string, Part> {
  const { params, positions, seed, domain, challenge } = given;
  const { publicKey, gpuClass } = given;
  const encoded = { bytes: encodeGemmParams(params), paramsHash: challenge.paramsHash };
  const task: GemmTask = { kind: KIND_GEMM, params, job: gpuClass.gemm, ...encoded };
  const hash = challengeHash(domain, challenge);
  const audit: AuditCase = { domain, challenge, challengeHash: hash, task, start: ZERO32, startedAt: 0, publicKey };
  const first = judgeCommitment(audit, fromHex(given.commitmentMessage));
  if (typeof first === 'string') throw new Error(`the commitment is refused: ${first}`);
  const { roots, commitment } = first;
  const key = fromHex(given.signerKey, 32);
  const drawn = { positions, hash: drawHash(audit.challengeHash, commitment, positions) };
  const bytes = { first: fromHex(given.commitmentMessage), second: fromHex(given.openingMessage) };
  const openings = { most: fromHex(given.openings.withSecrets), last: fromHex(given.openings.secretless) };
  const most = { params, nonce: challenge.nonce, roots, positions: positions.slice(0, -1) };
  const last = { ...most, positions: positions.slice(-1) };
  let secrets: GemmSecrets | undefined;
  const known = (): GemmSecrets => (secrets ??= gemmSecrets(seed, params));
  const allSecret: ProductCheck = (a, block, values) => passesSecrets(known().blocks[block] ?? [], a, values);
  let b: Int8Array | undefined;
  return {
    empty: () => true,
    setup: () => gemmSecrets(seed, params).blocks.length > 0,
    secrets: () => checkGemm(most, openings.most, allSecret) === 'none',
    form: () => checkGemm(most, openings.most, () => true) === 'none',
    secretless: () => checkGemm(last, openings.last, fullCheck(params)) === 'none',
    full: () => checkGemm(most, openings.most, fullCheck(params)) === 'none',
    receipts: () =>
      verifyReceipt(
        given.publicKey,
        commitmentPayload(domain, challenge.nodeId, audit.challengeHash, commitment),
        given.receipts.commitment,
      ) &&
      verifyReceipt(
        given.publicKey,
        openingPayload(domain, audit.challengeHash, commitment, drawn.hash, given.openingHash),
        given.receipts.opening,
      ),
    signatures: () => {
      const digest = drawDigest(domain, { challengeHash: audit.challengeHash, commitment, drawHash: drawn.hash });
      return signDigest(challengeHash(domain, challenge), key) !== signDigest(digest, key);
    },
    bls: () => verifyRound(given.beacon.publicKey, given.beacon),
    judge: () => {
      const committed = judgeCommitment(audit, bytes.first);
      if (typeof committed === 'string' || drawFor(audit, seed, commitment).positions.length !== positions.length) return false;
      return (
        judgeOpening(audit, committed, drawn, bytes.second, gemmOpenings(task, secretCheck(params, known()))).reason === 'none'
      );
    },
    prove: () => multiplyRound(given.small, (b ??= expandMatrixB(given.small)), challenge.nonce).length > 0,
  };
}

export async function answer(request: Request): Promise<Response> {
  const [, verb, name = '', times = '1'] = new URL(request.url).pathname.split('/');
  if (verb === 'prepare') {
    parts = partsOf((await request.json()) as Prepared);
    return Response.json(Object.keys(parts));
  }
  const part = parts[name];
  if (part === undefined) return new Response(`no part ${name}`, { status: 404 });
  for (let i = 0; i < Number(times); i++) if (!part()) return new Response(`${name} does not pass`, { status: 500 });
  return Response.json(null);
}
