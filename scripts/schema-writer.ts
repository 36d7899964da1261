/** Writes schema files: an interface and a schema constant per message. */
import { brandOf, CLIPPED, isOpaque } from './schema-selection.js';

export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean;
  readonly entityType?: string;
  readonly fields?: readonly FieldDefinition[];
}

export interface Definition {
  readonly name: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly fields: readonly FieldDefinition[];
  readonly commonStructs?: readonly {
    readonly name: string;
    readonly fields: readonly FieldDefinition[];
  }[];
}

/** What the messages of a file are, for its head. */
export type FileKind = string;

type Range = readonly [number, number];

interface Context {
  readonly message: string;
  readonly valid: Range;
  readonly common: ReadonlyMap<string, readonly FieldDefinition[]>;
  readonly brands: Set<string>;
  /** Finished interfaces, by name. */
  readonly interfaces: Map<string, string>;
}

/** The text of a schema file for `definitions`. */
export function schemaFile(definitions: readonly Definition[], kind: FileKind): string {
  const brands = new Set<string>();
  const bodies = definitions.map((definition) => messageText(definition, brands));
  const imports = [...brands].sort();
  return [
    `// ${kind}. Written by scripts/generate-schemas.ts; do not edit.\n`,
    imports.length === 0
      ? ''
      : `import type { ${imports.join(', ')} } from '../../core/types/ids.js';\n`,
    "import type { MessageSchema } from '../schema.js';\n",
    ...bodies,
  ].join('');
}

function messageText(definition: Definition, brands: Set<string>): string {
  const valid = range(definition.validVersions, [0, Number.MAX_SAFE_INTEGER])!;
  const context: Context = {
    message: definition.name,
    valid,
    common: new Map((definition.commonStructs ?? []).map((struct) => [struct.name, struct.fields])),
    brands,
    interfaces: new Map(),
  };
  const flexible = range(definition.flexibleVersions ?? 'none', valid);
  const fields = fieldLines(context, definition.fields, definition.name, valid, '    ');
  const constant = lowerFirst(definition.name);
  return [
    '\n',
    ...[...context.interfaces.values()].reverse(),
    `export const ${constant}: MessageSchema<${definition.name}> = {\n`,
    `  name: '${definition.name}',\n`,
    `  key: ${definition.apiKey ?? -1},\n`,
    `  versions: [${valid.join(', ')}],\n`,
    `  flexible: ${flexible === null ? null : flexible[0]},\n`,
    fields === '' ? '  fields: [],\n' : `  fields: [\n${fields}  ],\n`,
    '};\n',
  ].join('');
}

/** The schema lines of a struct's fields; its interface is added to the context. */
function fieldLines(
  context: Context,
  fields: readonly FieldDefinition[],
  interfaceName: string,
  parent: Range,
  indent: string,
): string {
  const members: string[] = [];
  let lines = '';
  for (const field of fields) {
    const versions = range(field.versions ?? field.taggedVersions ?? '0+', parent);
    if (versions === null) {
      continue; // Carried only by versions that are no longer valid.
    }
    const { text, type } = fieldText(context, field, versions, parent, indent);
    lines += text;
    members.push(`  readonly ${fieldName(field.name)}: ${type};\n`);
  }
  const text = `export interface ${interfaceName} {\n${members.join('')}}\n`;
  const known = context.interfaces.get(interfaceName);
  if (known !== undefined && known !== text) {
    throw new Error(`two different structs ${interfaceName}`);
  }
  context.interfaces.delete(interfaceName);
  context.interfaces.set(
    interfaceName,
    members.length === 0
      ? `export type ${interfaceName} = Readonly<Record<never, never>>;\n`
      : text,
  );
  return lines;
}

