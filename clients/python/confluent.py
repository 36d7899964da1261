"""The driver of confluent-kafka (librdkafka)."""

import sys
import threading
import time

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    ElectionType,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from loop import Seen, deadline, decoded, encoded, serve

COMMON = {"bootstrap.servers": sys.argv[1], "client.id": "matrix-confluent"}
SECONDS = 15
# librdkafka's own codes for what a broker told it: all brokers say the topic, or the partition, is unknown.
OWN_CODES = {-188: 3, -190: 3}
OFFSET_OUT_OF_RANGE = 1

admin_client = None
member = None


def admin():
    global admin_client
    if admin_client is None:
        admin_client = AdminClient(COMMON)
    return admin_client


def result(futures):
    return [future.result(SECONDS) for future in futures.values()][0]


def metadata(asked):
    told = admin().list_topics(asked["topic"], SECONDS)
    return {
        "brokers": [{"id": b.id, "host": b.host, "port": b.port} for b in told.brokers.values()],
        "topics": [
            {
                "name": topic.topic,
                "partitions": [
                    {"id": p.id, "leader": p.leader, "replicas": p.replicas}
                    for p in topic.partitions.values()
                ],
            }
            for topic in told.topics.values()
        ],
    }


def create_topic(asked):
    topic = NewTopic(asked["topic"], asked["partitions"], asked["replicas"], config=asked["configs"])
    result(admin().create_topics([topic], operation_timeout=SECONDS))


def delete_topic(asked):
    result(admin().delete_topics([asked["topic"]], operation_timeout=SECONDS))


def create_partitions(asked):
    result(admin().create_partitions([NewPartitions(asked["topic"], asked["count"])]))


def describe_configs(asked):
    entries = result(admin().describe_configs([ConfigResource(ResourceType.TOPIC, asked["topic"])]))
    return {"configs": {name: entry.value for name, entry in entries.items()}}


def alter_config(asked):
    entry = ConfigEntry(
        asked["name"], asked["value"], incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ResourceType.TOPIC, asked["topic"], incremental_configs=[entry])
    result(admin().incremental_alter_configs([resource]))


def list_offsets(asked):
    at = asked["at"]
    named = {"earliest": OffsetSpec.earliest(), "latest": OffsetSpec.latest()}
    spec = named[at] if isinstance(at, str) else OffsetSpec.for_timestamp(at)
    place = TopicPartition(asked["topic"], asked["partition"])
    return {"offset": result(admin().list_offsets({place: spec})).offset}


def delete_records(asked):
    place = TopicPartition(asked["topic"], asked["partition"], asked["offset"])
    result(admin().delete_records([place]))


def produce(asked):
    config = {
        **COMMON,
        "acks": asked["acks"],
        "compression.type": asked["codec"],
        "enable.idempotence": asked["idempotent"],
        "message.timeout.ms": 10_000,
        "linger.ms": 50,
        "message.max.bytes": 10_000_000,
        "topic.metadata.propagation.max.ms": 2_000,
    }
    if not asked["retry"]:
        config["retries"] = 0
    producer = Producer(config)
    offsets, errors = [], []

    def delivered(error, message):
        if error is None:
            offsets.append(message.offset())
        else:
            errors.append(error)

    for record in asked["records"]:
        producer.produce(
            asked["topic"],
            partition=asked["partition"],
            key=decoded(record["key"]),
            value=decoded(record["value"]),
            headers=[(name, decoded(content)) for name, content in record["headers"]],
            timestamp=record["timestamp"],
            on_delivery=delivered,
        )
    producer.flush(SECONDS)
    if errors:
        raise KafkaException(errors[0])
    if len(offsets) != len(asked["records"]):
        raise RuntimeError("some records were not delivered in time")
    return {"offsets": offsets if offsets[0] is not None and offsets[0] >= 0 else None}


def told(message):
    return {
        "offset": message.offset(),
        "key": encoded(message.key()),
        "value": encoded(message.value()),
        "headers": [[name, encoded(content)] for name, content in message.headers() or []],
        "timestamp": message.timestamp()[1],
    }


def read(asked):
    consumer = Consumer(
        {
            **COMMON,
            "group.id": "reads-alone",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
        }
    )
    records, end = [], deadline(asked)
    try:
        consumer.assign([TopicPartition(asked["topic"], asked["partition"], asked["offset"])])
        while len(records) < asked["count"] and time.monotonic() < end:
            message = consumer.poll(0.1)
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            records.append(told(message))
    finally:
        consumer.close()
    return {"records": records}


