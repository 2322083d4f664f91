// What can be done about a tenant and its keys over the hosted API. Keys are printed once, to standard output; hints go to standard error, so
// that a pipe gets the key alone.
import {
  keyItem,
  keyList,
  newKey,
  newTenant,
  scope,
  SCOPES,
  USUAL_SCOPES,
  whoAmI,
  type KeyItem,
  type NewKey,
  type Scope,
} from '../../schema/api/accounts.ts';
import { ADMIN_KEY_VARIABLE, API_KEY_VARIABLE, askApi, nothing, type Api } from '../api.ts';
import { CliError, UsageError, integerFlag, required, type Io } from '../command.ts';
import { TENANT_KEY_PAGES_MAX } from '../limits.ts';
import { table } from '../table.ts';

export type Values = Readonly<Record<string, string | undefined>>;
type Job = { readonly api: Api; readonly values: Values; readonly io: Io; readonly isJson: boolean };

export type Verb = {
  readonly name: string;
  readonly summary: string;
  /** Flags besides --api and --json, with what they mean. */
  readonly flags: Readonly<Record<string, string>>;
  /** Environment variable of the key that it takes. */
  readonly variable: string;
  /** Reads all flags before anything is asked of the API. */
  readonly run: (job: Job) => Promise<void>;
};

const DAYS_MAX = 3_650;
const HOURS_MAX = 720;
const LIMIT_MAX = 1_000_000;

function scopesFlag(text: string | undefined): Scope[] | undefined {
  if (text === undefined) return undefined;
  const parsed = text.split(',').map((word) => scope.safeParse(word.trim()));
  const list = parsed.flatMap(({ data }) => data ?? []);
  if (list.length === parsed.length && new Set(list).size === list.length) return list;
  throw new UsageError(`--scopes must be some of ${SCOPES.join(', ')}, each once, with commas between them.`);
}

const DAY_SECONDS = 86_400;
const daysFlag = (text: string | undefined): { readonly expiresInSeconds?: number } =>
  text === undefined ? {} : { expiresInSeconds: DAY_SECONDS * integerFlag(text, '--days', 1, DAYS_MAX) };

/** The id of a key: 8 characters, with or without `assay_` before them. */
function idFlag(text: string): string {
  const [, id] = /^(?:assay_)?([0-9A-Za-z]{8})$/.exec(text) ?? [];
  if (id === undefined)
    throw new UsageError('--key must be a key’s id: the 8 characters after assay_. Never give the whole key here.');
  return id;
}

const dateText = (ms: number | null, none: string): string =>
  ms === null ? none : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

function tellKey({ io, isJson }: Job, answer: object, key: NewKey, lines: readonly string[]): void {
  if (isJson) {
    io.out(JSON.stringify(answer));
    return;
  }
  for (const line of lines) io.err(line);
  io.err(`scopes  ${key.scopes.join(', ')}`);
  io.err(`until   ${dateText(key.expiresAtMs, 'revoked')}`);
  io.out(key.key);
  io.err(`This key is shown this once. Store it where secrets are, and use it as ${API_KEY_VARIABLE}.`);
}

const limitFlags = {
  requestsPerMinute: 'requests-per-minute',
  auditsPerDay: 'audits-per-day',
  endpointsMax: 'endpoints-max',
} as const;

const create: Verb = {
  name: 'create',
  summary: 'makes a tenant and its first key, as the operator of the deployment',
  flags: {
    name: 'what to call it',
    scopes: `what its key may do (default ${USUAL_SCOPES.join(',')})`,
    days: 'how long the key is good (default: until it is revoked)',
    'requests-per-minute': 'instead of the usual limit',
    'audits-per-day': 'instead of the usual limit',
    'endpoints-max': 'instead of the usual limit',
  },
  variable: ADMIN_KEY_VARIABLE,
  run: async (job) => {
    const { values } = job;
    const name = required(values['name'], '--name');
    const scopes = scopesFlag(values['scopes']);
    const limits = Object.fromEntries(
      Object.entries(limitFlags).flatMap(([field, flag]) => {
        const text = values[flag];
        return text === undefined ? [] : [[field, integerFlag(text, `--${flag}`, 0, LIMIT_MAX)]];
      }),
    );
    const body = { name, ...(scopes === undefined ? {} : { scopes }), limits, ...daysFlag(values['days']) };
    const answer = await askApi(job.api, { method: 'POST', path: '/v1/tenants', body, schema: newTenant });
    tellKey(job, answer, answer.key, [`tenant  ${answer.tenant.tenant}  ${answer.tenant.name}`]);
  },
};

const show: Verb = {
  name: 'show',
  summary: 'says whose key this is, and what it may use',
  flags: {},
  variable: API_KEY_VARIABLE,
  run: async ({ api, io, isJson }) => {
    const me = await askApi(api, { method: 'GET', path: '/v1/tenant', schema: whoAmI });
    if (isJson) {
      io.out(JSON.stringify(me));
      return;
    }
    const { requestsPerMinute, auditsPerDay, endpointsMax } = me.limits;
    const rows = [
      ['tenant', `${me.tenant}  ${me.name}`],
      ['key', `assay_${me.key.id}  ${me.key.scopes.join(', ')}`],
      [
        'limits',
        `${String(requestsPerMinute)} requests a minute, ${String(auditsPerDay)} audits a day, ${String(endpointsMax)} endpoints`,
      ],
      ['since', dateText(me.createdAtMs, '')],
    ];
    for (const line of table([], rows, [])) io.out(line);
  },
};

