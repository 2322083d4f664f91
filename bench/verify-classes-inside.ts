// What runs inside workerd when the classes' verification is measured: POST /prepare with one class' jobs, then POST
// /run/<part>/<times>. Each part checks its own outcome, so nothing is timed that did not do its work.
import { fromHex, toHex, type Hex } from '../protocol/bytes.ts';
import { checkGemm, secretCheck } from '../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../protocol/challenges/gemm/matrix.ts';
import type { GemmParams } from '../protocol/challenges/gemm/params.ts';
import { multiplyRound } from '../protocol/challenges/gemm/prove.ts';
import { gemmSecrets, type GemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import { checkVram } from '../protocol/challenges/vram/check.ts';
import { dataKey, expandCache, writePage } from '../protocol/challenges/vram/data.ts';
import { PAGE_WORDS, type VramParams } from '../protocol/challenges/vram/params.ts';
import { foldPass } from '../protocol/challenges/vram/prove.ts';
import type { Position } from '../protocol/receipts.ts';

type Proof = {
  readonly nonce: Hex;
  readonly roots: readonly Hex[];
  readonly positions: readonly Position[];
  readonly openings: Hex;
};

/** One class' jobs with a proof of each, as JSON. */
export type PreparedClass = {
  readonly seed: Hex;
  readonly nodeId: Hex;
  readonly gemm: Proof & { readonly params: GemmParams };
  readonly vram: Proof & { readonly params: VramParams; readonly start: Hex };
  /** Of the job whose rate stands for re-execution. */
  readonly small: GemmParams;
  /** Pages that one run of `fill` makes, and that one run of `pass` folds. */
  readonly slice: { readonly fill: number; readonly pass: number };
};

type Part = () => boolean;
let parts: Readonly<Record<string, Part>> = {};

const opened = (proof: Proof): { roots: Uint8Array[]; bytes: Uint8Array } => ({
  roots: proof.roots.map((root) => fromHex(root, 32)),
  bytes: fromHex(proof.openings),
});

function gemmParts({ gemm, seed, small }: PreparedClass): Record<string, Part> {
  const { roots, bytes } = opened(gemm);
  let secrets: GemmSecrets | undefined;
  let b: Int8Array | undefined;
  return {
    'gemm-setup': () => (secrets = gemmSecrets(seed, gemm.params)).blocks.length > 0,
    gemm: () =>
      checkGemm({ ...gemm, roots }, bytes, secretCheck(gemm.params, (secrets ??= gemmSecrets(seed, gemm.params)))) === 'none',
    multiply: () => multiplyRound(small, (b ??= expandMatrixB(small)), gemm.nonce).length > 0,
  };
}

function vramParts({ vram, nodeId, slice }: PreparedClass): Record<string, Part> {
  const { roots, bytes } = opened(vram);
  const { params } = vram;
  const data = dataKey(params, nodeId);
  const content = new Uint32Array(PAGE_WORDS * slice.fill);
  const memory = new Uint32Array(PAGE_WORDS * slice.pass).fill(0x5eed);
  let cache: Uint32Array | undefined;
  const known = (): Uint32Array => (cache ??= expandCache(params));
  let next = 0;
  return {
    'vram-setup': () => (cache = expandCache(params)).length > 0,
    vram: () => checkVram({ ...vram, roots }, bytes, nodeId, known()) === 'none',
    fill: () => {
      for (let i = 0; i < slice.fill; i++) writePage(content, PAGE_WORDS * i, params, known(), data, next++ % params.pages);
      return content.some((word) => word !== 0);
    },
    pass: () => {
      const of = { ...params, pages: slice.pass };
      const key = toHex(new Uint8Array(32).fill(next++ % 256));
      return foldPass(of, key, 0, (page) => memory.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1))).folds.length > 0;
    },
  };
}

export async function answer(request: Request): Promise<Response> {
  const [, verb, name = '', times = '1'] = new URL(request.url).pathname.split('/');
  if (verb === 'prepare') {
    const prepared = (await request.json()) as PreparedClass;
    parts = { empty: () => true, ...gemmParts(prepared), ...vramParts(prepared) };
    return Response.json(Object.keys(parts));
  }
  const part = parts[name];
  if (part === undefined) return new Response(`no part ${name}`, { status: 404 });
  for (let i = 0; i < Number(times); i++) if (!part()) return new Response(`${name} does not pass`, { status: 500 });
  return Response.json(null);
}
