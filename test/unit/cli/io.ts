// The command line run inside of the test: its lines and its exit code.
import { runCli } from '../../../cli/cli.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export async function assay(argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    progress: () => undefined,
    env,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
