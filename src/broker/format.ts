/** The identity of a log directory: which cluster, which node, which directory (KIP-858). */

import type { BrokerId, Uuid } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';

export interface Identity {
  readonly clusterId: string;
  readonly nodeId: BrokerId;
  readonly directoryId: Uuid;
}

/** The directory cannot be used as it is; the message says why and what to do. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError';
}

const FILE = 'meta.properties';

/** Reads meta.properties; null if the directory was never formatted. */
export function readIdentity(files: FileSystem, directory: string): Identity | null {
  const path = `${directory}/${FILE}`;
  if (!files.exists(path)) {
    return null;
  }
  const properties = new Map<string, string>();
  for (const line of new TextDecoder().decode(files.readWhole(path)).split('\n')) {
    const at = line.indexOf('=');
    if (!line.startsWith('#') && at > 0) {
      properties.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
    }
  }
  const clusterId = properties.get('cluster.id');
  const nodeId = Number(properties.get('node.id'));
  const directoryId = properties.get('directory.id');
  if (clusterId === undefined || directoryId === undefined || !Number.isInteger(nodeId)) {
    throw new FormatError(`${path} is damaged: it lacks cluster.id, node.id or directory.id`);
  }
  return { clusterId, nodeId: nodeId as BrokerId, directoryId: directoryId as Uuid };
}

/** Gives an empty directory its identity; no error if it has this one already. */
export function formatDirectory(files: FileSystem, directory: string, identity: Identity): void {
  const present = readIdentity(files, directory);
  if (present !== null) {
    checkIdentity(directory, present, identity);
    return;
  }
  files.makeDirectory(directory);
  const left = files.list(directory).filter((name) => !name.startsWith('.'));
  if (left.length > 0) {
    throw new FormatError(
      `${directory} holds ${left[0]} but no ${FILE}: it is no log directory and not empty; use another`,
    );
  }
  const lines = [
    'version=1',
    `cluster.id=${identity.clusterId}`,
    `node.id=${identity.nodeId}`,
    `directory.id=${identity.directoryId}`,
    '',
  ];
  files.replaceWhole(`${directory}/${FILE}`, new TextEncoder().encode(lines.join('\n')));
}

/** Refuses a directory of another cluster or node. */
export function checkIdentity(
  directory: string,
  present: Identity,
  wanted: Pick<Identity, 'clusterId' | 'nodeId'>,
): void {
  if (present.clusterId !== wanted.clusterId) {
    throw new FormatError(
      `${directory} belongs to cluster ${present.clusterId}, not ${wanted.clusterId}`,
    );
  }
  if (present.nodeId !== wanted.nodeId) {
    throw new FormatError(`${directory} belongs to node ${present.nodeId}, not ${wanted.nodeId}`);
  }
}
