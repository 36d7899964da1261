"""The driver of kafka-python."""

import sys
import threading
import time

from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    OffsetAndMetadata,
    OffsetSpec,
    TopicPartition,
    errors,
)
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.protocol.admin import ElectionType

from loop import Seen, deadline, decoded, encoded, serve

COMMON = {"bootstrap_servers": sys.argv[1].split(","), "client_id": "matrix-kafka-python"}
ASSIGNORS = {"range": RangePartitionAssignor, "cooperative-sticky": CooperativeStickyAssignor}
SECONDS = 15

admin_client = None
member = None


def admin():
    global admin_client
    if admin_client is None:
        admin_client = KafkaAdminClient(**COMMON)
    return admin_client


def metadata(asked):
    brokers = admin().describe_cluster()["brokers"]
    topics = admin().describe_topics([asked["topic"]])
    return {
        "brokers": [{"id": b["broker_id"], "host": b["host"], "port": b["port"]} for b in brokers],
        "topics": [
            {
                "name": topic["name"],
                "partitions": [
                    {
                        "id": p["partition_index"],
                        "leader": p["leader_id"],
                        "replicas": p["replica_nodes"],
                    }
                    for p in topic["partitions"]
                ],
            }
            for topic in topics
        ],
    }


def create_topic(asked):
    options = {
        "num_partitions": asked["partitions"],
        "replication_factor": asked["replicas"],
        "configs": asked["configs"],
    }
    admin().create_topics({asked["topic"]: options})


def describe_configs(asked):
    resource = ConfigResource(ConfigResourceType.TOPIC, asked["topic"])
    told = admin().describe_configs([resource], config_filter="all")
    configs = told["topic"][asked["topic"]]
    return {"configs": {name: config["value"] for name, config in configs.items()}}


def alter_config(asked):
    configs = {asked["name"]: asked["value"]}
    admin().alter_configs([ConfigResource(ConfigResourceType.TOPIC, asked["topic"], configs)])


def list_offsets(asked):
    at = asked["at"]
    named = {"earliest": OffsetSpec.EARLIEST, "latest": OffsetSpec.LATEST}
    spec = named[at] if isinstance(at, str) else at
    place = TopicPartition(asked["topic"], asked["partition"])
    return {"offset": admin().list_partition_offsets({place: spec})[place].offset}


def produce(asked):
    codec = asked["codec"]
    producer = KafkaProducer(
        **COMMON,
        acks=asked["acks"],
        compression_type=None if codec == "none" else codec,
        enable_idempotence=asked["idempotent"],
        delivery_timeout_ms=10_000,
        request_timeout_ms=8_000,
        max_block_ms=5_000,
        linger_ms=50,
        batch_size=1_000_000,
        max_request_size=10_000_000,
        allow_auto_create_topics=False,
        **({} if asked["retry"] else {"retries": 0}),
    )
    try:
        sent = [
            producer.send(
                asked["topic"],
                partition=asked["partition"],
                key=decoded(record["key"]),
                value=decoded(record["value"]),
                headers=[(name, decoded(content)) for name, content in record["headers"]],
                timestamp_ms=record["timestamp"],
            )
            for record in asked["records"]
        ]
        producer.flush(SECONDS)
        offsets = [future.get(SECONDS).offset for future in sent]
    finally:
        producer.close(5)
    return {"offsets": offsets if offsets[0] is not None and offsets[0] >= 0 else None}


def told(message):
    return {
        "offset": message.offset,
        "key": encoded(message.key),
        "value": encoded(message.value),
        "headers": [[name, encoded(content)] for name, content in message.headers],
        "timestamp": message.timestamp,
    }


def read(asked):
    consumer = KafkaConsumer(
        **COMMON,
        group_id=None,
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=200,
        max_partition_fetch_bytes=8_000_000,
    )
    place = TopicPartition(asked["topic"], asked["partition"])
    records, end = [], deadline(asked)
    try:
        consumer.assign([place])
        consumer.seek(place, asked["offset"])
        while len(records) < asked["count"] and time.monotonic() < end:
            for message in consumer.poll(100).get(place, []):
                records.append(told(message))
    finally:
        consumer.close()
    return {"records": records[: asked["count"]]}


