// The reference of the API: every route of the document, by group, with parameters, forms of bodies and answers, a command that asks it, and
// (with script) a form that does. All of it is in the page before any script runs.
import { html } from 'hono/html';
import { PROBLEMS, type ProblemCode } from '../../../schema/api/problems.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { SCRIPTS } from '../assets/scripts.ts';
import { OVERLAP_MONTHS, type Answer, type ApiDocument, type Operation, type Parameter } from '../document.ts';
import { ALWAYS } from '../openapi.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { schemaText } from './schema-text.ts';

type Route = { readonly method: string; readonly path: string; readonly operation: Operation };
type Schemas = ApiDocument['components']['schemas'];

const routesOf = ({ paths }: ApiDocument): readonly Route[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

const typeText = (parameter: Parameter, schemas: Schemas): string =>
  parameter.schema === undefined ? 'string' : schemaText(parameter.schema, schemas);

function parameterRows(parameters: readonly Parameter[], schemas: Schemas): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Parameter</th>
        <th>In</th>
        <th>Type</th>
        <th>Meaning</th>
      </tr>
    </thead>
    <tbody>
      ${parameters.map(
        (parameter) =>
          html`<tr>
            <th scope="row">
              <code>${parameter.name}</code>${parameter.required === true ? '' : html` <small>optional</small>`}
            </th>
            <td data-label="In">${parameter.in}</td>
            <td data-label="Type"><code>${typeText(parameter, schemas)}</code></td>
            <td data-label="Meaning">${words(parameter.description ?? '')}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Words of the document: what stands between backticks is code. */
const words = (text: string): readonly (string | Html)[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));

function answerPart(status: string, answer: Answer, schemas: Schemas): Html {
  const forms = Object.entries(answer.content ?? {});
  const kinds = forms.map(([type]) => type).join(', ');
  const shown = forms.find(([type, { schema }]) => type === 'application/json' && schema !== undefined)?.[1];
  const line = html`<code class="status">${status}</code> ${words(answer.description)} <span class="quiet">${kinds}</span>`;
  if (shown?.schema === undefined) return html`<p class="answer">${line}</p>`;
  const example =
    shown.example === undefined
      ? ''
      : html`<p class="quiet">For example</p>
          <pre tabindex="0"><code>${JSON.stringify(shown.example, null, 2)}</code></pre>`;
  return html`<details class="answer">
    <summary>${line}</summary>
    <pre tabindex="0"><code>${schemaText(shown.schema, schemas)}</code></pre>
    ${example}
  </details>`;
}

const isCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEMS, text);

/** Its own problems, each with the way to what it means; those that any route may give stand once, at the top. */
function problemsPart({ responses }: Operation): Html {
  const told = Object.values(responses).flatMap(({ description }) => description.split('`').filter((_, at) => at % 2 === 1));
  const always: readonly string[] = ALWAYS;
  const codes = [...new Set(told)].filter(isCode).filter((code) => !always.includes(code));
  return html`<p class="answer">
    <span class="quiet">Problems:</span>
    ${codes.map((code) => html`<a href="/problems/${code}">${code}</a> <span class="quiet">${String(PROBLEMS[code].status)}</span> `)}
  </p>`;
}

/** What stands for a parameter in the command: its example, or its name. */
function stand(parameter: Parameter): string {
  const { schema, name } = parameter;
  const value = schema?.['example'] ?? schema?.['default'];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : `<${name}>`;
}

function command({ method, path, operation }: Route, server: string): string {
  const parameters = operation.parameters ?? [];
  const filled = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined ? whole : stand(parameter);
  });
  const required = parameters.filter((one) => one.in === 'query' && one.required === true);
  const query = required.map((one) => `${one.name}=${stand(one)}`).join('&');
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}'${server}${filled}${query === '' ? '' : `?${query}`}'`];
  if (operation.security !== undefined) parts.push(`-H "Authorization: Bearer $ASSAY_KEY"`);
  if (operation.requestBody !== undefined) parts.push(`-H 'Content-Type: application/json' -d @body.json`);
  return parts.join(' \\\n  ');
}

function field(parameter: Parameter, prefix: string): Html {
  const id = `${prefix}-${parameter.in}-${parameter.name}`;
  const given = parameter.schema?.['example'];
  const value = parameter.in === 'path' && (typeof given === 'string' || typeof given === 'number') ? String(given) : '';
  return html`<p>
    <label for="${id}">${parameter.name}</label>
    <input id="${id}" name="${parameter.name}" data-in="${parameter.in}" value="${value}" autocomplete="off" spellcheck="false" />
  </p>`;
}

/** Hidden until the script is there to send it. */
function tryForm({ method, path, operation }: Route, schemas: Schemas): Html {
  const id = operation.operationId;
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body =
    schema === undefined
      ? ''
      : html`<p>
          <label for="${id}-body">Body</label>
          <textarea
            id="${id}-body"
            data-in="body"
            rows="6"
            spellcheck="false"
            placeholder="${schemaText(schema, schemas)}"
          ></textarea>
        </p>`;
  return html`<form class="try" hidden data-method="${method}" data-path="${path}">
    ${(operation.parameters ?? []).map((parameter) => field(parameter, id))} ${body}
    <p><button type="submit">Send ${method}</button></p>
    <output hidden></output>
  </form>`;
}

function routePart(route: Route, document: ApiDocument): Html {
  const { method, path, operation } = route;
  const { schemas } = document.components;
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody?.content['application/json']?.schema;
  return html`<section class="route" id="${operation.operationId}">
    <h3><a href="#${operation.operationId}">${operation.summary}</a></h3>
    <p class="address">
      <code><b>${method}</b> ${path}</code>
      ${operation.security === undefined ? '' : html`<span class="quiet">needs a key</span>`}
      ${operation.deprecated === true ? html`<span class="fails">deprecated</span>` : ''}
    </p>
    ${operation.description === undefined ? '' : html`<p>${words(operation.description)}</p>`}
    ${parameters.length === 0 ? '' : parameterRows(parameters, schemas)}
    ${
      body === undefined
        ? ''
        : html`<p class="quiet">Body</p>
            <pre tabindex="0"><code>${schemaText(body, schemas)}</code></pre>`
    }
    ${Object.entries(operation.responses)
      .filter(([status]) => status < '400')
      .map(([status, answer]) => answerPart(status, answer, schemas))}
    ${problemsPart(operation)}
    <pre tabindex="0" data-copy="the command"><code>${command(route, document.servers?.[0]?.url ?? '')}</code></pre>
    ${tryForm(route, schemas)}
  </section>`;
}

export function referencePage(settings: WebSettings, document: ApiDocument): Html {
  const routes = routesOf(document);
  const groups = document.tags
    .map(({ name, description }) => ({ name, description, routes: routes.filter(({ operation }) => operation.tags[0] === name) }))
    .filter(({ routes }) => routes.length > 0);
  const body = html`<h1>The API</h1>
    <p class="lead">${String(routes.length)} routes, described by the same schemas that validate requests.</p>
    <p>
      As a document for tools: <a href="/v1/openapi.json">OpenAPI 3.1</a>. Reads need no key. The path names the version; a
      version stays for at least ${String(OVERLAP_MONTHS)} months after its successor, and says so in <code>Deprecation</code> and
      <code>Sunset</code> headers. Any route may answer with
      ${ALWAYS.map((code, at) => html`${at === 0 ? '' : ', '}<a href="/problems/${code}">${code}</a>`)}.
    </p>
    <form class="key" hidden>
      <label for="key">Key for requests from this page</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-note" />
      <small id="key-note">It is kept by this page only, and forgotten when you leave.</small>
    </form>
    <nav class="groups" aria-label="Routes">
      ${groups.map(
        (group) =>
          html`<details>
            <summary>${group.name} <span class="quiet">${String(group.routes.length)}</span></summary>
            <ul>
              ${group.routes.map(
                ({ method, path, operation }) =>
                  html`<li>
                    <a href="#${operation.operationId}"><code>${method} ${path}</code></a>
                  </li>`,
              )}
            </ul>
          </details>`,
      )}
    </nav>
    ${groups.map(
      (group) =>
        html`<h2 id="${group.name}">${group.name.charAt(0).toUpperCase()}${group.name.slice(1)}</h2>
          <p class="quiet">${group.description}</p>
          ${group.routes.map((route) => routePart(route, document))}`,
    )}`;
  return layout({
    title: 'API reference · Assay',
    about: 'Every route of the Assay API, with parameters, forms and a way to try it.',
    body,
    settings,
    room: 'api',
    scripts: [SCRIPTS.page.path, SCRIPTS.reference.path],
  });
}
