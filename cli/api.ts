// One request with a key to the hosted API: bounded in time and size, no redirects, no second try (what it does may have happened). The key
// is read from the environment, goes nowhere but into the header, and over plain http to this machine only.
import { z } from 'zod';
import { problem } from '../schema/api/problems.ts';
import { readAtMost } from '../schema/wire/stream.ts';
import { CliError, UsageError, baseUrlFlag, required, type Io } from './command.ts';
import { API_ANSWER_BYTES_MAX, API_TIMEOUT_MS } from './limits.ts';

/** Who deploys the Worker: its secret ADMIN_KEY. */
export const ADMIN_KEY_VARIABLE = 'ASSAY_ADMIN_KEY';
/** A tenant's key. */
export const API_KEY_VARIABLE = 'ASSAY_API_KEY';

const DETAIL_CHARS_MAX = 600;

export type Api = { readonly url: string; readonly key: string };
export type ApiCall<T> = {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  /** With its query, from `/v1/`. */
  readonly path: string;
  readonly body?: object;
  readonly schema: z.ZodType<T>;
  /** Further headers, such as an idempotency key. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** What a 204 answers. */
export const nothing = z.null();

/** A header must not hold anything else, and an error about it would show it. */
const PRINTABLE = /^[\x21-\x7e]{1,512}$/;

/** @throws CliError where the variable is not set, without its value */
export function keyFrom(env: Io['env'], variable: string): string {
  const key = (env[variable] ?? '').trim();
  if (key === '') throw new CliError(`${variable} is not set. Put the key into this environment variable.`);
  if (!PRINTABLE.test(key)) throw new CliError(`${variable} holds something that is no key. Copy it again.`);
  return key;
}

const isHere = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host) || host.endsWith('.localhost');

/** Where the API is. @throws UsageError, also for plain http to another machine, which would show the key to everybody on the way */
export function apiFlag(text: string | undefined): string {
  const url = new URL(baseUrlFlag(required(text, '--api'), '--api'));
  if (url.protocol === 'http:' && !isHere(url.hostname)) {
    throw new UsageError('--api must be https: over plain http the key would be readable on the way.');
  }
  return url.href.replace(/\/$/, '');
}

function refusal(path: string, status: number, text: string): CliError {
  let told: unknown = null;
  try {
    told = JSON.parse(text);
  } catch {
    // not a problem of ours
  }
  const parsed = problem.safeParse(told);
  if (!parsed.success)
    return new CliError(`The API answers ${path} with status ${String(status)}. Check --api, or try again later.`);
  const { title, detail } = parsed.data;
  return new CliError(`${title}. ${detail.slice(0, DETAIL_CHARS_MAX)}`);
}

async function send({ url, key }: Api, { method, path, body, headers = {} }: ApiCall<unknown>): Promise<Response> {
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    return await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, accept: 'application/json', ...content, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(API_TIMEOUT_MS),
    });
  } catch {
    throw new CliError(`The API does not answer ${path}. Check --api and the network.`);
  }
}

async function textOf({ body }: Response, path: string): Promise<string> {
  const bytes = await (body === null ? Promise.resolve(new Uint8Array()) : readAtMost(body, API_ANSWER_BYTES_MAX)).catch(() => {
    throw new CliError(`The API’s answer to ${path} breaks off. Look whether it was done, then try again.`);
  });
  if (bytes === null) throw new CliError(`The API’s answer to ${path} is longer than any of its answers is. Check --api.`);
  return new TextDecoder().decode(bytes);
}

/** The answer, held against its schema. @throws CliError with what the API says is wrong, or that it does not answer */
export async function askApi<T>(api: Api, call: ApiCall<T>): Promise<T> {
  const path = call.path.split('?')[0] ?? call.path;
  const response = await send(api, call);
  const text = await textOf(response, path);
  if (!response.ok) throw refusal(path, response.status, text);
  let value: unknown = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    // told below
  }
  const parsed = call.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CliError(`The API’s answer to ${path} has another form than this version knows. Check --api, or update this tool.`);
}
