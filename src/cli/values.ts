/** Parses the values of options; a wrong one is a `UsageError` that says what was expected. */

import type { PeerAddress } from '../broker/request-channel.js';
import type { Voter } from '../core/raft/types.js';
import type { BrokerId, Uuid } from '../core/types/ids.js';
import { UsageError } from './errors.js';

export function parseNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(
      `${option} must be a whole number from ${least} to ${most}, not '${text}'`,
    );
  }
  return value;
}

/** host:port */
export function parseAddress(option: string, text: string): PeerAddress {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`${option} must be host:port, not '${text}'`);
  }
  return { host: match[1]!.replace(/^\[(.*)\]$/, '$1'), port };
}

/** key=value, repeated. */
export function parseConfigs(option: string, texts: readonly string[]): Map<string, string> {
  const configs = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at <= 0) {
      throw new UsageError(`${option} must be key=value, not '${text}'`);
    }
    configs.set(text.slice(0, at), text.slice(at + 1));
  }
  return configs;
}

/** id@host:port:directoryId, separated by commas (as Kafka's --initial-controllers). */
export function parseVoters(text: string): (Voter & PeerAddress)[] {
  return text.split(',').map((part) => {
    const match = /^(\d+)@(.+):(\d{1,5}):([A-Za-z0-9_-]{22})$/.exec(part);
    if (match === null) {
      throw new UsageError(`--voters must be id@host:port:directoryId,..., not '${part}'`);
    }
    return {
      id: Number(match[1]) as BrokerId,
      host: match[2]!,
      port: Number(match[3]),
      directoryId: match[4] as Uuid,
    };
  });
}

/** id=host:port, repeated. */
export function parsePeers(texts: readonly string[]): Map<BrokerId, PeerAddress> {
  const peers = new Map<BrokerId, PeerAddress>();
  for (const text of texts) {
    const match = /^(\d+)=(.+)$/.exec(text);
    if (match === null) {
      throw new UsageError(`--peer must be ID=host:port, not '${text}'`);
    }
    peers.set(Number(match[1]) as BrokerId, parseAddress('--peer', match[2]!));
  }
  return peers;
}

/** For commander: gathers a repeated option. */
export function gather(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
