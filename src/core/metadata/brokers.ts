/** The life of a broker as the controller decides it: registered, unfenced, shutting down, fenced. */

import type { Decision } from '../decider/decider.js';
import { assert } from '../types/assert.js';
import type { BrokerEpoch } from '../types/ids.js';
import { changesOnBrokerLoss, electionsOfLeaderless, leadsPartitions } from './elections.js';
import { BROKER_ID_NOT_REGISTERED, NONE, STALE_BROKER_EPOCH } from './error-codes.js';
import { liveBrokers } from './partition-change.js';
import type { ControllerRules } from './rules.js';
import type {
  BrokerRegistration,
  ControllerCommand,
  ControllerResponse,
  ErrorCode,
  MetadataImage,
  MetadataRecord,
} from './types.js';

type CommandOf<Type extends ControllerCommand['type']> = Extract<ControllerCommand, { type: Type }>;
type Outcome = Decision<MetadataRecord, ControllerResponse>;

const NO_BROKER_EPOCH = -1 as BrokerEpoch;

/** REG-EPOCH (KIP-631): a new incarnation gets the offset of its registration record as epoch. */
export function registerBroker(
  image: MetadataImage,
  command: CommandOf<'registerBroker'>,
  base: number,
  rules: ControllerRules,
): Outcome {
  const known = image.brokers.get(command.brokerId);
  const error = rules.mayRegister(command, known, rules.settings);
  if (error !== NONE) {
    return {
      records: [],
      response: { type: 'registered', error, brokerEpoch: NO_BROKER_EPOCH },
    };
  }
  if (known?.incarnationId === command.incarnationId) {
    return registerAgain(known, command);
  }
  // KIP-966: only the epoch in the clean-shutdown file proves that nothing was lost in between.
  const unclean = known === undefined || known.epoch !== command.previousBrokerEpoch;
  const records: MetadataRecord[] = changesOnBrokerLoss(image, rules, command.brokerId, unclean);
  const brokerEpoch = (base + records.length) as BrokerEpoch;
  records.push(registration(command, NO_BROKER_EPOCH, true, false));
  return { records, response: { type: 'registered', error: NONE, brokerEpoch } };
}

/** The answer was lost, or the broker's addresses changed: the incarnation keeps its epoch. */
function registerAgain(
  known: Readonly<BrokerRegistration>,
  command: CommandOf<'registerBroker'>,
): Outcome {
  const response: ControllerResponse = {
    type: 'registered',
    error: NONE,
    brokerEpoch: known.epoch,
  };
  const described = (of: Pick<BrokerRegistration, 'endPoints' | 'rack' | 'logDirs'>): string =>
    JSON.stringify([
      of.endPoints.map((e) => [e.name, e.host, e.port, e.securityProtocol]),
      of.rack,
      of.logDirs,
    ]);
  if (described(known) === described(command)) {
    return { records: [], response };
  }
  const record = registration(command, known.epoch, known.fenced, known.inControlledShutdown);
  return { records: [record], response };
}

function registration(
  command: CommandOf<'registerBroker'>,
  brokerEpoch: BrokerEpoch,
  fenced: boolean,
  inControlledShutdown: boolean,
): MetadataRecord {
  return {
    type: 'RegisterBrokerRecord',
    brokerId: command.brokerId,
    incarnationId: command.incarnationId,
    brokerEpoch,
    endPoints: command.endPoints,
    rack: command.rack,
    fenced,
    inControlledShutdown,
    logDirs: command.logDirs,
  };
}

/** A broker's state as Kafka's heartbeat manager sees it, and what it is to become. */
type NextState = 'fenced' | 'unfenced' | 'controlledShutdown' | 'shutdownNow';

/**
 * KIP-631, "BrokerHeartbeat". `shutdownOffset`: the newest record that took a leadership from this
 * broker in its controlled shutdown, -1 before.
 */
