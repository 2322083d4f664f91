// What is found on a machine and which backend computes: probes are given, so that each machine of the tables is one that could be.
import { describe, expect, it } from 'vitest';
import { DeviceError } from '../../../gpu-runners/backends/engine.ts';
import { detectAndChoose } from '../../../gpu-runners/detect/auto.ts';
import { choose } from '../../../gpu-runners/detect/choose.ts';
import { kindOf } from '../../../gpu-runners/detect/detect.ts';
import { machineProbes } from '../../../gpu-runners/detect/machine.ts';
import type { Opened, Probes } from '../../../gpu-runners/detect/probes.ts';
import { describe as inWords } from '../../../gpu-runners/detect/words.ts';

const absent = (message: string): Opened => ({ opened: false, code: 'absent', message });
const opened = (name: string, memoryMiB: number | null): Opened => ({
  opened: true,
  device: { name, memoryBytes: memoryMiB === null ? null : memoryMiB * 2 ** 20, driver: 'driver 1.2' },
});
const NO_CUDA = absent('no libcuda.so.1. Install NVIDIA’s driver.');
const NO_VULKAN = absent('no Vulkan device. Install a Vulkan driver.');

type Machine = { cuda?: Opened; webgpu?: Opened; files?: Readonly<Record<string, string>>; smi?: string; hasSimd?: boolean };

function probes({ cuda = NO_CUDA, webgpu = NO_VULKAN, files = {}, smi, hasSimd = true }: Machine): Probes {
  return {
    open: (backend) => Promise.resolve(backend === 'cuda' ? cuda : webgpu),
    readText: (path) => files[path] ?? null,
    list: (path) => [
      ...new Set(
        Object.keys(files)
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
    run: (program) => Promise.resolve(program === 'nvidia-smi' ? (smi ?? null) : null),
    processor: { device: { name: 'Some EPYC', memoryBytes: 2 ** 33, driver: 'SIMD, 2 threads' }, hasSimd },
  };
}

const NVIDIA_FILES = { '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 16\n' };
const AMD_FILES = { '/sys/class/drm/card0/device/vendor': '0x1002\n', '/sys/class/drm/card0-HDMI-A-1/status': 'off' };

describe('the chosen backend', () => {
  const machines: [string, Machine, string, string, RegExp | null][] = [
    ['an NVIDIA node', { cuda: opened('NVIDIA H100', 81_079) }, 'cuda', 'NVIDIA H100', null],
    [
      'both interfaces of one card',
      { cuda: opened('NVIDIA RTX 4090', 24_000), webgpu: opened('nvidia nvidia-rtx-4090', null) },
      'cuda',
      'NVIDIA RTX 4090',
      /rtx-4090 \(webgpu\) is the same device through a slower interface/,
    ],
    ['a Mac', { webgpu: opened('Apple M4', 16_384) }, 'webgpu', 'Apple M4', /Some EPYC \(cpu\) would be slower; --backend cpu/],
    ['no GPU', {}, 'cpu', 'Some EPYC', /cuda: no libcuda.so.1. Install NVIDIA’s driver\.\n.*webgpu: no Vulkan device/],
    [
      'a driver that plays a GPU',
      { webgpu: opened('SwiftShader Device (LLVM 10.0.0)', null) },
      'cpu',
      'Some EPYC',
      /SwiftShader .* computes on the processor: the CPU backend does that faster/,
    ],
    [
      'a card whose driver is missing',
      { files: NVIDIA_FILES },
      'cpu',
      'Some EPYC',
      /cuda: no libcuda.* This machine has NVIDIA H100 80GB HBM3\./,
    ],
    ['a card that only nvidia-smi knows', { smi: 'NVIDIA L40S\n' }, 'cpu', 'Some EPYC', /This machine has NVIDIA L40S\./],
    ['a card of another maker', { files: AMD_FILES }, 'cpu', 'Some EPYC', /webgpu: .* This machine has an AMD GPU\./],
    [
      'a card that crashes its driver, beside one that works',
      { cuda: { opened: false, code: 'lost', message: 'the cuda process ended (SIGSEGV)' }, webgpu: opened('Radeon RX', 16_000) },
      'webgpu',
      'Radeon RX',
      /cuda: the cuda process ended \(SIGSEGV\)\. Update its driver/,
    ],
    ['software only, without SIMD', { webgpu: opened('llvmpipe', null), hasSimd: false }, 'webgpu', 'llvmpipe', /cpu: .*SIMD/],
  ];
  it.each(machines)('%s', async (_, machine, backend, device, others) => {
    const { found, choice } = await detectAndChoose(probes(machine));
    expect([choice.backend, choice.device.name]).toEqual([backend, device]);
    const text = choice.others.join('\n');
    if (others === null) expect(text).not.toMatch(/webgpu|cuda/);
    else expect(text).toMatch(others);
    const lines = inWords(found, choice);
    expect(lines[0]).toBe('Found:');
    expect(lines.find((line) => line.startsWith('Chosen:'))).toContain(`Chosen: ${backend}, because `);
    expect(found.usable.length + found.unusable.length).toBe(3);
  });

  it('has the machine’s memory where it is Apple’s, and none that nobody has told', async () => {
    const memoryOf = async (name: string) =>
      (await detectAndChoose(probes({ webgpu: opened(name, null) }))).choice.device.memoryMiB;
    expect([await memoryOf('apple apple-m4'), await memoryOf('amd amd-radeon-rx-7900-xtx')]).toEqual([8192, null]);
  });

  it('is none where nothing can compute', async () => {
    await expect(detectAndChoose(probes({ hasSimd: false }))).rejects.toThrow(
      /Nothing on this machine can compute\. cuda: .* webgpu: .* cpu: .*SIMD/,
    );
    expect(() => choose({ usable: [], unusable: [] })).toThrow();
  });

  it('knows drivers that compute on the processor by their names', () => {
    for (const name of ['google swiftshader-device-subzero- (software)', 'llvmpipe (LLVM 15)', 'Microsoft Basic Render Driver'])
      expect(kindOf(name)).toBe('software');
    for (const name of ['NVIDIA H100', 'Apple M4 Max', 'Intel(R) Iris(R) Xe Graphics']) expect(kindOf(name)).toBe('hardware');
  });
});

describe('this machine', () => {
  it('has a processor that computes', async () => {
    const { processor, list, readText } = machineProbes();
    expect(processor.hasSimd).toBe(true);
    expect(processor.device.memoryBytes).toBeGreaterThan(2 ** 20);
    expect([list('/no/such/folder'), readText('/no/such/file')]).toEqual([[], null]);
  });

  it('tells why a device does not open, in the engine’s words', async () => {
    const refused = machineProbes(() => Promise.reject(new DeviceError('memory', 'too little memory.')));
    expect(await refused.open('cuda')).toEqual({ opened: false, code: 'memory', message: 'too little memory.' });
    const broken = machineProbes(() => Promise.reject(new TypeError('x is not a function')));
    expect(await broken.open('webgpu')).toEqual({ opened: false, code: 'unfit', message: 'x is not a function' });
  });

  it('is asked for programs with a limit, and a missing one is no error', async () => {
    const { run } = machineProbes();
    expect(await run('no-such-program-anywhere', [])).toBeNull();
    expect(await run(process.execPath, ['-e', 'process.stdout.write("told")'])).toBe('told');
    expect(await run(process.execPath, ['-e', 'process.exit(3)'])).toBeNull();
  });
});
