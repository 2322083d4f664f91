// What all commands that send transactions share: where to, the operator's key, and how they tell what they did.
import type { RegistryClient } from '../../chain/client.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { KEY_VARIABLE, openSession, type Session } from '../chain/send.ts';
import type { Target } from '../chain/connect.ts';
import { hexFlag, integerFlag, parseFlags, required, urlFlag, type Command } from '../command.ts';

export type Values = Readonly<Record<string, string | undefined>>;

/** Further fields of the JSON document, all plain. */
export type Told = Readonly<Record<string, string | number | boolean | null>>;
/** Sends what has to be sent; says what happened on the way. */
export type Work = (session: Session) => Promise<Told>;

type Write = {
  readonly name: string;
  readonly summary: string;
  /** Flags besides the common ones, with what they mean. */
  readonly flags: Readonly<Record<string, string>>;
  /** Appended to the usage. */
  readonly more?: string;
  /** Checks the flags before anything is asked of the network. */
  readonly prepare: (values: Values) => Work;
};

export const COMMON = {
  rpc: 'an RPC of the chain',
  registry: "the registry's address",
  'chain-id': 'refuse any other chain (may be left out)',
} as const;

export function usageOf(flags: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = { ...flags, ...COMMON, json: 'one JSON object instead of lines' };
  const width = Math.max(...Object.keys(all).map((name) => name.length));
  const head = Object.entries(flags).map(([name, text]) =>
    text.endsWith('(may be left out)') ? `[--${name} …]` : `--${name} …`,
  );
  const lines = Object.entries(all).map(([name, text]) => `  --${name.padEnd(width)}  ${text}`);
  return `${[...head, '--rpc URL --registry 0x… [--chain-id N] [--json]'].join(' ')}\n\n${lines.join('\n')}`;
}

/** Where a command's registry is. @throws UsageError */
export function targetOf(values: Values): Target {
  const rpc = urlFlag(required(values['rpc'], '--rpc'), '--rpc');
  const registry = hexFlag(required(values['registry'], '--registry'), '--registry', 20);
  const wanted = values['chain-id'];
  const chainId = wanted === undefined ? null : integerFlag(wanted, '--chain-id', 1, Number.MAX_SAFE_INTEGER);
  return { rpcUrls: [rpc], registry, chainId };
}

/** The flags of a command: its own and the common ones with a value each, and --json. @throws UsageError */
export function readFlags(
  args: readonly string[],
  flags: Readonly<Record<string, string>>,
): { readonly values: Values; readonly isJson: boolean } {
  const names = Object.keys({ ...flags, ...COMMON });
  const options = Object.fromEntries(names.map((flag) => [flag, { type: 'string' } as const]));
  const { json, ...values } = parseFlags(args, { ...options, json: { type: 'boolean' } } as const);
  return { values, isJson: json === true };
}

/** A command that sends transactions. */
export function writeCommand({ name, summary, flags, more, prepare }: Write): Command {
  const key = `The operator's private key is read from the environment variable ${KEY_VARIABLE}.`;
  return {
    name,
    summary,
    usage: [usageOf(flags), ...(more === undefined ? [] : [more]), key].join('\n\n'),
    run: async (args, io) => {
      const { values, isJson } = readFlags(args, flags);
      const target = targetOf(values);
      const work = prepare(values);
      const session = await openSession(target, io.env, (line) => {
        if (!isJson) io.out(line);
      });
      const told = await work(session);
      const { client, sender, sent } = session;
      const place = { chainId: client.chainId, registry: client.registry, sender };
      if (isJson) io.out(JSON.stringify({ ok: true, ...place, ...told, transactions: sent }));
      return 0;
    },
  };
}

/** One transaction to the registry, which takes effect two epochs later. @param encode from the registry and the sender, because proofs are bound to both */
export function registryCall(what: string, encode: (client: RegistryClient, sender: Hex) => Hex): Work {
  return async ({ client, sender, send, say }) => {
    await send({ what, to: client.registry, data: encode(client, sender), contract: 'registry' });
    say('It takes effect two epochs after the current one.');
    return {};
  };
}