class Member(ConsumerRebalanceListener):
    """A consumer is polled all the time, or its group would think it dead. Not for less than a second at
    a time: what a rebalance ends with is lost when it comes between two polls."""

    def __init__(self, asked):
        self.topic = asked["topic"]
        self.seen = Seen()
        self.lock = threading.RLock()
        self.ended = False
        self.consumer = KafkaConsumer(
            **COMMON,
            group_id=asked["group"],
            group_instance_id=asked["instanceId"],
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            partition_assignment_strategy=(ASSIGNORS[asked["assignor"]],),
            session_timeout_ms=asked["sessionTimeoutMs"],
            heartbeat_interval_ms=500,
            fetch_max_wait_ms=200,
        )
        self.consumer.subscribe([self.topic], listener=self)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def on_partitions_assigned(self, assigned):
        self.seen.assign([place.partition for place in assigned])

    def on_partitions_revoked(self, revoked):
        self.seen.revoke([place.partition for place in revoked])

    def on_partitions_lost(self, lost):
        self.seen.revoke([place.partition for place in lost], "lost")

    def run(self):
        while not self.ended:
            with self.lock:
                for messages in self.consumer.poll(1000).values():
                    for message in messages:
                        self.seen.record(message.partition, message.offset, message.value)
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
        self.consumer.close(autocommit=False)


def join(asked):
    global member
    member = Member(asked)


def seek(asked):
    with member.lock:
        member.consumer.seek(TopicPartition(member.topic, asked["partition"]), asked["offset"])


def commit(_):
    with member.lock:
        member.consumer.commit()


def leave(_=None):
    global member
    if member is not None:
        member.leave()
        member = None


def delete_group(asked):
    told = admin().delete_groups([asked["group"]])[asked["group"]]
    if told != "OK":
        raise getattr(errors, told)()


def set_offset(asked):
    told = admin().alter_group_offsets(
        asked["group"], {place(asked): OffsetAndMetadata(asked["offset"], "", -1)}
    )
    raise_refused(told)


def delete_offset(asked):
    raise_refused(admin().delete_group_offsets(asked["group"], [place(asked)]))


def raise_refused(told):
    """An answer by partition, of error classes."""
    for error in told.values():
        if getattr(error, "errno", 0) != 0:
            raise error("refused")


def log_dirs(asked):
    told = admin().describe_log_dirs()
    return {
        "replicas": [
            {"broker": broker["broker"], "size": partition["partition_size"]}
            for broker in told
            for directory in broker["log_dirs"]
            for topic in directory["topics"]
            if topic["name"] == asked["topic"]
            for partition in topic["partitions"]
            if partition["partition_index"] == asked["partition"]
        ]
    }


def place(asked):
    return TopicPartition(asked["topic"], asked["partition"])


def group_offsets(asked):
    told = admin().list_group_offsets({asked["group"]: None})[asked["group"]]
    return {"offsets": {p.partition: o.offset for p, o in told.items() if p.topic == asked["topic"]}}


def describe_group(asked):
    told = admin().describe_groups([asked["group"]])
    group = told[asked["group"]] if isinstance(told, dict) else told[0]
    return {"state": group["group_state"] if "group_state" in group else group["state"]}


def list_groups(_):
    return {"groups": [group["group_id"] for group in admin().list_groups()]}


def code_of(error):
    code = getattr(error, "errno", None)
    if code is None and "Failed to update metadata" in str(error):
        # It asks again until its time is over, and tells nothing of the answers.
        return errors.UnknownTopicOrPartitionError.errno
    return code


serve(
    {
        "metadata": metadata,
        "createTopic": create_topic,
        "deleteTopic": lambda asked: admin().delete_topics([asked["topic"]]) and None,
        "createPartitions": lambda asked: admin().create_partitions({asked["topic"]: asked["count"]})
        and None,
        "describeConfigs": describe_configs,
        "alterConfig": alter_config,
        "listOffsets": list_offsets,
        "deleteRecords": lambda asked: admin().delete_records(
            {TopicPartition(asked["topic"], asked["partition"]): asked["offset"]}
        )
        and None,
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
        "deleteOffset": delete_offset,
        "reassign": lambda asked: admin().alter_partition_reassignments(
            {place(asked): asked["replicas"]}
        )
        and None,
        "electLeader": lambda asked: admin().elect_leaders(
            ElectionType.PREFERRED, {asked["topic"]: [asked["partition"]]}
        )
        and None,
        "logDirs": log_dirs,
        "deleteGroup": delete_group,
    },
    code_of,
    leave,
)
