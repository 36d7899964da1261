// The driver of sarama.
package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"matrix/driver"
)

var (
	bootstrap = strings.Split(os.Args[1], ",")
	opened    sarama.ClusterAdmin
	member    *groupMember
	codecs    = map[string]sarama.CompressionCodec{
		"none":   sarama.CompressionNone,
		"gzip":   sarama.CompressionGZIP,
		"snappy": sarama.CompressionSnappy,
		"lz4":    sarama.CompressionLZ4,
		"zstd":   sarama.CompressionZSTD,
	}
)

func config() *sarama.Config {
	made := sarama.NewConfig()
	made.ClientID = "matrix-sarama"
	made.Version = sarama.MaxVersion
	made.Metadata.AllowAutoTopicCreation = false
	made.Metadata.Retry.Max = 3
	made.Metadata.Retry.Backoff = 100 * time.Millisecond
	made.Consumer.MaxWaitTime = 200 * time.Millisecond
	made.Consumer.Fetch.Default = 8_000_000
	made.Consumer.Return.Errors = true
	return made
}

func admin() (sarama.ClusterAdmin, error) {
	if opened == nil {
		made, err := sarama.NewClusterAdmin(bootstrap, config())
		if err != nil {
			return nil, err
		}
		opened = made
	}
	return opened, nil
}

// With an admin client; most operations are one call to it.
func with(operation func(sarama.ClusterAdmin, driver.Asked) (any, error)) driver.Operation {
	return func(asked driver.Asked) (any, error) {
		client, err := admin()
		if err != nil {
			return nil, err
		}
		return operation(client, asked)
	}
}

func metadata(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	described, _, err := client.DescribeCluster()
	if err != nil {
		return nil, err
	}
	brokers, topics := []any{}, []any{}
	for _, broker := range described {
		host, port, _ := strings.Cut(broker.Addr(), ":")
		number, _ := strconv.Atoi(port)
		brokers = append(brokers, map[string]any{"id": broker.ID(), "host": host, "port": number})
	}
	told, err := client.DescribeTopics([]string{asked.Topic})
	for _, topic := range told {
		partitions := []any{}
		for _, partition := range topic.Partitions {
			partitions = append(partitions, map[string]any{"id": partition.ID, "leader": partition.Leader, "replicas": partition.Replicas})
		}
		topics = append(topics, map[string]any{"name": topic.Name, "partitions": partitions})
	}
	return map[string]any{"brokers": brokers, "topics": topics}, err
}

func createTopic(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	configs := map[string]*string{}
	for name, value := range asked.Configs {
		configs[name] = &value
	}
	detail := &sarama.TopicDetail{NumPartitions: asked.Partitions, ReplicationFactor: asked.Replicas.Number(), ConfigEntries: configs}
	return nil, client.CreateTopic(asked.Topic, detail, false)
}

func describeConfigs(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	told, err := client.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: asked.Topic})
	configs := map[string]string{}
	for _, entry := range told {
		configs[entry.Name] = entry.Value
	}
	return map[string]any{"configs": configs}, err
}

func alterConfig(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	entry := sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &asked.Value}
	entries := map[string]sarama.IncrementalAlterConfigsEntry{asked.Name: entry}
	return nil, client.IncrementalAlterConfig(sarama.TopicResource, asked.Topic, entries, false)
}

func listOffsets(asked driver.Asked) (any, error) {
	client, err := sarama.NewClient(bootstrap, config())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	at := sarama.OffsetNewest
	switch given := asked.At.(type) {
	case string:
		if given == "earliest" {
			at = sarama.OffsetOldest
		}
	case float64:
		at = int64(given)
	}
	offset, err := client.GetOffset(asked.Topic, asked.Partition, at)
	return map[string]any{"offset": offset}, err
}

