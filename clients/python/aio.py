"""The driver of aiokafka."""

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from loop import CannotExpress, Refused, Seen, deadline, decoded, encoded, serve_async

COMMON = {"bootstrap_servers": sys.argv[1].split(","), "client_id": "matrix-aiokafka"}
UNKNOWN_TOPIC_OR_PARTITION = 3
PAUSE = 0.02

admin_client = None
member = None


async def admin():
    global admin_client
    if admin_client is None:
        admin_client = AIOKafkaAdminClient(**COMMON)
        await admin_client.start()
    return admin_client


def raise_refused(pairs):
    for code, text in pairs:
        if code != 0:
            raise Refused(code, str(text))


async def metadata(asked):
    cluster = await (await admin()).describe_cluster()
    topics = await (await admin()).describe_topics([asked["topic"]])
    return {
        "brokers": [
            {"id": b["node_id"], "host": b["host"], "port": b["port"]} for b in cluster["brokers"]
        ],
        "topics": [
            {
                "name": topic["topic"],
                "partitions": [
                    {"id": p["partition"], "leader": p["leader"], "replicas": p["replicas"]}
                    for p in topic["partitions"]
                ],
            }
            for topic in topics
        ],
    }


async def create_topic(asked):
    topic = NewTopic(
        asked["topic"], asked["partitions"], asked["replicas"], topic_configs=asked["configs"]
    )
    told = await (await admin()).create_topics([topic])
    raise_refused((error[1], error[2]) for error in told.topic_errors)


async def delete_topic(asked):
    told = await (await admin()).delete_topics([asked["topic"]])
    raise_refused((code, topic) for topic, code, *_ in told.topic_error_codes)


async def create_partitions(asked):
    told = await (await admin()).create_partitions({asked["topic"]: NewPartitions(asked["count"])})
    raise_refused((error[1], error[2]) for error in told.topic_errors)


async def describe_configs(asked):
    resource = ConfigResource(ConfigResourceType.TOPIC, asked["topic"])
    told = await (await admin()).describe_configs([resource])
    code, text, _, _, entries, *_ = told[0].resources[0]
    raise_refused([(code, text)])
    return {"configs": {entry[0]: entry[1] for entry in entries}}


async def alter_config(asked):
    configs = {asked["name"]: asked["value"]}
    resource = ConfigResource(ConfigResourceType.TOPIC, asked["topic"], configs=configs)
    told = await (await admin()).alter_configs([resource])
    raise_refused((resource[0], resource[1]) for resource in told[0].resources)


async def delete_records(asked):
    place = TopicPartition(asked["topic"], asked["partition"])
    await (await admin()).delete_records({place: RecordsToDelete(asked["offset"])})


async def list_offsets(asked):
    place = TopicPartition(asked["topic"], asked["partition"])
    consumer = AIOKafkaConsumer(**COMMON)
    await consumer.start()
    try:
        at = asked["at"]
        if at == "earliest":
            return {"offset": (await consumer.beginning_offsets([place]))[place]}
        if at == "latest":
            return {"offset": (await consumer.end_offsets([place]))[place]}
        return {"offset": (await consumer.offsets_for_times({place: at}))[place].offset}
    finally:
        await consumer.stop()


async def produce(asked):
    codec = asked["codec"]
    producer = AIOKafkaProducer(
        **COMMON,
        acks="all" if asked["acks"] == -1 else asked["acks"],
        compression_type=None if codec == "none" else codec,
        enable_idempotence=asked["idempotent"],
        request_timeout_ms=8_000,
        linger_ms=50,
        max_batch_size=1_000_000,
        max_request_size=10_000_000,
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                asked["topic"],
                partition=asked["partition"],
                key=decoded(record["key"]),
                value=decoded(record["value"]),
                headers=[(name, decoded(content)) for name, content in record["headers"]],
                timestamp_ms=record["timestamp"],
            )
            for record in asked["records"]
        ]
        told = await asyncio.gather(*sent)
    finally:
        await asyncio.wait_for(producer.stop(), 10)
    known = told[0] is not None and told[0].offset >= 0
    return {"offsets": [each.offset for each in told] if known else None}


