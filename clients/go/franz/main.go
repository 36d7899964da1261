// The driver of franz-go.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"matrix/driver"
)

var (
	bootstrap = strings.Split(os.Args[1], ",")
	admin     = kadm.NewClient(client())
	member    *kgo.Client
	subject   string
	seen      *driver.Seen
	codecs    = map[string]kgo.CompressionCodec{
		"none":   kgo.NoCompression(),
		"gzip":   kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(),
		"lz4":    kgo.Lz4Compression(),
		"zstd":   kgo.ZstdCompression(),
	}
)

func client(more ...kgo.Opt) *kgo.Client {
	common := []kgo.Opt{kgo.SeedBrokers(bootstrap...), kgo.ClientID("matrix-franz-go"), kgo.FetchMaxWait(200 * time.Millisecond)}
	made, err := kgo.NewClient(append(common, more...)...)
	if err != nil {
		panic(err)
	}
	return made
}

func within(seconds int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
}

func metadata(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.Metadata(ctx, asked.Topic)
	if err != nil {
		return nil, err
	}
	brokers, topics := []any{}, []any{}
	for _, broker := range told.Brokers {
		brokers = append(brokers, map[string]any{"id": broker.NodeID, "host": broker.Host, "port": broker.Port})
	}
	for name, topic := range told.Topics {
		partitions := []any{}
		for _, partition := range topic.Partitions {
			partitions = append(partitions, map[string]any{"id": partition.Partition, "leader": partition.Leader, "replicas": partition.Replicas})
		}
		topics = append(topics, map[string]any{"name": name, "partitions": partitions})
	}
	return map[string]any{"brokers": brokers, "topics": topics}, nil
}

func createTopic(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	configs := map[string]*string{}
	for name, value := range asked.Configs {
		configs[name] = &value
	}
	_, err := admin.CreateTopic(ctx, asked.Partitions, asked.Replicas.Number(), configs, asked.Topic)
	return nil, err
}

func deleteTopic(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DeleteTopic(ctx, asked.Topic)
	return nil, errors.Join(err, told.Err)
}

func createPartitions(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.UpdatePartitions(ctx, asked.Count, asked.Topic)
	if err == nil {
		err = told.Error()
	}
	return nil, err
}

func describeConfigs(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DescribeTopicConfigs(ctx, asked.Topic)
	if err != nil {
		return nil, err
	}
	resource, err := told.On(asked.Topic, nil)
	if err != nil {
		return nil, err
	}
	configs := map[string]any{}
	for _, config := range resource.Configs {
		configs[config.Key] = config.Value
	}
	return map[string]any{"configs": configs}, resource.Err
}

func alterConfig(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: asked.Name, Value: &asked.Value}
	told, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, asked.Topic)
	for _, each := range told {
		err = errors.Join(err, each.Err)
	}
	return nil, err
}

func listOffsets(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	var told kadm.ListedOffsets
	var err error
	switch at := asked.At.(type) {
	case string:
		if at == "earliest" {
			told, err = admin.ListStartOffsets(ctx, asked.Topic)
		} else {
			told, err = admin.ListEndOffsets(ctx, asked.Topic)
		}
	case float64:
		told, err = admin.ListOffsetsAfterMilli(ctx, int64(at), asked.Topic)
	}
	if err != nil {
		return nil, err
	}
	offset, _ := told.Lookup(asked.Topic, asked.Partition)
	return map[string]any{"offset": offset.Offset}, offset.Err
}

func deleteRecords(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	offsets := kadm.Offsets{}
	offsets.AddOffset(asked.Topic, asked.Partition, asked.Offset, -1)
	told, err := admin.DeleteRecords(ctx, offsets)
	if err == nil {
		err = told.Error()
	}
	return nil, err
}

func produce(asked driver.Asked) (any, error) {
	acks := map[int]kgo.Acks{0: kgo.NoAck(), 1: kgo.LeaderAck(), -1: kgo.AllISRAcks()}[asked.Acks]
	options := []kgo.Opt{
		kgo.RequiredAcks(acks),
		kgo.ProducerBatchCompression(codecs[asked.Codec]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(50 * time.Millisecond),
		kgo.ProducerBatchMaxBytes(10_000_000),
		kgo.UnknownTopicRetries(2),
	}
	if !asked.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	if !asked.Retry {
		options = append(options, kgo.RecordRetries(0))
	}
	producer := client(options...)
	defer producer.Close()
	records := []*kgo.Record{}
	for _, record := range asked.Records {
		headers := []kgo.RecordHeader{}
		for _, header := range record.Headers {
			headers = append(headers, kgo.RecordHeader{Key: *header[0], Value: driver.Bytes(header[1])})
		}
		records = append(records, &kgo.Record{
			Topic:     asked.Topic,
			Partition: asked.Partition,
			Key:       driver.Bytes(record.Key),
			Value:     driver.Bytes(record.Value),
			Headers:   headers,
			Timestamp: time.UnixMilli(record.Timestamp),
		})
	}
	ctx, cancel := within(15)
	defer cancel()
	told := producer.ProduceSync(ctx, records...)
	if err := told.FirstErr(); err != nil {
		return nil, err
	}
	if asked.Acks == 0 {
		return map[string]any{"offsets": nil}, nil
	}
	offsets := []int64{}
	for _, each := range told {
		offsets = append(offsets, each.Record.Offset)
	}
	return map[string]any{"offsets": offsets}, nil
}

func read(asked driver.Asked) (any, error) {
	at := map[string]map[int32]kgo.Offset{asked.Topic: {asked.Partition: kgo.NewOffset().At(asked.Offset)}}
	consumer := client(kgo.ConsumePartitions(at), kgo.ConsumeResetOffset(kgo.NoResetOffset()))
	defer consumer.Close()
	ctx, cancel := context.WithDeadline(context.Background(), asked.Deadline())
	defer cancel()
	records := []driver.Record{}
	for len(records) < asked.Count && ctx.Err() == nil {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			headers := [][2]*string{}
			for _, header := range record.Headers {
				headers = append(headers, [2]*string{driver.Plain(header.Key), driver.Text(header.Value)})
			}
			records = append(records, driver.Record{
				Offset:    &record.Offset,
				Key:       driver.Text(record.Key),
				Value:     driver.Text(record.Value),
				Headers:   headers,
				Timestamp: record.Timestamp.UnixMilli(),
			})
		})
	}
	return map[string]any{"records": records}, nil
}

