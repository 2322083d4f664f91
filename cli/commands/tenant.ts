// `assay tenant <verb>`: tenants of a hosted API and their keys. The key that is used comes from the environment, never from the command line,
// where others of the machine could read it.
import { ADMIN_KEY_VARIABLE, API_KEY_VARIABLE, apiFlag, keyFrom } from '../api.ts';
import { UsageError, parseFlags, type Command, type ExitCode, type Io } from '../command.ts';
import { tenantVerbs, type Values, type Verb } from './tenant-verbs.ts';

const flagLines = ({ flags }: Verb): string[] =>
  Object.entries(flags).map(([flag, text]) => `      --${flag.padEnd(20)} ${text}`);

const usage = [
  `<verb> --api URL [flags] [--json]`,
  '',
  ...tenantVerbs.flatMap((verb) => [`  ${verb.name.padEnd(8)} ${verb.summary}`, ...flagLines(verb)]),
  '',
  '  --api   where the hosted API is, such as https://audits.example.org',
  '  --json  the API’s answer instead of lines',
  '',
  `\`create\` takes the operator’s key from ${ADMIN_KEY_VARIABLE}; all others take a key of the tenant from ${API_KEY_VARIABLE},`,
  'and all but `show` one with the scope keys. A new key is printed once, alone on standard output.',
].join('\n');

function findVerb(word: string | undefined): Verb {
  const verb = tenantVerbs.find(({ name }) => name === word);
  if (verb !== undefined) return verb;
  const names = tenantVerbs.map(({ name }) => name).join(', ');
  throw new UsageError(
    word === undefined ? `Say what to do: ${names}.` : `There is no ${JSON.stringify(word)} for a tenant: ${names}.`,
  );
}

async function run([word, ...words]: readonly string[], io: Io): Promise<ExitCode> {
  const verb = findVerb(word);
  const own = Object.fromEntries(['api', ...Object.keys(verb.flags)].map((flag) => [flag, { type: 'string' } as const]));
  const { json, ...rest } = parseFlags(words, { ...own, json: { type: 'boolean' } } as const);
  const values: Values = rest;
  const url = apiFlag(values['api']);
  const key = keyFrom(io.env, verb.variable);
  await verb.run({ api: { url, key }, values, io, isJson: json === true });
  return 0;
}

export const tenantCommand: Command = {
  name: 'tenant',
  summary: 'Makes and manages tenants of a hosted API and their keys.',
  usage,
  run,
};
