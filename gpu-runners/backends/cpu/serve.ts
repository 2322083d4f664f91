// The worker thread's side: computes one job at a time and keeps its proof. While it computes it looks into its mailbox every few
// rows, because another job's opening has a deadline of its own.
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Hex } from '../../../protocol/bytes.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, type ComputeRound, type GemmProof } from '../../../protocol/challenges/gemm/prove.ts';
import { createMatrixCache } from './cache.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** Makes a proof; `compute` gives a round's true values. */
export type Prove = (params: GemmParams, nonce: Hex, compute: ComputeRound) => GemmProof;

/** @param prove the honest way unless a dishonest runner brings its own */
export function serveBackend(port: MessagePort, prove: Prove = commitGemm): void {
  const matrixOf = createMatrixCache();
  const proofs = new Map<number, GemmProof>();

  const look = (): void => {
    for (let mail = receiveMessageOnPort(port); mail !== undefined; mail = receiveMessageOnPort(port))
      handle(mail.message as ToWorker);
  };
  const commit = (id: number, params: GemmParams, nonce: Hex): FromWorker => {
    const matrix = matrixOf(params);
    const proof = prove(params, nonce, (_round, current) => matrix.multiply(current, params.rows, look));
    proofs.set(id, proof);
    return { type: 'committed', id, roots: proof.roots, commitment: proof.commitment };
  };
  const open = ({ id, proof, positions }: ToWorker & { type: 'open' }): FromWorker => {
    const found = proofs.get(proof);
    if (found === undefined) throw new Error('no such proof');
    return { type: 'opened', id, openings: found.open(positions) };
  };
  const handle = (message: ToWorker): void => {
    if (message.type === 'release') {
      proofs.delete(message.proof);
      return;
    }
    try {
      port.postMessage(message.type === 'open' ? open(message) : commit(message.id, message.params, message.nonce));
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      port.postMessage({ type: 'failed', id: message.id, message: reason } satisfies FromWorker);
    }
  };
  port.on('message', handle);
}
