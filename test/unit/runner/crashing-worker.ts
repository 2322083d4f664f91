// A worker thread of the CPU backend that dies in the middle of a product of 7 rows, and reports its device as lost for one of 6.
import { parentPort } from 'node:worker_threads';
import { HONEST, type Prove } from '../../../gpu-runners/backends/cpu/provers.ts';
import { serveBackend } from '../../../gpu-runners/backends/cpu/serve.ts';
import { DeviceError } from '../../../gpu-runners/backends/engine.ts';

const gemm: Prove = (params, nonce, compute) => {
  if (params.rows === 6) throw new DeviceError('lost', 'the device fell off the bus');
  return HONEST.gemm(params, nonce, (round, current) => {
    if (params.rows === 7 && round === 1) process.exit(3);
    return compute(round, current);
  });
};

if (parentPort !== null) serveBackend(parentPort, { ...HONEST, gemm });
