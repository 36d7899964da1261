// Package driver is what the drivers of Go clients share: the loop over standard input, and what a member has seen.
package driver

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"sort"
	"sync"
	"time"
)

// Record is a record as the runner speaks of it: bytes are in base64.
type Record struct {
	Offset    *int64       `json:"offset,omitempty"`
	Key       *string      `json:"key"`
	Value     *string      `json:"value"`
	Headers   [][2]*string `json:"headers"`
	Timestamp int64        `json:"timestamp"`
}

// Asked holds the parameters of all operations.
type Asked struct {
	ID               int               `json:"id"`
	Op               string            `json:"op"`
	Topic            string            `json:"topic"`
	Partition        int32             `json:"partition"`
	Partitions       int32             `json:"partitions"`
	Replicas         replicas          `json:"replicas"`
	Count            int               `json:"count"`
	Configs          map[string]string `json:"configs"`
	Name             string            `json:"name"`
	Value            string            `json:"value"`
	Acks             int               `json:"acks"`
	Codec            string            `json:"codec"`
	Idempotent       bool              `json:"idempotent"`
	Retry            bool              `json:"retry"`
	Records          []Record          `json:"records"`
	Offset           int64             `json:"offset"`
	TimeoutMs        int               `json:"timeoutMs"`
	At               any               `json:"at"`
	Group            string            `json:"group"`
	Assignor         string            `json:"assignor"`
	InstanceID       *string           `json:"instanceId"`
	SessionTimeoutMs int               `json:"sessionTimeoutMs"`
	UntilAssigned    *int              `json:"untilAssigned"`
	UntilRecords     *int              `json:"untilRecords"`
}

// replicas are how many there shall be, or which ones.
type replicas []int32

func (r *replicas) UnmarshalJSON(text []byte) error {
	var number int32
	if json.Unmarshal(text, &number) == nil {
		*r = replicas{number}
		return nil
	}
	var list []int32
	err := json.Unmarshal(text, &list)
	*r = list
	return err
}

// Number of replicas asked for.
func (r replicas) Number() int16 { return int16(r[0]) }

// Deadline is when the operation has to end.
func (a Asked) Deadline() time.Time {
	return time.Now().Add(time.Duration(a.TimeoutMs) * time.Millisecond)
}

// CannotExpress is an operation that the library has no means for.
type CannotExpress string

func (c CannotExpress) Error() string { return string(c) }

// Operation does what the runner asks of a client library.
type Operation func(Asked) (any, error)

// Bytes of a text in base64; nil for nil.
func Bytes(text *string) []byte {
	if text == nil {
		return nil
	}
	content, err := base64.StdEncoding.DecodeString(*text)
	if err != nil {
		panic(err)
	}
	return content
}

// Text of bytes in base64; nil for nil.
func Text(content []byte) *string {
	if content == nil {
		return nil
	}
	text := base64.StdEncoding.EncodeToString(content)
	return &text
}

// Plain is a text that is not in base64.
func Plain(text string) *string { return &text }

type event struct {
	Type       string  `json:"type"`
	Partitions []int32 `json:"partitions"`
}

type seenRecord struct {
	Partition int32   `json:"partition"`
	Offset    int64   `json:"offset"`
	Value     *string `json:"value"`
}

// Seen is what happened to a member since it was asked last.
type Seen struct {
	mutex    sync.Mutex
	assigned map[int32]bool
	events   []event
	records  []seenRecord
	// Next offset of each partition that something was read of.
	positions map[int32]int64
}

// NewSeen has seen nothing.
func NewSeen() *Seen {
	return &Seen{assigned: map[int32]bool{}, positions: map[int32]int64{}, events: []event{}, records: []seenRecord{}}
}

// Assign adds partitions.
func (s *Seen) Assign(partitions []int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, partition := range partitions {
		s.assigned[partition] = true
	}
	if len(partitions) > 0 {
		s.events = append(s.events, event{"assigned", sorted(partitions)})
	}
}

// Revoke takes partitions away.
func (s *Seen) Revoke(partitions []int32) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, partition := range partitions {
		delete(s.assigned, partition)
	}
	if len(partitions) > 0 {
		s.events = append(s.events, event{"revoked", sorted(partitions)})
	}
}

// Record was read.
func (s *Seen) Record(partition int32, offset int64, value []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.records = append(s.records, seenRecord{partition, offset, Text(value)})
	s.positions[partition] = offset + 1
}

// Positions are the next offsets of what was read.
func (s *Seen) Positions() map[int32]int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	copied := map[int32]int64{}
	for partition, offset := range s.positions {
		copied[partition] = offset
	}
	return copied
}

// Poll waits for what is asked and tells what was seen.
func (s *Seen) Poll(asked Asked) (any, error) {
	end := asked.Deadline()
	for {
		s.mutex.Lock()
		waits := asked.UntilAssigned == nil && asked.UntilRecords == nil ||
			asked.UntilAssigned != nil && len(s.assigned) != *asked.UntilAssigned ||
			asked.UntilRecords != nil && len(s.records) < *asked.UntilRecords
		if !waits || time.Now().After(end) {
			break
		}
		s.mutex.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
	defer s.mutex.Unlock()
	assigned := []int32{}
	for partition := range s.assigned {
		assigned = append(assigned, partition)
	}
	told := map[string]any{"assigned": sorted(assigned), "events": s.events, "records": s.records}
	s.events, s.records = []event{}, []seenRecord{}
	return told, nil
}

func sorted(partitions []int32) []int32 {
	copied := append([]int32{}, partitions...)
	sort.Slice(copied, func(i, j int) bool { return copied[i] < copied[j] })
	return copied
}

// Serve answers the operations, one after the other, until standard input ends. codeOf finds Kafka's code of an error.
func Serve(operations map[string]Operation, codeOf func(error) (int, bool), end func()) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var asked Asked
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer := answerOf(operations, asked, codeOf)
		answer["id"] = asked.ID
		text, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(append(text, '\n'))
	}
	end()
}

func answerOf(operations map[string]Operation, asked Asked, codeOf func(error) (int, bool)) map[string]any {
	operation, known := operations[asked.Op]
	if !known {
		return map[string]any{"unsupported": "the library has no such call"}
	}
	told, err := operation(asked)
	var cannot CannotExpress
	if errors.As(err, &cannot) {
		return map[string]any{"unsupported": string(cannot)}
	}
	if err != nil {
		failure := map[string]any{"name": "error", "text": err.Error()}
		if code, known := codeOf(err); known {
			failure["code"] = code
		}
		return map[string]any{"error": failure}
	}
	if told == nil {
		told = map[string]any{}
	}
	return map[string]any{"ok": told}
}
