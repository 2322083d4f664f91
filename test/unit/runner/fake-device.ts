// A device process with the CPU's engine: dies by a signal for a product of 7 rows, hangs for one of 6, and is not there at all when it is
// told so. What it prints goes to the log of the runner.
import { cpuDevice } from '../../../gpu-runners/backends/cpu/device.ts';
import { cpuEngine } from '../../../gpu-runners/backends/cpu/engine.ts';
import { HONEST } from '../../../gpu-runners/backends/cpu/provers.ts';
import { DeviceError, type Engine } from '../../../gpu-runners/backends/engine.ts';
import type { HostedProof } from '../../../gpu-runners/backends/pool/host.ts';
import { serveEngine } from '../../../gpu-runners/backends/pool/device.ts';

const [mode] = process.argv.slice(2);
const inner = cpuEngine(HONEST, () => undefined);
const proofOf = async (made: HostedProof | Promise<HostedProof>) => {
  const proof = await made;
  return { ...proof, open: async (...args: Parameters<HostedProof['open']>) => proof.open(...args) };
};
const engine: Engine = {
  device: { ...cpuDevice(), name: 'a device of the tests' },
  async gemm(params, nonce) {
    if (params.rows === 7) {
      process.stderr.write('Xid 79: GPU has fallen off the bus\n');
      process.kill(process.pid, 'SIGSEGV');
    }
    if (params.rows >= 6 && params.rows <= 7) return new Promise<never>(() => undefined);
    return proofOf(inner.gemm(params, nonce));
  },
  async fill(params, nodeId) {
    const fill = await inner.fill(params, nodeId);
    return { pass: (start, nonce) => proofOf(fill.pass(start, nonce)), release: () => undefined };
  },
  close: () => Promise.resolve(),
};

await serveEngine(() => {
  if (mode === 'absent') throw new DeviceError('absent', 'There is no driver: install one.');
  if (mode === 'leaky' && Object.keys(process.env).some((name) => name.startsWith('ASSAY_'))) throw new Error('settings leaked');
  return mode === 'silent' ? new Promise<never>(() => undefined) : Promise.resolve(engine);
});
