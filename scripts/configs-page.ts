/** docs/configs.md as text, from the one table of supported configs. */

import { brokerConfigs, topicConfigs } from '../src/core/metadata/configs-table.js';

type Table = typeof brokerConfigs;

export function configsPage(): string {
  return [
    '# Configs',
    '',
    "Kafka's names, types and defaults. What is not listed is refused. Written by `npm run docs`.",
    '',
    '## Brokers',
    '',
    '`logjury broker --config name=value`, `logjury cluster --config name=value`. Those marked * can also',
    'be changed while the cluster runs, as the default of all brokers (IncrementalAlterConfigs on the',
    'broker resource with an empty name).',
    '',
    ...table(brokerConfigs),
    '',
    '## Topics',
    '',
    'CreateTopics and IncrementalAlterConfigs. Without a value of its own a topic has the default that the',
    'brokers are given.',
    '',
    ...table(topicConfigs),
    '',
  ].join('\n');
}

function table(configs: Table): string[] {
  const rows = [...configs.values()].map(
    ({ name, type, default: value, clusterWide, description }) =>
      `| \`${name}\`${clusterWide ? ' *' : ''} | ${type} | ${value ?? ''} | ${description} |`,
  );
  return ['| config | type | default | meaning |', '| --- | --- | --- | --- |', ...rows];
}
