/** Nodes and disks of an explored world: a disk is named by its node and by how many that node had before. */

import type { Voter } from '../../core/raft/types.js';
import { assert } from '../../core/types/assert.js';
import type { BrokerId, Uuid } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';

export function voterOf(id: number, generation: number): Voter {
  return { id: id as BrokerId, directoryId: `${id}-${generation}` as Uuid };
}

/** How many disks the node had before this one. */
export function generationOf(directoryId: Uuid): number {
  return Number(directoryId.slice(directoryId.indexOf('-') + 1));
}

export function writeVoter(writer: PartWriter, { id, directoryId }: Voter): void {
  writer.id(id);
  writer.number(generationOf(directoryId));
}

export function readVoter(reader: PartReader): Voter {
  return voterOf(reader.number(), reader.number());
}

/** A directory of the node with this id, and of no other. */
export function writeDirectory(writer: PartWriter, id: BrokerId, directoryId: Uuid): void {
  assert(directoryId.startsWith(`${id}-`), 'the directory of another node');
  writer.number(generationOf(directoryId));
}

/** From a key as the properties use it (`voterKey`). */
export function voterOfKey(key: string): Voter {
  const [id, directoryId] = key.split(':') as [string, string];
  return voterOf(Number(id), generationOf(directoryId as Uuid));
}
