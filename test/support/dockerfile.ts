// A Dockerfile as stages and steps. Only the form that ours has: one instruction a line.
export type Step = { readonly verb: string; readonly rest: string };
export type Stage = {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly steps: readonly Step[];
};

const VERBS = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT'];

/** @throws Error for an instruction that ours does not use, or a line that goes on in the next */
export function parseDockerfile(text: string): Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [verb = '', ...words] = line.split(' ');
    if (!VERBS.includes(verb) || line.endsWith('\\'))
      throw new Error(`the Dockerfile has a line that the tests do not know: ${line}`);
    const rest = words.join(' ');
    const [base = '', name = ''] = rest.split(' AS ');
    if (verb === 'FROM') stages.push({ name, base, steps: [] });
    else stages.at(-1)?.steps.push({ verb, rest });
  }
  return stages;
}

/** Paths of a COPY: what is copied, from which stage (undefined: the context), and where to. */
export function copyOf({ rest }: Step): { from: string | undefined; sources: string[]; to: string; flags: string[] } {
  const words = rest.split(' ');
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const to = paths.pop() ?? '';
  return { from: flags.find((word) => word.startsWith('--from='))?.slice(7), sources: paths, to, flags };
}

/** NAME=value pairs of all ENV steps. */
export function envOf({ steps }: Stage): Record<string, string> {
  const pairs = steps.filter(({ verb }) => verb === 'ENV').flatMap(({ rest }) => rest.split(' '));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