def told(message):
    return {
        "offset": message.offset,
        "key": encoded(message.key),
        "value": encoded(message.value),
        "headers": [[name, encoded(content)] for name, content in message.headers],
        "timestamp": message.timestamp,
    }


async def read(asked):
    consumer = AIOKafkaConsumer(
        **COMMON,
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=200,
        max_partition_fetch_bytes=8_000_000,
    )
    await consumer.start()
    place = TopicPartition(asked["topic"], asked["partition"])
    records, end = [], deadline(asked)
    try:
        consumer.assign([place])
        consumer.seek(place, asked["offset"])
        while len(records) < asked["count"] and time.monotonic() < end:
            for message in (await consumer.getmany(timeout_ms=100)).get(place, []):
                records.append(told(message))
    finally:
        await consumer.stop()
    return {"records": records[: asked["count"]]}


class Member(ConsumerRebalanceListener):
    def __init__(self, asked):
        self.topic = asked["topic"]
        self.seen = Seen()
        self.consumer = AIOKafkaConsumer(
            **COMMON,
            group_id=asked["group"],
            group_instance_id=asked["instanceId"],
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=asked["sessionTimeoutMs"],
            heartbeat_interval_ms=500,
            fetch_max_wait_ms=200,
        )
        self.consumer.subscribe([self.topic], listener=self)

    async def on_partitions_assigned(self, assigned):
        self.seen.assign([place.partition for place in assigned])

    async def on_partitions_revoked(self, revoked):
        self.seen.revoke([place.partition for place in revoked])

    async def run(self):
        while True:
            for messages in (await self.consumer.getmany(timeout_ms=20)).values():
                for message in messages:
                    self.seen.record(message.partition, message.offset, message.value)

    async def poll(self, asked):
        end = deadline(asked)
        while time.monotonic() < end and not self.seen.done(asked):
            await asyncio.sleep(PAUSE)
        return self.seen.take()


async def join(asked):
    global member
    if asked["assignor"].startswith("cooperative"):
        raise CannotExpress("the library has no cooperative rebalancing")
    member = Member(asked)
    await member.consumer.start()
    member.task = asyncio.create_task(member.run())


async def seek(asked):
    member.consumer.seek(TopicPartition(member.topic, asked["partition"]), asked["offset"])


async def commit(_):
    await member.consumer.commit()


async def leave(_=None):
    global member
    if member is not None:
        member.task.cancel()
        await asyncio.gather(member.task, return_exceptions=True)
        await member.consumer.stop()
        member = None


async def list_groups(_):
    return {"groups": [group for group, _ in await (await admin()).list_consumer_groups()]}


async def describe_group(asked):
    told = await (await admin()).describe_consumer_groups([asked["group"]])
    code, _, state, *_ = told[0].groups[0]
    raise_refused([(code, asked["group"])])
    return {"state": state}


async def group_offsets(asked):
    told = await (await admin()).list_consumer_group_offsets(asked["group"])
    return {"offsets": {p.partition: o.offset for p, o in told.items() if p.topic == asked["topic"]}}


async def poll(asked):
    return await member.poll(asked)


async def end():
    await leave()
    if admin_client is not None:
        await admin_client.close()


def code_of(error):
    code = getattr(error, "errno", None)
    if isinstance(error, AssertionError) and "Unknown" in str(error):
        return UNKNOWN_TOPIC_OR_PARTITION
    return code


asyncio.run(
    serve_async(
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
            "poll": poll,
            "seek": seek,
            "commit": commit,
            "leave": leave,
            "listGroups": list_groups,
            "describeGroup": describe_group,
            "groupOffsets": group_offsets,
        },
        code_of,
        end,
    )
)
