// Values from JSON Schema for property tests: most of them as the schema asks, some almost so, some hostile.
import fc from 'fast-check';

export type JsonSchema = Readonly<Record<string, unknown>>;
type Schemas = Readonly<Record<string, JsonSchema>>;

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);
const schemas = (value: unknown): readonly JsonSchema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

/** What no schema asks for, and somebody will send. */
export const hostileText = fc.oneof(
  fc.constantFrom('', ' ', '0', '-1', '1e999', '00', '9007199254740993', 'NaN', 'null', '[]', '{}', '%', '%00', '%E0%A4%A'),
  fc.constantFrom('__proto__', 'constructor', '../../secret', "' OR 1=1 --", '<script>', '\u0000', '\ud800', '☃'.repeat(500)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
);
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, -1, 1.5, 2 ** 53, [], {}, [[[]]], { __proto__: null, constructor: 1 }),
);

function textOf(schema: JsonSchema): fc.Arbitrary<string> {
  const { pattern, format, minLength, maxLength } = schema;
  if (typeof pattern === 'string') {
    try {
      return fc.stringMatching(new RegExp(pattern), { maxLength: 200 });
    } catch {
      return hostileText;
    }
  }
  if (format === 'uri' || format === 'url') return fc.constantFrom('https://receiver.example/1', 'http://10.0.0.1/', 'https://');
  const bounds = {
    minLength: typeof minLength === 'number' ? minLength : 0,
    maxLength: typeof maxLength === 'number' ? maxLength : 30,
  };
  return fc.string(bounds);
}

function objectOf(schema: JsonSchema, all: Schemas, depth: number): fc.Arbitrary<unknown> {
  const properties = isSchema(schema['properties']) ? Object.entries(schema['properties']) : [];
  const required = Array.isArray(schema['required']) ? schema['required'].filter((name) => typeof name === 'string') : [];
  const shape = Object.fromEntries(
    properties.map(([name, value]) => [name, fromSchema(isSchema(value) ? value : {}, all, depth + 1)]),
  );
  const whole = fc.record(shape, { requiredKeys: required.filter((name) => name in shape) });
  const extra = fc.tuple(whole, fc.constantFrom('x', '__proto__', 'constructor'), hostileValue);
  const broken = fc.record(shape, { requiredKeys: [] });
  return fc.oneof(
    { weight: 8, arbitrary: whole },
    { weight: 1, arbitrary: extra.map(([value, name, more]) => ({ ...value, [name]: more })) },
    { weight: 1, arbitrary: broken },
  );
}

/** @param all what `$ref` may name */
export function fromSchema(schema: JsonSchema, all: Schemas, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 6) return fc.constant(null);
  const inner = (one: JsonSchema): fc.Arbitrary<unknown> => fromSchema(one, all, depth + 1);
  const reference = schema['$ref'];
  if (typeof reference === 'string') return inner(all[reference.slice(reference.lastIndexOf('/') + 1)] ?? {});
  const parts = [...schemas(schema['anyOf']), ...schemas(schema['oneOf'])];
  if (parts.length > 0) return fc.oneof(...parts.map(inner));
  const right = ((): fc.Arbitrary<unknown> => {
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
    if ('const' in schema) return fc.constant(schema['const']);
    const types = [schema['type']].flat();
    const type = types.find((one) => one !== 'null') ?? 'null';
    const { minimum: min, maximum: max } = schema;
    const bounds = { min: typeof min === 'number' ? min : 0, max: typeof max === 'number' ? max : 100_000 };
    if (type === 'integer' || type === 'number')
      return fc.oneof(fc.integer({ min: bounds.min, max: Math.min(bounds.max, bounds.min + 20) }), fc.integer(bounds));
    if (type === 'boolean') return fc.boolean();
    if (type === 'array') return fc.array(inner(isSchema(schema['items']) ? schema['items'] : {}), { maxLength: 4 });
    if (type === 'object') return objectOf(schema, all, depth);
    return type === 'string' ? textOf(schema) : fc.constant(null);
  })();
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: hostileValue });
}
