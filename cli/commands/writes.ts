// What all commands that send a transaction share: where to, and the operator's key.
import type { RegistryClient } from '../../chain/client.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { KEY_VARIABLE, sendToRegistry } from '../chain/send.ts';
import { hexFlag, integerFlag, parseFlags, required, urlFlag, type Command } from '../command.ts';

export type Values = Readonly<Record<string, string | undefined>>;

type Write = {
  readonly name: string;
  readonly summary: string;
  /** Flags besides the common ones, with what they mean. */
  readonly flags: Readonly<Record<string, string>>;
  /** Checks the flags before anything is asked of the network; the result makes the calldata. */
  readonly prepare: (values: Values) => (client: RegistryClient, sender: Hex) => Hex;
};

const COMMON = {
  rpc: 'an RPC of the chain',
  registry: "the registry's address",
  'chain-id': 'refuse any other chain (may be left out)',
} as const;

function usageOf(flags: Readonly<Record<string, string>>): string {
  const all = { ...flags, ...COMMON };
  const width = Math.max(...Object.keys(all).map((name) => name.length));
  const head = Object.keys(flags).map((name) => `--${name} …`);
  const lines = Object.entries(all).map(([name, text]) => `  --${name.padEnd(width)}  ${text}`);
  return `${[...head, '--rpc URL --registry 0x… [--chain-id N]'].join(' ')}\n\n${lines.join('\n')}

The operator's private key is read from the environment variable ${KEY_VARIABLE}.`;
}

/** A command that sends one transaction. */
export function writeCommand({ name, summary, flags, prepare }: Write): Command {
  const options = Object.fromEntries(Object.keys({ ...flags, ...COMMON }).map((flag) => [flag, { type: 'string' } as const]));
  return {
    name,
    summary,
    usage: usageOf(flags),
    run: async (args, io) => {
      const values: Values = parseFlags(args, options);
      const rpc = urlFlag(required(values['rpc'], '--rpc'), '--rpc');
      const registry = hexFlag(required(values['registry'], '--registry'), '--registry', 20);
      const wanted = values['chain-id'];
      const chainId = wanted === undefined ? null : integerFlag(wanted, '--chain-id', 1, Number.MAX_SAFE_INTEGER);
      await sendToRegistry({ rpcUrls: [rpc], registry, chainId }, io, prepare(values));
      return 0;
    },
  };
}