func produce(asked driver.Asked) (any, error) {
	settings := config()
	settings.Producer.RequiredAcks = sarama.RequiredAcks(asked.Acks)
	settings.Producer.Compression = codecs[asked.Codec]
	settings.Producer.Partitioner = sarama.NewManualPartitioner
	settings.Producer.Return.Successes = true
	settings.Producer.MaxMessageBytes = 10_000_000
	settings.Producer.Flush.Frequency = 50 * time.Millisecond
	settings.Producer.Retry.Backoff = 100 * time.Millisecond
	if !asked.Retry {
		settings.Producer.Retry.Max = 0
	}
	if asked.Idempotent {
		settings.Producer.Idempotent = true
		settings.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewSyncProducer(bootstrap, settings)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	messages := []*sarama.ProducerMessage{}
	for _, record := range asked.Records {
		message := &sarama.ProducerMessage{Topic: asked.Topic, Partition: asked.Partition, Timestamp: time.UnixMilli(record.Timestamp)}
		// A nil encoder is null, one of no bytes is empty.
		if record.Key != nil {
			message.Key = sarama.ByteEncoder(driver.Bytes(record.Key))
		}
		if record.Value != nil {
			message.Value = sarama.ByteEncoder(driver.Bytes(record.Value))
		}
		for _, header := range record.Headers {
			message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(*header[0]), Value: driver.Bytes(header[1])})
		}
		messages = append(messages, message)
	}
	if err := producer.SendMessages(messages); err != nil {
		return nil, err
	}
	if asked.Acks == 0 {
		return map[string]any{"offsets": nil}, nil
	}
	offsets := []int64{}
	for _, message := range messages {
		offsets = append(offsets, message.Offset)
	}
	return map[string]any{"offsets": offsets}, nil
}

func read(asked driver.Asked) (any, error) {
	consumer, err := sarama.NewConsumer(bootstrap, config())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(asked.Topic, asked.Partition, asked.Offset)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	late := time.After(time.Until(asked.Deadline()))
	records := []driver.Record{}
	for len(records) < asked.Count {
		select {
		case message := <-partition.Messages():
			headers := [][2]*string{}
			for _, header := range message.Headers {
				headers = append(headers, [2]*string{driver.Plain(string(header.Key)), driver.Text(header.Value)})
			}
			records = append(records, driver.Record{
				Offset:    &message.Offset,
				Key:       driver.Text(message.Key),
				Value:     driver.Text(message.Value),
				Headers:   headers,
				Timestamp: message.Timestamp.UnixMilli(),
			})
		case err := <-partition.Errors():
			return nil, err
		case <-late:
			return map[string]any{"records": records}, nil
		}
	}
	return map[string]any{"records": records}, nil
}

type groupMember struct {
	topic   string
	seen    *driver.Seen
	group   sarama.ConsumerGroup
	cancel  context.CancelFunc
	done    sync.WaitGroup
	mutex   sync.Mutex
	session sarama.ConsumerGroupSession
}

func (m *groupMember) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	m.session = session
	m.mutex.Unlock()
	m.seen.Assign(session.Claims()[m.topic])
	return nil
}

func (m *groupMember) Cleanup(session sarama.ConsumerGroupSession) error {
	m.seen.Revoke(session.Claims()[m.topic])
	return nil
}

func (m *groupMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			session.MarkMessage(message, "")
			m.seen.Record(message.Partition, message.Offset, message.Value)
		case <-session.Context().Done():
			return nil
		}
	}
}

func join(asked driver.Asked) (any, error) {
	if strings.HasPrefix(asked.Assignor, "cooperative") {
		return nil, driver.CannotExpress("the library has no cooperative rebalancing")
	}
	settings := config()
	settings.Consumer.Offsets.Initial = sarama.OffsetOldest
	settings.Consumer.Offsets.AutoCommit.Enable = false
	settings.Consumer.Group.Session.Timeout = time.Duration(asked.SessionTimeoutMs) * time.Millisecond
	settings.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	settings.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
	if asked.InstanceID != nil {
		settings.Consumer.Group.InstanceId = *asked.InstanceID
	}
	group, err := sarama.NewConsumerGroup(bootstrap, asked.Group, settings)
	if err != nil {
		return nil, err
	}
	joined := &groupMember{topic: asked.Topic, seen: driver.NewSeen(), group: group}
	member = joined
	ctx, cancel := context.WithCancel(context.Background())
	joined.cancel = cancel
	go func() {
		for range group.Errors() {
		}
	}()
	joined.done.Add(1)
	go func() {
		defer joined.done.Done()
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{asked.Topic}, joined); errors.Is(err, sarama.ErrClosedConsumerGroup) {
				return
			}
		}
	}()
	return nil, nil
}

func commit(driver.Asked) (any, error) {
	member.mutex.Lock()
	defer member.mutex.Unlock()
	member.session.Commit()
	return nil, nil
}

func leave(driver.Asked) (any, error) {
	if member != nil {
		member.cancel()
		member.done.Wait()
		member.group.Close()
		member = nil
	}
	return nil, nil
}

func seek(driver.Asked) (any, error) {
	return nil, driver.CannotExpress("a member of a group reads on; only what it commits can be set back")
}

