/**
 * Turns the facts of Kafka's message definitions (names, types, versions, tags, defaults) into this
 * project's schema files. Development only: needs a directory with Kafka's jars, and `unzip`.
 *
 *   npx tsx scripts/generate-schemas.ts <jar directory>
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  COORDINATOR_RECORDS,
  DATA_MESSAGES,
  METADATA_RECORDS,
  REQUESTS,
} from './schema-selection.js';
import { type Definition, type FileKind, schemaFile } from './schema-writer.js';

const TARGET = join(import.meta.dirname, '../src/protocol/schemas');

/** All definitions in the jars of a directory, by message name. */
function readDefinitions(directory: string): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  const wanted = /^kafka-(clients|metadata|group-coordinator|transaction-coordinator)-\d.*\.jar$/;
  for (const jar of readdirSync(directory).filter((name) => wanted.test(name))) {
    const path = join(directory, jar);
    const entries = execFileSync('unzip', ['-Z1', path], { encoding: 'utf8' }).split('\n');
    for (const entry of entries.filter((name) => /^common\/\w+\/\w+\.json$/.test(name))) {
      const text = execFileSync('unzip', ['-p', path, entry], { encoding: 'utf8' });
      const json = text.replace(/^\s*\/\/.*$/gm, '');
      definitions.set(basename(entry, '.json'), JSON.parse(json) as Definition);
    }
  }
  return definitions;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

function main(): void {
  const directory = process.argv[2];
  if (directory === undefined) {
    throw new Error('usage: npx tsx scripts/generate-schemas.ts <jar directory>');
  }
  const definitions = readDefinitions(directory);
  const pick = (name: string): Definition => {
    const definition = definitions.get(name);
    if (definition === undefined) {
      throw new Error(`no definition of ${name} in ${directory}`);
    }
    return definition;
  };
  for (const old of readdirSync(TARGET)) {
    rmSync(join(TARGET, old));
  }
  const write = (file: string, names: readonly string[], kind: FileKind): void => {
    writeFileSync(join(TARGET, `${file}.ts`), schemaFile(names.map(pick), kind));
  };
  for (const api of REQUESTS) {
    write(kebab(api), [`${api}Request`, `${api}Response`], `Kafka's ${api} API`);
  }
  write('metadata-records', METADATA_RECORDS, "Kafka's metadata records");
  write('coordinator-records', COORDINATOR_RECORDS, "Kafka's coordinator records");
  write('data', DATA_MESSAGES, "Kafka's headers, control records and consumer protocol");
}

main();