class Member:
    """A consumer is polled all the time, or its group would think it dead."""

    def __init__(self, asked):
        self.topic = asked["topic"]
        self.seen = Seen()
        self.lock = threading.RLock()
        self.ended = False
        config = {
            **COMMON,
            "group.id": asked["group"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "partition.assignment.strategy": asked["assignor"],
            "session.timeout.ms": asked["sessionTimeoutMs"],
            "heartbeat.interval.ms": 500,
        }
        if asked["instanceId"] is not None:
            config["group.instance.id"] = asked["instanceId"]
        self.consumer = Consumer(config)
        self.consumer.subscribe(
            [self.topic], on_assign=self.on_assign, on_revoke=self.on_revoke, on_lost=self.on_lost
        )
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def on_assign(self, _, places):
        self.seen.assign([place.partition for place in places])

    def on_revoke(self, _, places):
        self.seen.revoke([place.partition for place in places])

    def on_lost(self, _, places):
        self.seen.revoke([place.partition for place in places], "lost")

    def run(self):
        while not self.ended:
            with self.lock:
                message = self.consumer.poll(0.02)
                if message is not None and message.error() is None:
                    self.seen.record(message.partition(), message.offset(), message.value())
            time.sleep(0.001)

    def poll(self, asked):
        end = deadline(asked)
        while time.monotonic() < end:
            with self.lock:
                if self.seen.done(asked):
                    break
            time.sleep(0.02)
        with self.lock:
            return self.seen.take()

    def leave(self):
        self.ended = True
        self.thread.join()
        self.consumer.close()


def join(asked):
    global member
    member = Member(asked)


def seek(asked):
    with member.lock:
        member.consumer.seek(TopicPartition(member.topic, asked["partition"], asked["offset"]))


def commit(_):
    with member.lock:
        member.consumer.commit(asynchronous=False)


def leave(_=None):
    global member
    if member is not None:
        member.leave()
        member = None


def list_groups(_):
    return {"groups": [g.group_id for g in admin().list_consumer_groups().result(SECONDS).valid]}


def describe_group(asked):
    told = result(admin().describe_consumer_groups([asked["group"]]))
    return {"state": told.state.name}


def group_offsets(asked):
    told = result(admin().list_consumer_group_offsets([ConsumerGroupTopicPartitions(asked["group"])]))
    places = [place for place in told.topic_partitions if place.topic == asked["topic"]]
    return {"offsets": {place.partition: place.offset for place in places}}


def set_offset(asked):
    places = [TopicPartition(asked["topic"], asked["partition"], asked["offset"])]
    told = result(
        admin().alter_consumer_group_offsets([ConsumerGroupTopicPartitions(asked["group"], places)])
    )
    for place in told.topic_partitions:
        if place.error is not None:
            raise KafkaException(place.error)


def elect_leader(asked):
    place = TopicPartition(asked["topic"], asked["partition"])
    told = admin().elect_leaders(ElectionType.PREFERRED, [place]).result(SECONDS)
    for error in told.values():
        if error is not None:
            raise error


def delete_group(asked):
    result(admin().delete_consumer_groups([asked["group"]]))


def code_of(error):
    if not isinstance(error, KafkaException):
        return None
    told = error.args[0]
    if "Offset out of range" in told.str():
        return OFFSET_OUT_OF_RANGE
    return OWN_CODES.get(told.code(), told.code())


serve(
    {
        "metadata": metadata,
        "createTopic": create_topic,
        "deleteTopic": delete_topic,
        "createPartitions": create_partitions,
        "describeConfigs": describe_configs,
        "alterConfig": alter_config,
        "listOffsets": list_offsets,
        "deleteRecords": delete_records,
        "produce": produce,
        "read": read,
        "join": join,
        "poll": lambda asked: member.poll(asked),
        "seek": seek,
        "commit": commit,
        "leave": leave,
        "listGroups": list_groups,
        "describeGroup": describe_group,
        "groupOffsets": group_offsets,
        "setOffset": set_offset,
        "electLeader": elect_leader,
        "deleteGroup": delete_group,
    },
    code_of,
    leave,
)
