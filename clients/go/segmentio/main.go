// The driver of kafka-go.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"matrix/driver"
)

var (
	bootstrap = strings.Split(os.Args[1], ",")
	client    = &kafka.Client{Addr: kafka.TCP(bootstrap...), Timeout: 15 * time.Second}
	member    *groupMember
	codecs    = map[string]kafka.Compression{
		"none":   0,
		"gzip":   kafka.Gzip,
		"snappy": kafka.Snappy,
		"lz4":    kafka.Lz4,
		"zstd":   kafka.Zstd,
	}
)

func background() context.Context { return context.Background() }

func metadata(asked driver.Asked) (any, error) {
	told, err := client.Metadata(background(), &kafka.MetadataRequest{Topics: []string{asked.Topic}})
	if err != nil {
		return nil, err
	}
	brokers, topics := []any{}, []any{}
	for _, broker := range told.Brokers {
		brokers = append(brokers, map[string]any{"id": broker.ID, "host": broker.Host, "port": broker.Port})
	}
	for _, topic := range told.Topics {
		partitions := []any{}
		for _, partition := range topic.Partitions {
			replicas := []int{}
			for _, replica := range partition.Replicas {
				replicas = append(replicas, replica.ID)
			}
			partitions = append(partitions, map[string]any{"id": partition.ID, "leader": partition.Leader.ID, "replicas": replicas})
		}
		topics = append(topics, map[string]any{"name": topic.Name, "partitions": partitions})
	}
	return map[string]any{"brokers": brokers, "topics": topics}, nil
}

func createTopic(asked driver.Asked) (any, error) {
	entries := []kafka.ConfigEntry{}
	for name, value := range asked.Configs {
		entries = append(entries, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
	}
	told, err := client.CreateTopics(background(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic:             asked.Topic,
		NumPartitions:     int(asked.Partitions),
		ReplicationFactor: int(asked.Replicas.Number()),
		ConfigEntries:     entries,
	}}})
	if err != nil {
		return nil, err
	}
	return nil, told.Errors[asked.Topic]
}

func deleteTopic(asked driver.Asked) (any, error) {
	told, err := client.DeleteTopics(background(), &kafka.DeleteTopicsRequest{Topics: []string{asked.Topic}})
	if err != nil {
		return nil, err
	}
	return nil, told.Errors[asked.Topic]
}

func createPartitions(asked driver.Asked) (any, error) {
	topic := kafka.TopicPartitionsConfig{Name: asked.Topic, Count: int32(asked.Count)}
	told, err := client.CreatePartitions(background(), &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{topic}})
	if err != nil {
		return nil, err
	}
	return nil, told.Errors[asked.Topic]
}

func describeConfigs(asked driver.Asked) (any, error) {
	resource := kafka.DescribeConfigRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: asked.Topic}
	told, err := client.DescribeConfigs(background(), &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{resource}})
	if err != nil {
		return nil, err
	}
	configs := map[string]string{}
	for _, entry := range told.Resources[0].ConfigEntries {
		configs[entry.ConfigName] = entry.ConfigValue
	}
	return map[string]any{"configs": configs}, told.Resources[0].Error
}

func alterConfig(asked driver.Asked) (any, error) {
	told, err := client.IncrementalAlterConfigs(background(), &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic,
			ResourceName: asked.Topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{
				Name: asked.Name, Value: asked.Value, ConfigOperation: kafka.ConfigOperationSet,
			}},
		}},
	})
	if err != nil {
		return nil, err
	}
	return nil, told.Resources[0].Error
}

func listOffsets(asked driver.Asked) (any, error) {
	partition := int(asked.Partition)
	var request kafka.OffsetRequest
	switch at := asked.At.(type) {
	case string:
		request = kafka.LastOffsetOf(partition)
		if at == "earliest" {
			request = kafka.FirstOffsetOf(partition)
		}
	case float64:
		request = kafka.TimeOffsetOf(partition, time.UnixMilli(int64(at)))
	}
	told, err := client.ListOffsets(background(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{asked.Topic: {request}}})
	if err != nil {
		return nil, err
	}
	found := told.Topics[asked.Topic][0]
	switch asked.At {
	case "earliest":
		return map[string]any{"offset": found.FirstOffset}, found.Error
	case "latest":
		return map[string]any{"offset": found.LastOffset}, found.Error
	}
	for offset := range found.Offsets {
		return map[string]any{"offset": offset}, found.Error
	}
	return map[string]any{"offset": nil}, found.Error
}

