// The OpenAPI 3.1 document of everything that is mounted: made from the routes themselves, so that it cannot say what they do not do.
// Answers and bodies become named components, `<OperationId>Answer` and `<OperationId>Body`: what the generated client calls its types.
import { PROBLEMS, type ProblemCode } from '../../schema/api/problems.ts';
import { ALWAYS, problemText, TAGS } from './openapi.ts';
import type { App } from './request.ts';

/** Months for which a version of the API stays after its successor is there; docs/api.md says the same. */
export const OVERLAP_MONTHS = 12;

const ABOUT = `Whom to trust with GPU work, and why. Reads need no key; a key allows more of them, on-demand audits and webhooks.

**Versions.** The path names the version, \`/v1\`. Within it, routes, parameters, fields and problem codes are only added: ignore fields that you do not know.
A version is served for at least ${String(OVERLAP_MONTHS)} months after its successor. What is going to end says so from then on in every answer, with the headers
\`Deprecation\` (RFC 9745) and \`Sunset\` (RFC 8594), and is marked \`deprecated\` here.

**Problems** are \`application/problem+json\` (RFC 9457); \`type\` leads to what the code means and how to mend it.

**Lists** answer \`{items, next}\`; \`next\` is the cursor of the next page, null at the end.`;

type Json = string | number | boolean | null | readonly Json[] | JsonObject;
type JsonObject = { readonly [key: string]: Json };

export type Media = { readonly schema?: JsonObject; readonly example?: Json };
export type Answer = { readonly description: string; readonly content?: Readonly<Record<string, Media>> };
export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: JsonObject;
};
export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
  readonly security?: readonly JsonObject[];
};
export type ApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>>; readonly securitySchemes: JsonObject };
};

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** Problems that follow from what a route takes, whoever wrote it: the middleware and the framework answer them. */
function implied(path: string, { parameters = [], requestBody, security }: Operation): readonly ProblemCode[] {
  const takes = (place: Parameter['in']): boolean => parameters.some((one) => one.in === place);
  return [
    ...ALWAYS,
    ...(path.startsWith('/v1/') ? (['bad-query', 'unauthenticated', 'over-quota'] as const) : []),
    ...(takes('path') ? (['bad-id'] as const) : []),
    ...(takes('header') ? (['bad-header'] as const) : []),
    ...(security === undefined ? [] : (['forbidden'] as const)),
    ...(requestBody === undefined ? [] : (['bad-body', 'body-too-large', 'bad-media-type'] as const)),
  ];
}

/** With those problems, too, that its route left out. */
function complete(path: string, operation: Operation): Operation {
  const responses: Record<string, Answer> = { ...operation.responses };
  for (const code of implied(path, operation)) {
    const status = String(PROBLEMS[code].status);
    const before = responses[status];
    if (before?.description.includes(`\`${code}\``) === true) continue;
    const content = { ...before?.content, [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
    responses[status] = { description: `${before?.description ?? ''} ${problemText(code)}`.trim(), content };
  }
  return { ...operation, responses };
}

/** Moves schemas of one operation into `schemas`, and leaves references. */
function named(operation: Operation, schemas: Record<string, JsonObject>): Operation {
  const base = capital(operation.operationId);
  const keep = (name: string, media: Media): Media => {
    if (media.schema === undefined || '$ref' in media.schema) return media;
    schemas[name] = media.schema;
    return { ...media, schema: { $ref: `#/components/schemas/${name}` } };
  };
  const nameOf = (status: string): string => `${base}Answer${status === '200' ? '' : status}`;
  const content = (types: Readonly<Record<string, Media>>, name: string): Readonly<Record<string, Media>> =>
    Object.fromEntries(
      Object.entries(types).map(([type, media]) => {
        if (type === PROBLEM_TYPE) return [type, keep('Problem', media)];
        return [type, type === JSON_TYPE ? keep(name, media) : media];
      }),
    );
  const responses = Object.entries(operation.responses).map(([status, answer]) => [
    status,
    answer.content === undefined ? answer : { ...answer, content: content(answer.content, nameOf(status)) },
  ]);
  const body = operation.requestBody;
  return {
    ...operation,
    ...(body === undefined ? {} : { requestBody: { ...body, content: content(body.content, `${base}Body`) } }),
    responses: Object.fromEntries(responses) as Operation['responses'],
  };
}

/**
 * The document of an app's described routes, without `servers`.
 * @param version of the deployed code
 */
export function documentOf(app: App, version: string): ApiDocument {
  const made = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Assay', version, description: ABOUT, license: { name: 'MIT' } },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  }) as unknown as ApiDocument;
  const schemas: Record<string, JsonObject> = { ...made.components.schemas };
  const paths = Object.entries(made.paths).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, named(complete(path, operation), schemas)])),
  ]);
  const { openapi, info, tags, components } = made;
  const { securitySchemes } = components;
  return {
    ...{ openapi, info, tags, paths: Object.fromEntries(paths) as ApiDocument['paths'] },
    components: { schemas, securitySchemes },
  };
}
