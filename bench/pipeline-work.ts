// What the nodes of the pipeline's measure compute. From memory: roots and openings are the same bytes each time, so an audit goes all
// the way and ends as bad_opening at the first path. Honest: the CPU backend computes each job, one at a time.
import { cpuBackend } from '../gpu-runners/backends/cpu/index.ts';
import type { Proof } from '../gpu-runners/backends/backend.ts';
import type { Hex } from '../protocol/bytes.ts';
import { encodeOpenings } from '../protocol/challenges/gemm/openings.ts';
import { leavesPerRound, LEAF_COLUMNS, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { gemmCommitment } from '../protocol/challenges/gemm/prove.ts';
import { encodeVramOpenings, groupOf } from '../protocol/challenges/vram/openings.ts';
import { groupPages, groupsOf, type VramParams } from '../protocol/challenges/vram/params.ts';
import { vramCommitment } from '../protocol/challenges/vram/prove.ts';
import type { Position } from '../protocol/receipts.ts';
import { rfc6962PathLength } from '../protocol/trees/rfc6962.ts';

export type Work = Pick<Proof, 'roots' | 'commitment' | 'open' | 'release'>;
/** A memory that waits for its start. */
export type Filled = { readonly pass: (start: Hex, nonce: Hex) => Promise<Work> };
export type Worker = {
  readonly gemm: (params: GemmParams, nonce: Hex) => Promise<Work>;
  readonly fill: (params: VramParams, nodeId: Hex) => Promise<Filled>;
};

/** The same bytes each time, with the drawn positions written into them. */
function template(params: GemmParams): (positions: readonly Position[]) => Uint8Array {
  const leaves = leavesPerRound(params);
  const values = new Int32Array(LEAF_COLUMNS).fill(1234);
  const path = Array.from({ length: rfc6962PathLength(0, leaves) }, () => new Uint8Array(32).fill(7));
  const position = { round: 0, leaf: 0 };
  const bytes = encodeOpenings(Array.from({ length: params.openings + 1 }, () => ({ position, values, path })));
  const size = (bytes.length - 2) / (params.openings + 1);
  return (positions) => {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    positions.forEach(({ round, leaf }, i) => {
      view.setUint16(2 + i * size, round);
      view.setUint32(4 + i * size, leaf);
    });
    return out;
  };
}

function vramTemplate(params: VramParams, positions: readonly Position[]): Uint8Array {
  return encodeVramOpenings(
    positions.map((position) => {
      const group = groupOf(position.leaf);
      const length = rfc6962PathLength(group, groupsOf(params));
      const path = Array.from({ length }, () => new Uint8Array(32).fill(7));
      return { position, folds: new Uint8Array(8 * groupPages(params, group)), path };
    }),
  );
}

const rootsOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, round) => new Uint8Array(32).fill(round + 1));
const release = (): void => undefined;

export function memoryWorker(): Worker {
  const templates = new Map<number, ReturnType<typeof template>>();
  return {
    gemm: (params, nonce) => {
      const fill = templates.get(params.depth) ?? template(params);
      templates.set(params.depth, fill);
      const roots = rootsOf(params.rounds);
      return Promise.resolve({ roots, commitment: gemmCommitment(nonce, roots), open: async (drawn) => fill(drawn), release });
    },
    fill: async (params) => ({
      pass: (start) => {
        const roots = rootsOf(params.passes);
        const open = async (drawn: readonly Position[]): Promise<Uint8Array> => vramTemplate(params, drawn);
        return Promise.resolve({ roots, commitment: vramCommitment(start, roots), open, release });
      },
    }),
  };
}

/** One job at a time, as a node with one device would; a memory that is filled holds up nobody. */
export function honestWorker(): { work: Worker; stop: () => Promise<void> } {
  const backend = cpuBackend(1);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(job: () => Promise<T>): Promise<T> => {
    const mine = turn.then(job);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const work: Worker = {
    gemm: (params, nonce) => inTurn(() => backend.gemm(params, nonce)),
    fill: async (params, nodeId) => {
      const filled = await inTurn(() => backend.fill(params, nodeId));
      const pass: Filled['pass'] = async (start, nonce) => {
        const proof = await inTurn(() => filled.pass(start, nonce));
        const { roots, commitment } = proof;
        const end = (): void => {
          filled.release();
        };
        return { roots, commitment, open: (drawn) => proof.open(drawn), release: end };
      };
      return { pass };
    },
  };
  return { work, stop: () => backend.close() };
}