func produce(asked driver.Asked) (any, error) {
	if asked.Idempotent {
		return nil, driver.CannotExpress("the library has no idempotent producer")
	}
	attempts := 5
	if !asked.Retry {
		attempts = 1
	}
	offsets := []int64{}
	writer := &kafka.Writer{
		Addr:         kafka.TCP(bootstrap...),
		Topic:        asked.Topic,
		RequiredAcks: kafka.RequiredAcks(asked.Acks),
		Compression:  codecs[asked.Codec],
		BatchTimeout: 50 * time.Millisecond,
		BatchBytes:   10_000_000,
		MaxAttempts:  attempts,
		Balancer:     kafka.BalancerFunc(func(kafka.Message, ...int) int { return int(asked.Partition) }),
		Completion: func(messages []kafka.Message, err error) {
			for _, message := range messages {
				offsets = append(offsets, message.Offset)
			}
		},
	}
	messages := []kafka.Message{}
	for _, record := range asked.Records {
		headers := []kafka.Header{}
		for _, header := range record.Headers {
			headers = append(headers, kafka.Header{Key: *header[0], Value: driver.Bytes(header[1])})
		}
		messages = append(messages, kafka.Message{
			Key:     driver.Bytes(record.Key),
			Value:   driver.Bytes(record.Value),
			Headers: headers,
			Time:    time.UnixMilli(record.Timestamp),
		})
	}
	err := errors.Join(writer.WriteMessages(background(), messages...), writer.Close())
	if err != nil {
		return nil, err
	}
	if asked.Acks == 0 {
		return map[string]any{"offsets": nil}, nil
	}
	return map[string]any{"offsets": offsets}, nil
}

func reader(topic string, partition int, offset int64) (*kafka.Reader, error) {
	made := kafka.NewReader(kafka.ReaderConfig{
		Brokers:               bootstrap,
		Topic:                 topic,
		Partition:             partition,
		MinBytes:              1,
		MaxBytes:              10_000_000,
		MaxWait:               200 * time.Millisecond,
		OffsetOutOfRangeError: true,
	})
	return made, made.SetOffset(offset)
}

func read(asked driver.Asked) (any, error) {
	from, err := reader(asked.Topic, int(asked.Partition), asked.Offset)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	ctx, cancel := context.WithDeadline(background(), asked.Deadline())
	defer cancel()
	records := []driver.Record{}
	for len(records) < asked.Count {
		message, err := from.ReadMessage(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return nil, err
		}
		headers := [][2]*string{}
		for _, header := range message.Headers {
			headers = append(headers, [2]*string{driver.Plain(header.Key), driver.Text(header.Value)})
		}
		records = append(records, driver.Record{
			Offset:    &message.Offset,
			Key:       driver.Text(message.Key),
			Value:     driver.Text(message.Value),
			Headers:   headers,
			Timestamp: message.Time.UnixMilli(),
		})
	}
	return map[string]any{"records": records}, nil
}

// A member by the library's ConsumerGroup: its Reader for groups does not tell what it is assigned.
type groupMember struct {
	topic      string
	seen       *driver.Seen
	group      *kafka.ConsumerGroup
	done       sync.WaitGroup
	mutex      sync.Mutex
	generation *kafka.Generation
	readers    map[int]*kafka.Reader
}

func join(asked driver.Asked) (any, error) {
	if asked.InstanceID != nil {
		return nil, driver.CannotExpress("the library has no static members")
	}
	if strings.HasPrefix(asked.Assignor, "cooperative") {
		return nil, driver.CannotExpress("the library has no cooperative rebalancing")
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                asked.Group,
		Brokers:           bootstrap,
		Topics:            []string{asked.Topic},
		GroupBalancers:    []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
		HeartbeatInterval: 500 * time.Millisecond,
		SessionTimeout:    time.Duration(asked.SessionTimeoutMs) * time.Millisecond,
		JoinGroupBackoff:  200 * time.Millisecond,
		StartOffset:       kafka.FirstOffset,
	})
	if err != nil {
		return nil, err
	}
	joined := &groupMember{topic: asked.Topic, seen: driver.NewSeen(), group: group}
	member = joined
	joined.done.Add(1)
	go func() {
		defer joined.done.Done()
		for {
			generation, err := group.Next(background())
			if errors.Is(err, kafka.ErrGroupClosed) {
				return
			}
			if err == nil {
				joined.run(generation)
			}
		}
	}()
	return nil, nil
}

func (m *groupMember) run(generation *kafka.Generation) {
	assigned := []int32{}
	m.mutex.Lock()
	m.generation, m.readers = generation, map[int]*kafka.Reader{}
	m.mutex.Unlock()
	for _, assignment := range generation.Assignments[m.topic] {
		assigned = append(assigned, int32(assignment.ID))
		from, err := reader(m.topic, assignment.ID, assignment.Offset)
		if err != nil {
			panic(err)
		}
		m.mutex.Lock()
		m.readers[assignment.ID] = from
		m.mutex.Unlock()
		generation.Start(func(ctx context.Context) {
			defer from.Close()
			for {
				message, err := from.ReadMessage(ctx)
				if ctx.Err() != nil {
					return
				}
				if err == nil {
					m.seen.Record(int32(message.Partition), message.Offset, message.Value)
				}
			}
		})
	}
	m.seen.Assign(assigned)
	generation.Start(func(ctx context.Context) {
		<-ctx.Done()
		m.seen.Revoke(assigned)
	})
}

func seek(asked driver.Asked) (any, error) {
	member.mutex.Lock()
	defer member.mutex.Unlock()
	return nil, member.readers[int(asked.Partition)].SetOffset(asked.Offset)
}

