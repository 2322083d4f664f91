// What the system itself tells of GPUs, for machines whose devices did not answer: names, never more. Linux mostly; elsewhere the lists
// are empty.
import type { Probes } from './probes.ts';

/** A line of a file of the system is shorter; what is longer is no name. */
const NAME_CHARS_MAX = 100;
const NAMES_MAX = 16;

const VENDORS: Readonly<Record<string, string>> = {
  '0x10de': 'an NVIDIA GPU',
  '0x1002': 'an AMD GPU',
  '0x8086': 'an Intel GPU',
  '0x106b': 'an Apple GPU',
};

const named = (text: string): boolean => text !== '' && text.length <= NAME_CHARS_MAX;

/** From the kernel module's files, else from nvidia-smi: the same device may be in both. */
export async function nvidiaNames({ list, readText, run }: Pick<Probes, 'list' | 'readText' | 'run'>): Promise<string[]> {
  const folder = '/proc/driver/nvidia/gpus';
  const models = list(folder).flatMap((entry) => {
    const model = /^Model:\s*(.+)$/m.exec(readText(`${folder}/${entry}/information`) ?? '')?.[1]?.trim();
    return model === undefined ? [] : [model];
  });
  if (models.length > 0) return models.filter(named).slice(0, NAMES_MAX);
  const listed = await run('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']);
  return (listed ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(named)
    .slice(0, NAMES_MAX);
}

/** Makers of the cards that the kernel drives; a card that only has a screen looks alike, so there is no more to say. */
export function otherGpus({ list, readText }: Pick<Probes, 'list' | 'readText'>): string[] {
  const cards = list('/sys/class/drm').filter((entry) => /^card\d+$/.test(entry));
  const makers = cards.flatMap((card) => {
    const vendor = readText(`/sys/class/drm/${card}/device/vendor`)?.trim() ?? '';
    const maker = VENDORS[vendor];
    return maker === undefined ? [] : [maker];
  });
  return [...new Set(makers)].slice(0, NAMES_MAX);
}
