/** What is taken on a listener: from nodes of the cluster without bounds of number, from clients by configs. */

import { queuedBytesLimit, RequestBudget } from './connection-limits.js';
import type { Settings } from './settings.js';

export interface ListenerLimits {
  readonly maxFrameBytes: number;
  readonly maxConnections: number;
  /** max.connections.per.ip. */
  readonly maxConnectionsPerAddress: number;
  /** Bytes of requests that are still arriving, on all connections. */
  readonly maxPartialBytes: number;
  /** Who has ended its side is still answered; without it, a lost peer is noticed at once. */
  readonly answersHalfClosed: boolean;
  /** Null: what has arrived is not limited together. */
  readonly budget: RequestBudget | null;
}

const MAXIMUM_INTERNAL_FRAME_BYTES = 128 * 1024 * 1024;

export function internalLimits(): ListenerLimits {
  return {
    maxFrameBytes: MAXIMUM_INTERNAL_FRAME_BYTES,
    maxConnections: Number.MAX_SAFE_INTEGER,
    maxConnectionsPerAddress: Number.MAX_SAFE_INTEGER,
    maxPartialBytes: 2 * MAXIMUM_INTERNAL_FRAME_BYTES,
    answersHalfClosed: false,
    budget: null,
  };
}

export function clientLimits(settings: Settings): ListenerLimits {
  const maxFrameBytes = settings.number('socket.request.max.bytes');
  const queuedBytes = queuedBytesLimit(settings.number('queued.max.request.bytes'));
  return {
    maxFrameBytes,
    maxConnections: settings.number('max.connections'),
    maxConnectionsPerAddress: settings.number('max.connections.per.ip'),
    maxPartialBytes: Math.max(queuedBytes, 2 * maxFrameBytes),
    answersHalfClosed: true,
    budget: new RequestBudget(queuedBytes),
  };
}
