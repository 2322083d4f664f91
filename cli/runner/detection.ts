// What the runner's own command `detect --json` says of this machine. The runner is another program to the command line: its answer is
// parsed like anybody's.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../command.ts';
import { DETECT_BYTES_MAX, DETECT_MS_MAX } from '../limits.ts';

/** The runner's program. */
export const RUNNER_PROGRAM = join(import.meta.dirname, '..', '..', 'gpu-runners', 'main.ts');

const backend = z.enum(['cpu', 'webgpu', 'cuda']);

const detectionSchema = z.object({
  choice: z.object({
    backend,
    device: z.object({
      backend,
      kind: z.enum(['hardware', 'software', 'processor']),
      name: z.string(),
      memoryMiB: z.int().min(0).nullable(),
    }),
  }),
  words: z.array(z.string()).min(1).max(64),
});
export type Detection = z.infer<typeof detectionSchema>;

/** @throws CliError with what the runner wrote, when it found nothing that computes */
export function detectDevices(program = RUNNER_PROGRAM): Promise<Detection> {
  const options = { timeout: DETECT_MS_MAX, maxBuffer: DETECT_BYTES_MAX, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, 'detect', '--json'], options, (error, stdout, stderr) => {
      if (error !== null) {
        const why = stderr.trim() === '' ? 'it did not end in time' : stderr.trim();
        reject(new CliError(`The runner could not look for devices: ${why}`));
        return;
      }
      try {
        resolve(detectionSchema.parse(JSON.parse(stdout)));
      } catch {
        reject(new CliError('The runner’s answer about its devices makes no sense. Install the whole of one version.'));
      }
    });
  });
}
