// `assay webhooks <verb>`: endpoints of a hosted API, and a listener for their deliveries on this machine. Keys and secrets come from the
// environment where others could read the command line.
import { eventType, EVENT_TYPES, type EventType } from '../../schema/api/events.ts';
import { endpointList, endpointMade, FORMATS, testSent, webhookFormat, type EndpointItem } from '../../schema/api/webhooks.ts';
import { API_KEY_VARIABLE, apiFlag, askApi, keyFrom, nothing, type Api } from '../api.ts';
import {
  CliError,
  UsageError,
  hexFlag,
  integerFlag,
  parseFlags,
  required,
  urlFlag,
  type Command,
  type ExitCode,
  type Io,
} from '../command.ts';
import { ENDPOINT_PAGES_MAX, LISTEN_PORT_DEFAULT } from '../limits.ts';
import { table } from '../table.ts';
import { listen } from '../webhooks/listen.ts';
import { checkOf } from '../webhooks/verify.ts';

const SECRET_VARIABLE = 'ASSAY_WEBHOOK_SECRET';
const ROUTING_VARIABLE = 'ASSAY_ROUTING_KEY';

type Values = Readonly<Record<string, string | undefined>>;
type Job = { readonly values: Values; readonly isJson: boolean; readonly io: Io };
type Verb = {
  readonly name: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly run: (job: Job) => Promise<ExitCode>;
};

const API = { api: 'where the hosted API is, such as https://audits.example.org' };

function apiOf({ values, io }: Job): Api {
  return { url: apiFlag(values['api']), key: keyFrom(io.env, API_KEY_VARIABLE) };
}

const words = (text: string | undefined): string[] => (text === undefined ? [] : text.split(',').map((word) => word.trim()));

function typesFlag(text: string | undefined): EventType[] {
  return words(text).map((word) => {
    const parsed = eventType.safeParse(word);
    if (parsed.success) return parsed.data;
    throw new UsageError(`--types must be some of ${EVENT_TYPES.join(', ')}, with commas between them.`);
  });
}

function idFlag(values: Values): string {
  const id = required(values['id'], '--id');
  if (!/^ep_[0-9a-f]{32}$/.test(id)) throw new UsageError('--id must be an endpoint’s id: ep_ and 32 hex digits.');
  return id;
}

const listenVerb: Verb = {
  name: 'listen',
  summary: 'receives deliveries on this machine, verifies and prints them',
  flags: {
    port: `port on 127.0.0.1 (default ${String(LISTEN_PORT_DEFAULT)}; 0: any free one)`,
    secret: `the endpoint’s whsec_…; better in ${SECRET_VARIABLE}`,
    'public-key': 'the API’s whpk_…, for endpoints with scheme v1a',
    count: 'end after so many deliveries',
  },
  run: ({ values, isJson, io }) => {
    const given = values['secret'] ?? io.env[SECRET_VARIABLE];
    const check = checkOf(values['public-key'] === undefined ? given : values['secret'], values['public-key']);
    const port = values['port'] === undefined ? LISTEN_PORT_DEFAULT : integerFlag(values['port'], '--port', 0, 65_535);
    const count = values['count'] === undefined ? null : integerFlag(values['count'], '--count', 1, 1_000_000);
    return listen({ port, check, isJson, count, io });
  },
};

const createVerb: Verb = {
  name: 'create',
  summary: 'makes an endpoint; its secret is printed once',
  flags: {
    ...API,
    url: 'where deliveries go, over https (may be left out for pagerduty)',
    format: `${FORMATS.join(', ')} (default standard)`,
    scheme: 'v1 (a secret of the endpoint) or v1a (the API’s ed25519 key) (default v1)',
    types: 'event types, with commas between them (default all)',
    nodes: 'ids of nodes (default all)',
    operators: 'addresses of operators, for all of their nodes',
    note: 'what it is for',
  },
  run: async (job) => {
    const { values, io, isJson } = job;
    const format = webhookFormat.safeParse(values['format'] ?? 'standard');
    if (!format.success) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
    const scheme = values['scheme'] ?? 'v1';
    if (scheme !== 'v1' && scheme !== 'v1a') throw new UsageError('--scheme must be v1 or v1a.');
    const url = values['url'] === undefined ? {} : { url: urlFlag(values['url'], '--url') };
    const routing = format.data === 'pagerduty' ? { routingKey: keyFrom(io.env, ROUTING_VARIABLE) } : {};
    const body = {
      ...{ ...url, ...routing, format: format.data, scheme, types: typesFlag(values['types']), note: values['note'] ?? '' },
      nodes: words(values['nodes']).map((text) => hexFlag(text, '--nodes', 32)),
      operators: words(values['operators']).map((text) => hexFlag(text, '--operators', 20)),
    };
    const made = await askApi(apiOf(job), { method: 'POST', path: '/v1/webhooks', body, schema: endpointMade });
    if (isJson) io.out(JSON.stringify(made));
    else {
      io.err(`Endpoint ${made.endpoint.id} delivers to ${made.endpoint.url}.`);
      if (made.secret === null) io.out(made.endpoint.id);
      else {
        io.out(made.secret);
        io.err(
          `This secret is shown this once. Store it where secrets are; \`assay webhooks listen\` takes it from ${SECRET_VARIABLE}.`,
        );
      }
    }
    return 0;
  },
};