func join(asked driver.Asked) (any, error) {
	seen, subject = driver.NewSeen(), asked.Topic
	mine := seen
	balancer := map[string]kgo.GroupBalancer{"range": kgo.RangeBalancer(), "cooperative-sticky": kgo.CooperativeStickyBalancer()}
	revoked := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		mine.Revoke(partitions[asked.Topic])
	}
	options := []kgo.Opt{
		kgo.ConsumerGroup(asked.Group),
		kgo.ConsumeTopics(asked.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(balancer[asked.Assignor]),
		kgo.SessionTimeout(time.Duration(asked.SessionTimeoutMs) * time.Millisecond),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			mine.Assign(partitions[asked.Topic])
		}),
		kgo.OnPartitionsRevoked(revoked),
		kgo.OnPartitionsLost(revoked),
	}
	if asked.InstanceID != nil {
		options = append(options, kgo.InstanceID(*asked.InstanceID))
	}
	joined := client(options...)
	member = joined
	go func() {
		for {
			fetches := joined.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			fetches.EachRecord(func(record *kgo.Record) { mine.Record(record.Partition, record.Offset, record.Value) })
		}
	}()
	return nil, nil
}

func seek(asked driver.Asked) (any, error) {
	member.SetOffsets(map[string]map[int32]kgo.EpochOffset{subject: {asked.Partition: {Epoch: -1, Offset: asked.Offset}}})
	return nil, nil
}

func commit(driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	return nil, member.CommitUncommittedOffsets(ctx)
}

func leave(driver.Asked) (any, error) {
	if member != nil {
		member.Close()
		member = nil
	}
	return nil, nil
}

func listGroups(driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.ListGroups(ctx)
	return map[string]any{"groups": told.Groups()}, err
}

func describeGroup(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DescribeGroups(ctx, asked.Group)
	if err == nil {
		err = told.Error()
	}
	return map[string]any{"state": told[asked.Group].State}, err
}

func groupOffsets(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.FetchOffsets(ctx, asked.Group)
	offsets := map[int32]int64{}
	told.Each(func(offset kadm.OffsetResponse) {
		if offset.Topic == asked.Topic {
			offsets[offset.Partition] = offset.At
		}
	})
	return map[string]any{"offsets": offsets}, err
}

func setOffset(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	offsets := kadm.Offsets{}
	offsets.AddOffset(asked.Topic, asked.Partition, asked.Offset, -1)
	told, err := admin.CommitOffsets(ctx, asked.Group, offsets)
	if err == nil {
		err = told.Error()
	}
	return nil, err
}

func topicsOf(asked driver.Asked) kadm.TopicsSet {
	topics := kadm.TopicsSet{}
	topics.Add(asked.Topic, asked.Partition)
	return topics
}

func deleteOffset(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DeleteOffsets(ctx, asked.Group, topicsOf(asked))
	if err == nil {
		err = told.Error()
	}
	return nil, err
}

func reassign(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	move := kadm.AlterPartitionAssignmentsReq{}
	move.Assign(asked.Topic, asked.Partition, asked.Replicas)
	told, err := admin.AlterPartitionAssignments(ctx, move)
	if err == nil {
		err = told.Error()
	}
	return nil, err
}

func electLeader(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, topicsOf(asked))
	if err == nil {
		err = told[asked.Topic][asked.Partition].Err
	}
	return nil, err
}

func logDirs(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DescribeAllLogDirs(ctx, topicsOf(asked))
	found := []any{}
	told.Each(func(dir kadm.DescribedLogDir) {
		dir.Topics.Each(func(partition kadm.DescribedLogDirPartition) {
			found = append(found, map[string]any{"broker": partition.Broker, "size": partition.Size})
		})
	})
	return map[string]any{"replicas": found}, err
}

func deleteGroup(asked driver.Asked) (any, error) {
	ctx, cancel := within(15)
	defer cancel()
	told, err := admin.DeleteGroup(ctx, asked.Group)
	return nil, errors.Join(err, told.Err)
}

func codeOf(err error) (int, bool) {
	var known *kerr.Error
	if errors.As(err, &known) {
		return int(known.Code), true
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
		"deleteRecords":    deleteRecords,
		"produce":          produce,
		"read":             read,
		"join":             join,
		"poll":             func(asked driver.Asked) (any, error) { return seen.Poll(asked) },
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
		"logDirs":          logDirs,
		"deleteGroup":      deleteGroup,
	}, codeOf, func() { leave(driver.Asked{}) })
}