func listGroups(client sarama.ClusterAdmin, _ driver.Asked) (any, error) {
	told, err := client.ListConsumerGroups()
	groups := []string{}
	for group := range told {
		groups = append(groups, group)
	}
	return map[string]any{"groups": groups}, err
}

func describeGroup(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	told, err := client.DescribeConsumerGroups([]string{asked.Group})
	if err != nil {
		return nil, err
	}
	if told[0].Err != sarama.ErrNoError {
		return nil, told[0].Err
	}
	return map[string]any{"state": told[0].State}, nil
}

func groupOffsets(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	told, err := client.ListConsumerGroupOffsets(asked.Group, nil)
	if err != nil {
		return nil, err
	}
	offsets := map[int32]int64{}
	for partition, block := range told.Blocks[asked.Topic] {
		offsets[partition] = block.Offset
	}
	return map[string]any{"offsets": offsets}, nil
}

func setOffset(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	offsets := map[string]map[int32]sarama.OffsetAndMetadata{asked.Topic: {asked.Partition: {Offset: asked.Offset, LeaderEpoch: -1}}}
	told, err := client.AlterConsumerGroupOffsets(asked.Group, offsets, nil)
	if err != nil {
		return nil, err
	}
	if code := told.Errors[asked.Topic][asked.Partition]; code != sarama.ErrNoError {
		return nil, code
	}
	return nil, nil
}

func electLeader(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	told, err := client.ElectLeaders(sarama.PreferredElection, map[string][]int32{asked.Topic: {asked.Partition}})
	if err != nil {
		return nil, err
	}
	if result := told[asked.Topic][asked.Partition]; result != nil && result.ErrorCode != sarama.ErrNoError {
		return nil, result.ErrorCode
	}
	return nil, nil
}

func logDirs(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
	described, _, err := client.DescribeCluster()
	if err != nil {
		return nil, err
	}
	brokers := []int32{}
	for _, broker := range described {
		brokers = append(brokers, broker.ID())
	}
	told, err := client.DescribeLogDirs(brokers)
	found := []any{}
	for broker, directories := range told {
		for _, directory := range directories {
			for _, topic := range directory.Topics {
				for _, partition := range topic.Partitions {
					if topic.Topic == asked.Topic && partition.PartitionID == asked.Partition {
						found = append(found, map[string]any{"broker": broker, "size": partition.Size})
					}
				}
			}
		}
	}
	return map[string]any{"replicas": found}, err
}

func codeOf(err error) (int, bool) {
	var all sarama.ProducerErrors
	if errors.As(err, &all) && len(all) > 0 {
		err = all[0].Err
	}
	var topic *sarama.TopicError
	if errors.As(err, &topic) {
		return int(topic.Err), true
	}
	var partition *sarama.TopicPartitionError
	if errors.As(err, &partition) {
		return int(partition.Err), true
	}
	var known sarama.KError
	if errors.As(err, &known) {
		return int(known), true
	}
	return 0, false
}

func main() {
	driver.Serve(map[string]driver.Operation{
		"metadata":        with(metadata),
		"createTopic":     with(createTopic),
		"describeConfigs": with(describeConfigs),
		"alterConfig":     with(alterConfig),
		"deleteTopic": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.DeleteTopic(asked.Topic)
		}),
		"createPartitions": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.CreatePartitions(asked.Topic, int32(asked.Count), nil, false)
		}),
		"deleteRecords": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.DeleteRecords(asked.Topic, map[int32]int64{asked.Partition: asked.Offset})
		}),
		"listOffsets":   listOffsets,
		"produce":       produce,
		"read":          read,
		"join":          join,
		"poll":          func(asked driver.Asked) (any, error) { return member.seen.Poll(asked) },
		"seek":          seek,
		"commit":        commit,
		"leave":         leave,
		"listGroups":    with(listGroups),
		"describeGroup": with(describeGroup),
		"groupOffsets":  with(groupOffsets),
		"setOffset":     with(setOffset),
		"electLeader":   with(electLeader),
		"logDirs":       with(logDirs),
		"deleteOffset": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.DeleteConsumerGroupOffset(asked.Group, asked.Topic, asked.Partition)
		}),
		"reassign": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.AlterPartitionReassignments(asked.Topic, [][]int32{asked.Replicas})
		}),
		"deleteGroup": with(func(client sarama.ClusterAdmin, asked driver.Asked) (any, error) {
			return nil, client.DeleteConsumerGroup(asked.Group)
		}),
	}, codeOf, func() { leave(driver.Asked{}) })
}