async function allKeys(api: Api): Promise<KeyItem[]> {
  const items: KeyItem[] = [];
  let cursor = '';
  for (let pages = 0; pages < TENANT_KEY_PAGES_MAX; pages++) {
    const page = await askApi(api, { method: 'GET', path: `/v1/keys?limit=100${cursor}`, schema: keyList });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  throw new CliError('The API’s list of keys has no end. Check --api.');
}

const list: Verb = {
  name: 'keys',
  summary: 'lists the tenant’s keys',
  flags: {},
  variable: API_KEY_VARIABLE,
  run: async ({ api, io, isJson }) => {
    const items = await allKeys(api);
    if (isJson) {
      io.out(JSON.stringify({ items }));
      return;
    }
    const rows = items.map((key) => [
      ...[key.id, key.state, key.name, key.scopes.join(','), dateText(key.createdAtMs, '')],
      ...[dateText(key.expiresAtMs, 'never'), dateText(key.lastUsedAtMs, 'never'), key.successor ?? ''],
    ]);
    const head = ['id', 'state', 'name', 'scopes', 'made (UTC)', 'ends', 'last used', 'successor'];
    for (const line of table(head, rows, [])) io.out(line);
  },
};

const key: Verb = {
  name: 'key',
  summary: 'makes a key with scopes that this one has',
  flags: { name: 'what to call it', scopes: 'what it may do', days: 'how long it is good (default: until it is revoked)' },
  variable: API_KEY_VARIABLE,
  run: async (job) => {
    const { values } = job;
    const scopes = scopesFlag(required(values['scopes'], '--scopes'));
    const body = { name: required(values['name'], '--name'), scopes, ...daysFlag(values['days']) };
    const answer = await askApi(job.api, { method: 'POST', path: '/v1/keys', body, schema: newKey });
    tellKey(job, answer, answer, [`key     ${answer.name}`]);
  },
};

const rotate: Verb = {
  name: 'rotate',
  summary: 'replaces a key; the old one stays good for the overlap',
  flags: {
    key: 'id of the key (default: the one in use)',
    'overlap-hours': 'how long the old key stays good (default 24; 0 for one that leaked)',
    days: 'how long the new key is good (default: as long as the old one was made for)',
  },
  variable: API_KEY_VARIABLE,
  run: async (job) => {
    const { values, api } = job;
    const given = values['key'];
    const id = given === undefined ? ownId(api.key) : idFlag(given);
    const hours = values['overlap-hours'];
    const overlap = hours === undefined ? {} : { overlapSeconds: 3600 * integerFlag(hours, '--overlap-hours', 0, HOURS_MAX) };
    const body = { ...overlap, ...daysFlag(values['days']) };
    const answer = await askApi(api, { method: 'POST', path: `/v1/keys/${id}/rotate`, body, schema: newKey });
    tellKey(job, answer, answer, [`key     ${answer.name}, in place of assay_${id}`]);
  },
};

/** From the key's own text. @throws CliError where it is none */
function ownId(text: string): string {
  const [, id] = /^assay_([0-9A-Za-z]{8})_/.exec(text) ?? [];
  if (id === undefined)
    throw new CliError(`${API_KEY_VARIABLE} holds no key of this service: they begin with assay_. Copy it again.`);
  return id;
}

const revoke: Verb = {
  name: 'revoke',
  summary: 'ends a key at once, for good',
  flags: { key: 'id of the key: the 8 characters after assay_' },
  variable: API_KEY_VARIABLE,
  run: async ({ api, io, values, isJson }) => {
    const id = idFlag(required(values['key'], '--key'));
    const ended = await askApi(api, { method: 'DELETE', path: `/v1/keys/${id}`, schema: keyItem });
    io.out(isJson ? JSON.stringify(ended) : `assay_${id} (${ended.name}) is revoked.`);
  },
};

const remove: Verb = {
  name: 'delete',
  summary: 'deletes the tenant with all its data: keys, audits on demand, endpoints, mutes',
  flags: { confirm: 'the tenant’s own id (see: tenant show)' },
  variable: API_KEY_VARIABLE,
  run: async ({ api, io, values, isJson }) => {
    const tenant = required(values['confirm'], '--confirm');
    await askApi(api, { method: 'DELETE', path: `/v1/tenant?confirm=${encodeURIComponent(tenant)}`, schema: nothing });
    io.out(isJson ? JSON.stringify({ ok: true, tenant }) : `Tenant ${tenant} and all that was its is deleted, this key too.`);
  },
};

export const tenantVerbs: readonly Verb[] = [create, show, list, key, rotate, revoke, remove];