async function allEndpoints(api: Api): Promise<EndpointItem[]> {
  const items: EndpointItem[] = [];
  let cursor = '';
  for (let pages = 0; pages < ENDPOINT_PAGES_MAX; pages++) {
    const page = await askApi(api, { method: 'GET', path: `/v1/webhooks?limit=100${cursor}`, schema: endpointList });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  throw new CliError('The API’s list of endpoints has no end. Check --api.');
}

const listVerb: Verb = {
  name: 'list',
  summary: 'lists your endpoints and how they stand',
  flags: API,
  run: async (job) => {
    const items = await allEndpoints(apiOf(job));
    if (job.isJson) job.io.out(JSON.stringify(items));
    else {
      const standing = ({ state, disabledReason, failingSinceMs }: EndpointItem): string =>
        state === 'disabled' ? `disabled: ${disabledReason ?? ''}` : failingSinceMs === null ? 'active' : 'active, failing';
      const rows = items.map((item) => [item.id, item.format, item.types.join(',') || 'all', item.url, standing(item)]);
      for (const line of table(['id', 'format', 'types', 'url', 'state'], rows, [])) job.io.out(line);
    }
    return 0;
  },
};

const testVerb: Verb = {
  name: 'test',
  summary: 'has a test event delivered',
  flags: { ...API, id: 'the endpoint' },
  run: async (job) => {
    const path = `/v1/webhooks/${idFlag(job.values)}/test`;
    const sent = await askApi(apiOf(job), { method: 'POST', path, schema: testSent });
    job.io.out(job.isJson ? JSON.stringify(sent) : sent.event);
    return 0;
  },
};

const deleteVerb: Verb = {
  name: 'delete',
  summary: 'deletes an endpoint with its deliveries',
  flags: { ...API, id: 'the endpoint' },
  run: async (job) => {
    const id = idFlag(job.values);
    await askApi(apiOf(job), { method: 'DELETE', path: `/v1/webhooks/${id}`, schema: nothing });
    job.io.out(job.isJson ? JSON.stringify({ deleted: id }) : `Endpoint ${id} is deleted.`);
    return 0;
  },
};

const verbs: readonly Verb[] = [listenVerb, createVerb, listVerb, testVerb, deleteVerb];

const flagLines = ({ flags }: Verb): string[] =>
  Object.entries(flags).map(([flag, text]) => `      --${flag.padEnd(12)} ${text}`);

export const webhooksCommand: Command = {
  name: 'webhooks',
  summary: 'Makes webhook endpoints of a hosted API, and receives their deliveries on this machine.',
  usage: [
    `<verb> [flags] [--json]`,
    '',
    ...verbs.flatMap((verb) => [`  ${verb.name.padEnd(8)} ${verb.summary}`, ...flagLines(verb)]),
    '',
    `All but \`listen\` take a key with the scope webhooks from ${API_KEY_VARIABLE}; PagerDuty’s integration key is taken from ${ROUTING_VARIABLE}.`,
    '`listen` ends with 1 when a delivery was not verified.',
  ].join('\n'),
  run: async ([word, ...rest], io) => {
    const verb = verbs.find(({ name }) => name === word);
    if (verb === undefined) throw new UsageError(`Say what to do: ${verbs.map(({ name }) => name).join(', ')}.`);
    const own = Object.fromEntries(Object.keys(verb.flags).map((flag) => [flag, { type: 'string' } as const]));
    const { json, ...values } = parseFlags(rest, { ...own, json: { type: 'boolean' } } as const);
    return verb.run({ values, isJson: json === true, io });
  },
};