export function decideHeartbeat(
  image: MetadataImage,
  command: CommandOf<'brokerHeartbeat'>,
  shutdownOffset: number,
  rules: ControllerRules,
): Outcome {
  const broker = image.brokers.get(command.brokerId);
  if (broker === undefined || broker.epoch !== command.brokerEpoch) {
    return { records: [], response: heartbeatError(STALE_BROKER_EPOCH) };
  }
  const next = nextState(image, broker, command, shutdownOffset, rules);
  const records: MetadataRecord[] = [];
  if (next === 'unfenced' && broker.fenced) {
    const live = liveBrokers(image).add(broker.id);
    records.push(registrationChange(broker, -1, 0), ...electionsOfLeaderless(image, rules, live));
  } else if (next === 'controlledShutdown' && !broker.inControlledShutdown) {
    const moved = changesOnBrokerLoss(image, rules, broker.id, false);
    records.push(registrationChange(broker, 0, 1), ...moved);
  } else if ((next === 'fenced' || next === 'shutdownNow') && !broker.fenced) {
    records.push(...fence(image, broker, rules));
  }
  return {
    records,
    response: {
      type: 'heartbeat',
      error: NONE,
      isCaughtUp: command.currentMetadataOffset >= broker.epoch,
      isFenced: next === 'fenced' || next === 'shutdownNow',
      shouldShutDown: next === 'shutdownNow',
    },
  };
}

function nextState(
  image: MetadataImage,
  broker: Readonly<BrokerRegistration>,
  command: CommandOf<'brokerHeartbeat'>,
  shutdownOffset: number,
  rules: ControllerRules,
): NextState {
  if (broker.fenced) {
    if (command.wantShutDown) {
      return 'shutdownNow';
    }
    const mayServe = rules.mayUnfence(broker, command.currentMetadataOffset);
    return !command.wantFence && mayServe ? 'unfenced' : 'fenced';
  }
  if (!command.wantShutDown && !broker.inControlledShutdown) {
    return command.wantFence ? 'fenced' : 'unfenced';
  }
  const granted = rules.mayShutDown({
    leadsPartitions: leadsPartitions(image, broker.id),
    shutdownOffset,
    currentMetadataOffset: command.currentMetadataOffset,
    lowestActiveOffset: command.lowestActiveOffset ?? Number.MAX_SAFE_INTEGER,
  });
  return granted || command.wantFence ? 'shutdownNow' : 'controlledShutdown';
}

function heartbeatError(error: ErrorCode): ControllerResponse {
  return {
    type: 'heartbeat',
    error,
    isCaughtUp: false,
    isFenced: true,
    shouldShutDown: false,
  };
}

/** The session of an incarnation ended without a heartbeat; of an earlier one: nothing happens. */
export function sessionExpired(
  image: MetadataImage,
  command: CommandOf<'sessionExpired'>,
  rules: ControllerRules,
): Outcome {
  const broker = image.brokers.get(command.brokerId);
  if (broker === undefined || broker.epoch !== command.brokerEpoch) {
    return { records: [], response: done(STALE_BROKER_EPOCH, 'another incarnation') };
  }
  const records = broker.fenced ? [] : fence(image, broker, rules);
  return { records, response: done(NONE, null) };
}

/** FENCE-OUT: first its leaders and ISR seats, then the fence, so that no record breaks the rule. */
function fence(
  image: MetadataImage,
  broker: Readonly<BrokerRegistration>,
  rules: ControllerRules,
): MetadataRecord[] {
  assert(!broker.fenced, 'the broker is fenced already');
  const moved = changesOnBrokerLoss(image, rules, broker.id, false);
  return [...moved, registrationChange(broker, 1, 0)];
}

function registrationChange(
  broker: Readonly<BrokerRegistration>,
  fenced: -1 | 0 | 1,
  inControlledShutdown: 0 | 1,
): MetadataRecord {
  return {
    type: 'BrokerRegistrationChangeRecord',
    brokerId: broker.id,
    brokerEpoch: broker.epoch,
    fenced,
    inControlledShutdown,
  };
}

/** KIP-631: forgets a broker. Its replicas stay assigned to it; it leaves every ISR. */
export function unregisterBroker(
  image: MetadataImage,
  command: CommandOf<'unregisterBroker'>,
  rules: ControllerRules,
): Outcome {
  const broker = image.brokers.get(command.brokerId);
  if (broker === undefined) {
    const message = `broker ${command.brokerId} is not registered`;
    return { records: [], response: done(BROKER_ID_NOT_REGISTERED, message) };
  }
  const records: MetadataRecord[] = changesOnBrokerLoss(image, rules, broker.id, false);
  records.push({
    type: 'UnregisterBrokerRecord',
    brokerId: broker.id,
    brokerEpoch: broker.epoch,
  });
  return { records, response: done(NONE, null) };
}

/** The response of commands that have nothing else to say. */
export function done(error: ErrorCode, message: string | null): ControllerResponse {
  return { type: 'done', error, message };
}
