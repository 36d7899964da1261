/** Source text of functions while it is put together, with the values that it speaks of. */
import { assert } from '../core/types/assert.js';

/**
 * A schema that is made into text once, and compiled by the engine, is read and written several times as
 * fast as by a closure for each field: every access in the text has one place and one shape. Nothing of a
 * message is ever part of the text, only what a schema in this repository says.
 */
export class FunctionSource {
  private readonly texts: string[] = [];
  private readonly names: string[] = [];
  private readonly values: unknown[] = [];

  /** `library`: what the text may call, by name. */
  constructor(library: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(library)) {
      this.bind(name, value);
    }
  }

  /** How the text says `value`: a literal, or the name of the value itself. */
  constant(value: unknown): string {
    switch (typeof value) {
      case 'boolean':
      case 'number':
      case 'string':
        return JSON.stringify(value);
      case 'bigint':
        return `${value}n`;
      default:
        return value === null ? 'null' : this.bind(`value${this.values.length}`, value);
    }
  }

  /** Adds a function and answers its name. */
  define(parameters: string, body: readonly string[]): string {
    const name = `function${this.texts.length}`;
    this.texts.push(`function ${name}(${parameters}) {\n${body.join('\n')}\n}`);
    return name;
  }

  /** The function of that name, with everything defined so far. */
  compile(name: string): unknown {
    const text = `'use strict';\n${this.texts.join('\n')}\nreturn ${name};`;
    return new Function(...this.names, text)(...this.values);
  }

  private bind(name: string, value: unknown): string {
    this.names.push(name);
    this.values.push(value);
    return name;
  }
}

/** The name of a field as the text says it. */
export function memberName(name: string): string {
  assert(/^[a-zA-Z]\w*$/.test(name), `${name} is no name of a field`);
  return name;
}
