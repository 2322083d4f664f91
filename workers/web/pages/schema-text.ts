// JSON Schema as few lines of text that read like a type: what the reference shows of bodies and answers. References are written out
// where they stand; a schema that contains itself is named instead.
import type { ApiDocument } from '../document.ts';

type Node = Readonly<Record<string, unknown>>;
type Schemas = ApiDocument['components']['schemas'];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** Patterns that have a shorter name than their own. */
const HEX = /^\^0x\[0-9a-f\]\{(\d+)\}\$$/;

function stringText({ pattern, format }: Node): string {
  const digits = typeof pattern === 'string' ? HEX.exec(pattern)?.[1] : undefined;
  if (digits !== undefined) return `hex of ${String(Number(digits) / 2)} bytes`;
  return typeof format === 'string' ? format : 'string';
}

function scalarText(schema: Node, type: string): string {
  if (type === 'string') return stringText(schema);
  const { minimum, maximum } = schema;
  const bounded = type === 'integer' && typeof minimum === 'number' && typeof maximum === 'number' && maximum < 2 ** 53 - 1;
  return bounded ? `${String(minimum)} to ${String(maximum)}` : type;
}

function objectText(schema: Node, schemas: Schemas, indent: string, within: readonly string[]): string {
  const properties = isNode(schema['properties']) ? Object.entries(schema['properties']) : [];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  if (properties.length === 0) {
    const values = schema['additionalProperties'];
    return isNode(values) ? `{ [name]: ${textOf(values, schemas, indent, within)} }` : '{ … }';
  }
  const lines = properties.map(([name, value]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${indent}  ${name}${mark}: ${isNode(value) ? textOf(value, schemas, `${indent}  `, within) : 'any'}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function textOf(schema: Node, schemas: Schemas, indent: string, within: readonly string[]): string {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    const target = schemas[name];
    return target === undefined || within.includes(name) ? name : textOf(target, schemas, indent, [...within, name]);
  }
  const inner = (one: Node): string => textOf(one, schemas, indent, within);
  for (const [key, joint] of [
    ['anyOf', ' | '],
    ['oneOf', ' | '],
    ['allOf', ' & '],
  ] as const) {
    const parts = nodes(schema[key]);
    if (parts.length > 0) return [...new Set(parts.map(inner))].join(joint);
  }
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  const types = [schema['type']].flat().filter((type) => typeof type === 'string');
  const texts = types.map((type) => {
    if (type === 'object') return objectText(schema, schemas, indent, within);
    if (type !== 'array') return scalarText(schema, type);
    const item = schema['items'];
    const text = isNode(item) ? inner(item) : 'any';
    return text.includes(' | ') ? `(${text})[]` : `${text}[]`;
  });
  return texts.length === 0 ? 'any' : texts.join(' | ');
}

/** @example schemaText({ type: 'array', items: { type: 'integer' } }, {}) // 'integer[]' */
export function schemaText(schema: Node, schemas: Schemas): string {
  return textOf(schema, schemas, '', []);
}
