/** DescribeConfigs (KIP-133, 226, 524, 569): what is in force, and where it comes from. */

import {
  brokerConfigs,
  type ConfigDefinition,
  type ConfigType,
  topicConfigs,
} from '../core/metadata/configs-table.js';
import {
  DEFAULT_CONFIG,
  DYNAMIC_BROKER_CONFIG,
  DYNAMIC_DEFAULT_BROKER_CONFIG,
  effectiveTopicConfig,
  STATIC_BROKER_CONFIG,
} from '../core/metadata/effective-configs.js';
import { BROKER_RESOURCE, TOPIC_RESOURCE } from '../core/metadata/image.js';
import type { MetadataImage } from '../core/metadata/types.js';
import type { BrokerId } from '../core/types/ids.js';
import { describeConfigsApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type {
  DescribeConfigsRequest,
  DescribeConfigsRequestDescribeConfigsResource,
} from '../protocol/schemas/describe-configs.js';
import type { IncomingRequest } from './server-connection.js';
import type { Settings } from './settings.js';

/** Kafka's ConfigType numbers of DescribeConfigs v3. */
const TYPE_NUMBERS: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
};

interface ConfigValue {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export class ConfigsHandler {
  private readonly image: () => MetadataImage;
  private readonly settings: Settings;
  private readonly self: BrokerId;

  constructor(image: () => MetadataImage, settings: Settings, self: BrokerId) {
    this.image = image;
    this.settings = settings;
    this.self = self;
  }

  describe(request: IncomingRequest, body: DescribeConfigsRequest): void {
    const results = body.resources.map((resource) => ({
      ...this.resource(resource, body.includeDocumentation),
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
    }));
    request.respond(describeConfigsApi, { results });
  }

  private resource(
    resource: DescribeConfigsRequestDescribeConfigsResource,
    documentation: boolean,
  ): { errorCode: number; errorMessage: string | null; configs: object[] } {
    const image = this.image();
    const { resourceType, resourceName } = resource;
    const wanted = (name: string): boolean => resource.configurationKeys?.includes(name) ?? true;
    if (resourceType === TOPIC_RESOURCE) {
      if (!image.topicIds.has(resourceName)) {
        return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `no topic is called ${resourceName}`);
      }
      const configs = [...topicConfigs.values()]
        .filter(({ name }) => wanted(name))
        .map((definition) => {
          const value = effectiveTopicConfig(image, this.settings, resourceName, definition.name);
          return described(definition, value, false, documentation);
        });
      return { errorCode: ErrorCode.NONE, errorMessage: null, configs };
    }
    if (resourceType === BROKER_RESOURCE) {
      if (resourceName !== '' && resourceName !== String(this.self)) {
        return refused(
          ErrorCode.INVALID_REQUEST,
          `this is broker ${this.self}, not ${resourceName}`,
        );
      }
      const dynamic = image.configs.get(`${BROKER_RESOURCE}:`);
      const own = image.configs.get(`${BROKER_RESOURCE}:${resourceName}`);
      const configs = [...brokerConfigs.values()]
        .filter(({ name }) => wanted(name) && (resourceName !== '' || dynamic?.has(name) === true))
        .map((definition) => {
          const value = this.brokerValue(
            definition.name,
            dynamic,
            resourceName === '' ? undefined : own,
          );
          return described(definition, value, !definition.clusterWide, documentation);
        });
      return { errorCode: ErrorCode.NONE, errorMessage: null, configs };
    }
    return refused(
      ErrorCode.INVALID_REQUEST,
      `configs of resource type ${resourceType} are unknown`,
    );
  }

  private brokerValue(
    name: string,
    dynamic: ReadonlyMap<string, string> | undefined,
    own: ReadonlyMap<string, string> | undefined,
  ): ConfigValue {
    const ofBroker = own?.get(name);
    if (ofBroker !== undefined) {
      return { name, value: ofBroker, source: DYNAMIC_BROKER_CONFIG };
    }
    const changed = dynamic?.get(name);
    if (changed !== undefined) {
      return { name, value: changed, source: DYNAMIC_DEFAULT_BROKER_CONFIG };
    }
    const source = this.settings.isOverridden(name) ? STATIC_BROKER_CONFIG : DEFAULT_CONFIG;
    return { name, value: this.settings.optional(name), source };
  }
}

function described(
  definition: ConfigDefinition,
  value: ConfigValue,
  readOnly: boolean,
  documentation: boolean,
): object {
  return {
    name: value.name,
    value: value.value,
    readOnly,
    configSource: value.source,
    isSensitive: false,
    synonyms: [],
    configType: TYPE_NUMBERS[definition.type],
    documentation: documentation ? definition.description : null,
  };
}

function refused(
  errorCode: number,
  errorMessage: string,
): { errorCode: number; errorMessage: string | null; configs: object[] } {
  return { errorCode, errorMessage, configs: [] };
}
