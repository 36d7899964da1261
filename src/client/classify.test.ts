import { describe, expect, test } from 'vitest';
import { ErrorCode, type ErrorName } from '../protocol/errors.js';
import { classifyChange, classifyProduce, classifyRead } from './classify.js';

const named = (names: readonly ErrorName[]) =>
  names.map((name) => [name, ErrorCode[name]] as const);

describe('what an error says of a produced batch', () => {
  test.each(named(['NONE', 'DUPLICATE_SEQUENCE_NUMBER']))('%s: the log has it', (_name, code) => {
    expect(classifyProduce(code)).toBe('ok');
  });

  test.each(
    named([
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      'MESSAGE_TOO_LARGE',
      'RECORD_LIST_TOO_LARGE',
      'INVALID_RECORD',
      'CORRUPT_MESSAGE',
      'INVALID_TIMESTAMP',
      'NOT_ENOUGH_REPLICAS',
      'INVALID_PRODUCER_EPOCH',
      'PRODUCER_FENCED',
      'TOPIC_AUTHORIZATION_FAILED',
      'CLUSTER_AUTHORIZATION_FAILED',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'INVALID_TOPIC_EXCEPTION',
      'NOT_CONTROLLER',
      'BROKER_NOT_AVAILABLE',
    ]),
  )('%s: it was certainly not appended', (_name, code) => {
    expect(classifyProduce(code)).toBe('fail');
  });

  test.each(
    named([
      'NOT_LEADER_OR_FOLLOWER',
      'REQUEST_TIMED_OUT',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      'UNKNOWN_SERVER_ERROR',
      'NETWORK_EXCEPTION',
      'KAFKA_STORAGE_ERROR',
      'LEADER_NOT_AVAILABLE',
    ]),
  )('%s: nobody knows', (_name, code) => {
    expect(classifyProduce(code)).toBe('unknown');
  });

  test('an error that nobody thought of is unknown', () => {
    expect(classifyProduce(9_999)).toBe('unknown');
    const failing = Object.values(ErrorCode).filter((code) => classifyProduce(code) === 'fail');
    // A new entry here needs a reason why a leader cannot answer it after the append.
    expect(failing.length).toBe(27);
  });
});

test('a change of metadata is unknown when the controller may have ordered it', () => {
  expect(classifyChange(ErrorCode.NONE)).toBe('ok');
  expect(classifyChange(ErrorCode.TOPIC_ALREADY_EXISTS)).toBe('unknown');
  expect(classifyChange(ErrorCode.UNKNOWN_TOPIC_ID)).toBe('unknown');
  expect(classifyChange(ErrorCode.INVALID_CONFIG)).toBe('fail');
  expect(classifyChange(ErrorCode.NOT_CONTROLLER)).toBe('unknown');
  expect(classifyChange(ErrorCode.REQUEST_TIMED_OUT)).toBe('unknown');
});

test('reads commit nobody to anything', () => {
  expect(classifyRead(ErrorCode.NONE)).toBe('ok');
  expect(classifyRead(ErrorCode.REQUEST_TIMED_OUT)).toBe('fail');
});
