// An engine on the machine on a processor, and a hand on the machine's failures.
import { foreignInterface } from '../../../../gpu-runners/backends/cuda/foreign.ts';
import { openCuda, type CudaEngine, type CudaOptions } from '../../../../gpu-runners/backends/cuda/index.ts';
import { LIMITS, type Limits } from '../../../../gpu-runners/backends/cuda/layout.ts';
import type { Machine } from './build.ts';

/** The smallest pieces: chunks of 256 rows, launches of 8,192 pages. */
export const SMALL: Limits = { ...LIMITS, chunkBytes: 1, passPages: 8192, fillPages: 1000 };

/** Of shared memory, in every test that no other number is the point of: the machine is built once. */
export const RIG_STAGES = 3;

/** Dynamic shared memory with which a device has room for so many stages. */
export const sharedFor = (stages: number): number => stages * 49_152 + 1152;

type Setting = 'reset' | 'devices' | 'init' | 'major' | 'minor' | 'shared' | 'memory' | 'failAtLaunch' | 'failWith' | 'notReady';
type Figure = 'launches' | 'used' | 'peak' | 'allocations' | 'events';

export type Rig = {
  readonly set: (what: Setting, value?: number) => void;
  readonly get: (what: Figure) => number;
  /** What the machine saw go wrong, or nothing. */
  readonly fault: () => string;
  readonly failCompiling: (fails: boolean) => void;
  readonly compiled: () => number;
  readonly open: (options?: CudaOptions) => Promise<CudaEngine>;
};

export async function createRig(machine: Machine, stages: number): Promise<Rig> {
  const foreign = await foreignInterface();
  const [cuda, nvrtc] = [foreign.open([machine.cuda]), foreign.open([machine.nvrtc])];
  if (cuda === null || nvrtc === null) throw new Error('the machine’s libraries don’t load');
  const setting = cuda.bind('int fake_set(const char *name, long value)');
  const figure = cuda.bind('long fake_get(const char *name)');
  const fault = cuda.bind('const char *fake_fault()');
  const failing = nvrtc.bind('int fake_nvrtc_set(long fails)');
  const compiled = nvrtc.bind('long fake_nvrtc_compiled()');
  const set: Rig['set'] = (what, value = 0) => {
    setting(what, value);
    if (what === 'reset') setting('shared', sharedFor(stages));
  };
  set('reset');
  const libraries = { cuda: [machine.cuda], nvrtc: [machine.nvrtc] };
  return {
    set,
    get: (what) => Number(figure(what)),
    fault: () => String(fault()),
    failCompiling: (fails) => void failing(fails ? 1 : 0),
    compiled: () => Number(compiled()),
    open: (options) => openCuda({ cacheFolder: null, limits: SMALL, libraries, ...options }),
  };
}
