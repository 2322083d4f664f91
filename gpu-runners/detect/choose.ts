// Which of the found devices computes: pure. A GPU that its own vendor's interface drives before one behind WebGPU, any GPU before the
// processor, and the processor itself before a driver that only plays a GPU on it.
import type { BackendName } from '../backends/backend.ts';
import { DeviceError } from '../backends/engine.ts';
import type { Choice, Found, Unusable, Usable } from './found.ts';

const RANK: Readonly<Record<string, number>> = {
  'cuda hardware': 0,
  'webgpu hardware': 1,
  'cpu processor': 2,
  'webgpu software': 3,
  'cuda software': 4,
};
const rankOf = ({ backend, kind }: Usable): number => RANK[`${backend} ${kind}`] ?? 5;

const WHY: Readonly<Record<BackendName, string>> = {
  cuda: 'it reaches the int8 matrix units of an NVIDIA device, which no other backend does',
  webgpu: 'it computes on the GPU, and nothing faster answered',
  cpu: 'no GPU answered',
};

/** Interfaces write one device's name in their own ways: "NVIDIA H100 PCIe", "nvidia nvidia-h100-pcie". */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();

function passedOver(other: Usable, chosen: Usable): string {
  const subject = `${other.name} (${other.backend})`;
  if (other.kind === 'software') return `${subject} computes on the processor: the CPU backend does that faster.`;
  if (other.kind === 'processor') return `${subject} would be slower; --backend cpu takes it all the same.`;
  const own = plain(other.name).includes(plain(chosen.name))
    ? 'the same device through a slower interface'
    : 'slower than the chosen one';
  return `${subject} is ${own}; --backend ${other.backend} takes it all the same.`;
}

function failed({ backend, problem, seen }: Unusable): string {
  const there = seen.length === 0 ? '' : ` This machine has ${seen.join(', ')}.`;
  return `${backend}: ${problem}${there}`;
}

/** @throws DeviceError 'absent' when nothing can compute, with what stood in the way */
export function choose({ usable, unusable }: Found): Choice {
  const [device, ...rest] = usable.toSorted((a, b) => rankOf(a) - rankOf(b));
  if (device === undefined)
    throw new DeviceError('absent', `Nothing on this machine can compute. ${unusable.map(failed).join(' ')}`);
  // What only failed because the machine lacks such a device is not worth a line, unless nothing else is there.
  const worth = unusable.filter(({ code, seen }) => code !== 'absent' || seen.length > 0 || device.backend === 'cpu');
  return {
    backend: device.backend,
    device,
    why: WHY[device.backend],
    others: [...rest.map((other) => passedOver(other, device)), ...worth.map(failed)],
  };
}