function fieldText(
  context: Context,
  field: FieldDefinition,
  versions: Range,
  parent: Range,
  indent: string,
): { text: string; type: string } {
  const array = field.type.startsWith('[]');
  const element = array ? field.type.slice(2) : field.type;
  const structFields = field.fields ?? context.common.get(element);
  const parts = [`name: '${fieldName(field.name)}'`];
  let type: string;
  let nested = '';
  if (structFields !== undefined && /^[A-Z]/.test(element)) {
    type = `${context.message}${element}`;
    nested = fieldLines(context, structFields, type, versions, `${indent}    `);
  } else {
    const scalar = scalarType(context.message, field, element);
    parts.push(`type: '${scalar}'`);
    type = scalarTypeScript(context, field, element, scalar);
  }
  if (array) {
    parts.push('array: true');
    type = `readonly ${type}[]`;
  }
  if (versions[0] !== parent[0] || versions[1] !== parent[1]) {
    parts.push(`versions: [${versions.join(', ')}]`);
  }
  const nullable = range(field.nullableVersions ?? 'none', versions);
  if (nullable !== null) {
    parts.push(`nullable: [${nullable.join(', ')}]`);
    type = `${type} | null`;
  }
  if (field.taggedVersions !== undefined) {
    parts.push(`tag: ${field.tag}`);
  }
  const value = defaultText(context.message, field, element, array);
  if (value !== null) {
    parts.push(`default: ${value}`);
  }
  if (field.flexibleVersions === 'none') {
    parts.push('classicLength: true');
  }
  if (nested === '') {
    const struct = structFields !== undefined ? ', type: { fields: [] }' : '';
    return { text: `${indent}{ ${parts.join(', ')}${struct} },\n`, type };
  }
  const text =
    `${indent}{\n${indent}  ${parts.join(', ')},\n${indent}  type: { fields: [\n` +
    `${nested}${indent}  ] },\n${indent}},\n`;
  return { text, type };
}

function scalarType(message: string, field: FieldDefinition, element: string): string {
  if (element !== 'int64') {
    return element;
  }
  if (isOpaque(field.name, field.entityType)) {
    return 'opaque64';
  }
  return CLIPPED.has(`${message}.${field.name}`) ? 'clipped64' : 'int64';
}

function scalarTypeScript(
  context: Context,
  field: FieldDefinition,
  element: string,
  scalar: string,
): string {
  const brand = brandOf(element, field.name, field.entityType);
  if (brand !== null) {
    context.brands.add(brand);
    return brand;
  }
  switch (scalar) {
    case 'bool':
      return 'boolean';
    case 'string':
      return 'string';
    case 'bytes':
    case 'records':
      return 'Uint8Array';
    case 'opaque64':
      return 'bigint';
    default:
      return 'number';
  }
}

/** The default as source text, or null where it is the type's own. */
function defaultText(
  message: string,
  field: FieldDefinition,
  element: string,
  array: boolean,
): string | null {
  const given = field.default;
  if (given === undefined) {
    return null;
  }
  if (given === 'null') {
    return 'null';
  }
  if (array || given === '') {
    return null;
  }
  if (element === 'string') {
    return `'${given}'`;
  }
  if (element === 'bool') {
    return String(given) === 'true' ? 'true' : null;
  }
  const value = BigInt(given);
  if (value === 0n) {
    return null;
  }
  if (scalarType(message, field, element) === 'opaque64') {
    return `${value}n`;
  }
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  return String(value > safe ? safe : value);
}

/** Kafka's "3+", "3-5", "3" and "none", cut to `within`; null: no version at all. */
function range(text: string, within: Range): Range | null {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) {
    if (text !== 'none') {
      throw new Error(`not a range of versions: ${text}`);
    }
    return null;
  }
  const first = Number(match[1]);
  const last = match[2] === '+' ? within[1] : Number(match[3] ?? match[1]);
  const cut: Range = [Math.max(first, within[0]), Math.min(last, within[1])];
  return cut[0] > cut[1] ? null : cut;
}

function lowerFirst(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

function fieldName(name: string): string {
  return /^[A-Z]+$/.test(name) ? name.toLowerCase() : lowerFirst(name);
}