func commit(driver.Asked) (any, error) {
	offsets := map[int]int64{}
	for partition, offset := range member.seen.Positions() {
		offsets[int(partition)] = offset
	}
	member.mutex.Lock()
	defer member.mutex.Unlock()
	return nil, member.generation.CommitOffsets(map[string]map[int]int64{member.topic: offsets})
}

func leave(driver.Asked) (any, error) {
	if member != nil {
		member.group.Close()
		member.done.Wait()
		member = nil
	}
	return nil, nil
}

func listGroups(driver.Asked) (any, error) {
	told, err := client.ListGroups(background(), &kafka.ListGroupsRequest{})
	if err != nil {
		return nil, err
	}
	groups := []string{}
	for _, group := range told.Groups {
		groups = append(groups, group.GroupID)
	}
	return map[string]any{"groups": groups}, told.Error
}

func describeGroup(asked driver.Asked) (any, error) {
	told, err := client.DescribeGroups(background(), &kafka.DescribeGroupsRequest{GroupIDs: []string{asked.Group}})
	if err != nil {
		return nil, err
	}
	return map[string]any{"state": told.Groups[0].GroupState}, told.Groups[0].Error
}

func groupOffsets(asked driver.Asked) (any, error) {
	told, err := client.OffsetFetch(background(), &kafka.OffsetFetchRequest{GroupID: asked.Group, Topics: map[string][]int{asked.Topic: {0}}})
	if err != nil {
		return nil, err
	}
	offsets := map[int]int64{}
	for _, partition := range told.Topics[asked.Topic] {
		offsets[partition.Partition] = partition.CommittedOffset
	}
	return map[string]any{"offsets": offsets}, told.Error
}

func deleteGroup(asked driver.Asked) (any, error) {
	told, err := client.DeleteGroups(background(), &kafka.DeleteGroupsRequest{GroupIDs: []string{asked.Group}})
	if err != nil {
		return nil, err
	}
	return nil, told.Errors[asked.Group]
}

func setOffset(asked driver.Asked) (any, error) {
	offset := kafka.OffsetCommit{Partition: int(asked.Partition), Offset: asked.Offset}
	told, err := client.OffsetCommit(background(), &kafka.OffsetCommitRequest{
		GroupID: asked.Group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{asked.Topic: {offset}},
	})
	if err != nil {
		return nil, err
	}
	return nil, told.Topics[asked.Topic][0].Error
}

func deleteOffset(asked driver.Asked) (any, error) {
	told, err := client.OffsetDelete(background(), &kafka.OffsetDeleteRequest{
		GroupID: asked.Group, Topics: map[string][]int{asked.Topic: {int(asked.Partition)}},
	})
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(told.Error, told.Topics[asked.Topic][0].Error)
}

func reassign(asked driver.Asked) (any, error) {
	brokers := []int{}
	for _, replica := range asked.Replicas {
		brokers = append(brokers, int(replica))
	}
	move := kafka.AlterPartitionReassignmentsRequestAssignment{PartitionID: int(asked.Partition), BrokerIDs: brokers}
	told, err := client.AlterPartitionReassignments(background(), &kafka.AlterPartitionReassignmentsRequest{
		Topic: asked.Topic, Assignments: []kafka.AlterPartitionReassignmentsRequestAssignment{move}, Timeout: 10 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(told.Error, told.PartitionResults[0].Error)
}

func electLeader(asked driver.Asked) (any, error) {
	told, err := client.ElectLeaders(background(), &kafka.ElectLeadersRequest{
		Topic: asked.Topic, Partitions: []int{int(asked.Partition)}, Timeout: 10 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(told.Error, told.PartitionResults[0].Error)
}

func codeOf(err error) (int, bool) {
	var all kafka.WriteErrors
	if errors.As(err, &all) {
		for _, each := range all {
			if each != nil {
				err = each
			}
		}
	}
	var large kafka.MessageTooLargeError
	if errors.As(err, &large) {
		return int(kafka.MessageSizeTooLarge), true
	}
	var known kafka.Error
	if errors.As(err, &known) {
		return int(known), true
	}
	return 0, false
}

func main() {
	driver.Serve(map[string]driver.Operation{
		"metadata":         metadata,
		"createTopic":      createTopic,
		"deleteTopic":      deleteTopic,
		"createPartitions": createPartitions,
		"describeConfigs":  describeConfigs,
		"alterConfig":      alterConfig,
		"listOffsets":      listOffsets,
		"produce":          produce,
		"read":             read,
		"join":             join,
		"poll":             func(asked driver.Asked) (any, error) { return member.seen.Poll(asked) },
		"seek":             seek,
		"commit":           commit,
		"leave":            leave,
		"listGroups":       listGroups,
		"describeGroup":    describeGroup,
		"groupOffsets":     groupOffsets,
		"setOffset":        setOffset,
		"deleteOffset":     deleteOffset,
		"reassign":         reassign,
		"electLeader":      electLeader,
		"deleteGroup":      deleteGroup,
	}, codeOf, func() { leave(driver.Asked{}) })
}
