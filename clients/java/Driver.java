import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The driver of Kafka's own Java client, with the classic group protocol. */
public final class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SECONDS = 15;
  private static String bootstrap;
  private static Admin opened;
  private static Member member;

  interface Operation {
    Object run(JsonNode asked) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    bootstrap = arguments[0];
    Map<String, Operation> operations = operations();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode asked = JSON.readTree(line);
      Map<String, Object> answer = answerOf(operations.get(asked.get("op").asText()), asked);
      answer.put("id", asked.get("id").asInt());
      System.out.println(JSON.writeValueAsString(answer));
    }
    leave();
    System.exit(0);
  }

  private static Map<String, Object> answerOf(Operation operation, JsonNode asked) {
    Map<String, Object> answer = new HashMap<>();
    if (operation == null) {
      answer.put("unsupported", "the library has no such call");
      return answer;
    }
    try {
      Object told = operation.run(asked);
      answer.put("ok", told == null ? Map.of() : told);
    } catch (Throwable thrown) {
      Throwable cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      Map<String, Object> failure = new HashMap<>();
      failure.put("code", codeOf(cause));
      failure.put("name", cause.getClass().getSimpleName());
      failure.put("text", String.valueOf(cause.getMessage()));
      answer.put("error", failure);
    }
    return answer;
  }

  private static Integer codeOf(Throwable thrown) {
    if (thrown instanceof OffsetOutOfRangeException || thrown instanceof
        org.apache.kafka.clients.consumer.NoOffsetForPartitionException) {
      return (int) Errors.OFFSET_OUT_OF_RANGE.code();
    }
    if (thrown instanceof TimeoutException && String.valueOf(thrown.getMessage()).contains("not present in metadata")) {
      // It asks again until its time is over, and says in words what it was told.
      return (int) Errors.UNKNOWN_TOPIC_OR_PARTITION.code();
    }
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      short code = Errors.forException(each).code();
      if (code > 0) {
        return (int) code;
      }
    }
    return null;
  }

  private static Map<String, Operation> operations() {
    Map<String, Operation> all = new HashMap<>();
    all.put("metadata", Driver::metadata);
    all.put("createTopic", Driver::createTopic);
    all.put("deleteTopic", asked -> admin().deleteTopics(List.of(text(asked, "topic"))).all().get(SECONDS, TimeUnit.SECONDS));
    all.put("createPartitions", asked -> admin()
        .createPartitions(Map.of(text(asked, "topic"), NewPartitions.increaseTo(asked.get("count").asInt())))
        .all().get(SECONDS, TimeUnit.SECONDS));
    all.put("describeConfigs", Driver::describeConfigs);
    all.put("alterConfig", Driver::alterConfig);
    all.put("listOffsets", Driver::listOffsets);
    all.put("deleteRecords", asked -> {
      Map<TopicPartition, RecordsToDelete> below = Map.of(place(asked), RecordsToDelete.beforeOffset(asked.get("offset").asLong()));
      admin().deleteRecords(below).all().get(SECONDS, TimeUnit.SECONDS);
      return null;
    });
    all.put("produce", Driver::produce);
    all.put("read", Driver::read);
    all.put("join", asked -> {
      member = new Member(asked);
      return null;
    });
    all.put("poll", asked -> member.poll(asked));
    all.put("seek", asked -> member.on(() -> {
      member.consumer.seek(new TopicPartition(member.topic, asked.get("partition").asInt()), asked.get("offset").asLong());
      return null;
    }));
    all.put("commit", asked -> member.on(() -> {
      member.consumer.commitSync(Duration.ofSeconds(SECONDS));
      return null;
    }));
    all.put("leave", asked -> {
      leave();
      return null;
    });
    all.put("listGroups", asked -> Map.of("groups", admin().listGroups().all().get(SECONDS, TimeUnit.SECONDS)
        .stream().map(group -> group.groupId()).collect(Collectors.toList())));
    all.put("describeGroup", asked -> {
      String group = text(asked, "group");
      return Map.of("state", admin().describeConsumerGroups(List.of(group)).all().get(SECONDS, TimeUnit.SECONDS)
          .get(group).groupState().toString());
    });
    all.put("groupOffsets", asked -> {
      Map<Integer, Long> offsets = new HashMap<>();
      admin().listConsumerGroupOffsets(text(asked, "group")).partitionsToOffsetAndMetadata().get(SECONDS, TimeUnit.SECONDS)
          .forEach((place, offset) -> offsets.put(place.partition(), offset.offset()));
      return Map.of("offsets", offsets);
    });
    all.put("setOffset", asked -> admin()
        .alterConsumerGroupOffsets(text(asked, "group"), Map.of(place(asked), new OffsetAndMetadata(asked.get("offset").asLong())))
        .all().get(SECONDS, TimeUnit.SECONDS));
    all.put("deleteOffset", asked -> admin()
        .deleteConsumerGroupOffsets(text(asked, "group"), Set.of(place(asked))).all().get(SECONDS, TimeUnit.SECONDS));
    all.put("reassign", asked -> {
      List<Integer> replicas = new ArrayList<>();
      asked.get("replicas").forEach(each -> replicas.add(each.asInt()));
      Map<TopicPartition, Optional<NewPartitionReassignment>> moves =
          Map.of(place(asked), Optional.of(new NewPartitionReassignment(replicas)));
      return admin().alterPartitionReassignments(moves).all().get(SECONDS, TimeUnit.SECONDS);
    });
    all.put("electLeader", asked -> admin().electLeaders(ElectionType.PREFERRED, Set.of(place(asked))).all().get(SECONDS, TimeUnit.SECONDS));
    all.put("logDirs", Driver::logDirs);
    all.put("deleteGroup", asked -> admin().deleteConsumerGroups(List.of(text(asked, "group"))).all().get(SECONDS, TimeUnit.SECONDS));
    return all;
  }

  private static String text(JsonNode asked, String name) {
    return asked.get(name).asText();
  }

  private static TopicPartition place(JsonNode asked) {
    return new TopicPartition(text(asked, "topic"), asked.get("partition").asInt());
  }

  private static Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("client.id", "matrix-java");
    return properties;
  }

  private static Admin admin() {
    if (opened == null) {
      opened = Admin.create(common());
    }
    return opened;
  }

  private static Object metadata(JsonNode asked) throws Exception {
    String topic = text(asked, "topic");
    List<Object> brokers = new ArrayList<>();
    for (Node node : admin().describeCluster().nodes().get(SECONDS, TimeUnit.SECONDS)) {
      brokers.add(Map.of("id", node.id(), "host", node.host(), "port", node.port()));
    }
    List<Object> partitions = new ArrayList<>();
    admin().describeTopics(List.of(topic)).allTopicNames().get(SECONDS, TimeUnit.SECONDS).get(topic).partitions()
        .forEach(partition -> partitions.add(Map.of(
            "id", partition.partition(),
            "leader", partition.leader().id(),
            "replicas", partition.replicas().stream().map(Node::id).collect(Collectors.toList()))));
    return Map.of("brokers", brokers, "topics", List.of(Map.of("name", topic, "partitions", partitions)));
  }

  private static Object createTopic(JsonNode asked) throws Exception {
    Map<String, String> configs = new HashMap<>();
    asked.get("configs").fields().forEachRemaining(each -> configs.put(each.getKey(), each.getValue().asText()));
    NewTopic topic = new NewTopic(text(asked, "topic"), asked.get("partitions").asInt(), (short) asked.get("replicas").asInt());
    admin().createTopics(List.of(topic.configs(configs))).all().get(SECONDS, TimeUnit.SECONDS);
    return null;
  }

  private static Object describeConfigs(JsonNode asked) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, text(asked, "topic"));
    Map<String, String> configs = new HashMap<>();
    admin().describeConfigs(List.of(resource)).all().get(SECONDS, TimeUnit.SECONDS).get(resource).entries()
        .forEach(entry -> configs.put(entry.name(), entry.value()));
    return Map.of("configs", configs);
  }

  private static Object alterConfig(JsonNode asked) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, text(asked, "topic"));
    AlterConfigOp change = new AlterConfigOp(new ConfigEntry(text(asked, "name"), text(asked, "value")), AlterConfigOp.OpType.SET);
    Map<ConfigResource, Collection<AlterConfigOp>> changes = Map.of(resource, List.of(change));
    admin().incrementalAlterConfigs(changes).all().get(SECONDS, TimeUnit.SECONDS);
    return null;
  }

  private static Object listOffsets(JsonNode asked) throws Exception {
    JsonNode at = asked.get("at");
    OffsetSpec spec = at.isNumber() ? OffsetSpec.forTimestamp(at.asLong())
        : at.asText().equals("earliest") ? OffsetSpec.earliest() : OffsetSpec.latest();
    TopicPartition place = place(asked);
    return Map.of("offset", admin().listOffsets(Map.of(place, spec)).all().get(SECONDS, TimeUnit.SECONDS).get(place).offset());
  }

  private static Object logDirs(JsonNode asked) throws Exception {
    List<Integer> brokers = new ArrayList<>();
    for (Node node : admin().describeCluster().nodes().get(SECONDS, TimeUnit.SECONDS)) {
      brokers.add(node.id());
    }
    List<Object> replicas = new ArrayList<>();
    admin().describeLogDirs(brokers).allDescriptions().get(SECONDS, TimeUnit.SECONDS).forEach((broker, directories) ->
        directories.values().forEach(directory -> {
          var replica = directory.replicaInfos().get(place(asked));
          if (replica != null) {
            replicas.add(Map.of("broker", broker, "size", replica.size()));
          }
        }));
    return Map.of("replicas", replicas);
  }

  private static byte[] decoded(JsonNode content) {
    return content.isNull() ? null : Base64.getDecoder().decode(content.asText());
  }

  private static String encoded(byte[] content) {
    return content == null ? null : Base64.getEncoder().encodeToString(content);
  }

  private static Object produce(JsonNode asked) throws Exception {
    Properties properties = common();
    properties.put("acks", asked.get("acks").asText());
    properties.put("compression.type", text(asked, "codec"));
    properties.put("enable.idempotence", asked.get("idempotent").asBoolean());
    properties.put("linger.ms", 50);
    properties.put("batch.size", 1_000_000);
    properties.put("max.request.size", 10_000_000);
    properties.put("request.timeout.ms", 8_000);
    properties.put("delivery.timeout.ms", 10_000);
    properties.put("max.block.ms", 5_000);
    if (!asked.get("retry").asBoolean()) {
      properties.put("retries", 0);
    }
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (JsonNode record : asked.get("records")) {
        ProducerRecord<byte[], byte[]> made = new ProducerRecord<>(text(asked, "topic"), asked.get("partition").asInt(),
            record.get("timestamp").asLong(), decoded(record.get("key")), decoded(record.get("value")));
        for (JsonNode header : record.get("headers")) {
          made.headers().add(new RecordHeader(header.get(0).asText(), decoded(header.get(1))));
        }
        sent.add(producer.send(made));
      }
      producer.flush();
      List<Long> offsets = new ArrayList<>();
      for (Future<RecordMetadata> each : sent) {
        RecordMetadata metadata = each.get(SECONDS, TimeUnit.SECONDS);
        if (metadata.hasOffset()) {
          offsets.add(metadata.offset());
        }
      }
      Map<String, Object> told = new HashMap<>();
      told.put("offsets", offsets.isEmpty() ? null : offsets);
      return told;
    }
  }

  private static Properties consuming() {
    Properties properties = common();
    properties.put("group.protocol", "classic");
    properties.put("enable.auto.commit", false);
    properties.put("fetch.max.wait.ms", 200);
    properties.put("allow.auto.create.topics", false);
    return properties;
  }

  private static Object read(JsonNode asked) {
    Properties properties = consuming();
    properties.put("auto.offset.reset", "none");
    TopicPartition place = place(asked);
    List<Object> records = new ArrayList<>();
    long end = System.nanoTime() + asked.get("timeoutMs").asLong() * 1_000_000;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(place));
      consumer.seek(place, asked.get("offset").asLong());
      while (records.size() < asked.get("count").asInt() && System.nanoTime() < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          records.add(told(record));
        }
      }
    }
    return Map.of("records", records);
  }

  private static Map<String, Object> told(ConsumerRecord<byte[], byte[]> record) {
    List<Object> headers = new ArrayList<>();
    record.headers().forEach(header -> headers.add(new String[] {header.key(), encoded(header.value())}));
    Map<String, Object> told = new HashMap<>();
    told.put("offset", record.offset());
    told.put("key", encoded(record.key()));
    told.put("value", encoded(record.value()));
    told.put("headers", headers);
    told.put("timestamp", record.timestamp());
    return told;
  }

  private static void leave() throws Exception {
    if (member != null) {
      member.end();
      member = null;
    }
  }

  /** A consumer belongs to one thread, which polls all the time and does what else is asked in between. */
  private static final class Member implements ConsumerRebalanceListener, Runnable {
    final String topic;
    final KafkaConsumer<byte[], byte[]> consumer;
    private final LinkedBlockingQueue<FutureTask<Object>> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean ended = false;
    private final Set<Integer> assigned = new HashSet<>();
    private List<Object> events = new ArrayList<>();
    private List<Object> records = new ArrayList<>();

    Member(JsonNode asked) {
      topic = text(asked, "topic");
      Properties properties = consuming();
      properties.put("group.id", text(asked, "group"));
      properties.put("auto.offset.reset", "earliest");
      properties.put("partition.assignment.strategy",
          text(asked, "assignor").equals("range") ? RangeAssignor.class.getName() : CooperativeStickyAssignor.class.getName());
      properties.put("session.timeout.ms", asked.get("sessionTimeoutMs").asInt());
      properties.put("heartbeat.interval.ms", 500);
      if (!asked.get("instanceId").isNull()) {
        properties.put("group.instance.id", text(asked, "instanceId"));
      }
      consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      consumer.subscribe(List.of(topic), this);
      thread = new Thread(this);
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void run() {
      while (!ended) {
        var polled = consumer.poll(Duration.ofMillis(50));
        synchronized (this) {
          polled.forEach(record -> {
            Map<String, Object> told = new HashMap<>();
            told.put("partition", record.partition());
            told.put("offset", record.offset());
            told.put("value", encoded(record.value()));
            records.add(told);
          });
        }
        for (FutureTask<Object> task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
      consumer.close();
    }

    Object on(Callable<Object> work) throws Exception {
      FutureTask<Object> task = new FutureTask<>(work);
      tasks.add(task);
      return task.get(SECONDS, TimeUnit.SECONDS);
    }

    void end() throws InterruptedException {
      ended = true;
      thread.join();
    }

    @Override
    public synchronized void onPartitionsAssigned(Collection<TopicPartition> places) {
      assigned.addAll(numbers(places));
      note("assigned", places);
    }

    @Override
    public synchronized void onPartitionsRevoked(Collection<TopicPartition> places) {
      assigned.removeAll(numbers(places));
      note("revoked", places);
    }

    @Override
    public synchronized void onPartitionsLost(Collection<TopicPartition> places) {
      assigned.removeAll(numbers(places));
      note("lost", places);
    }

    private void note(String type, Collection<TopicPartition> places) {
      if (!places.isEmpty()) {
        events.add(Map.of("type", type, "partitions", numbers(places)));
      }
    }

    private static List<Integer> numbers(Collection<TopicPartition> places) {
      return places.stream().map(TopicPartition::partition).sorted().collect(Collectors.toList());
    }

    private synchronized boolean isDone(JsonNode asked) {
      JsonNode wanted = asked.get("untilAssigned");
      JsonNode count = asked.get("untilRecords");
      return (wanted != null || count != null)
          && (wanted == null || assigned.size() == wanted.asInt())
          && (count == null || records.size() >= count.asInt());
    }

    Object poll(JsonNode asked) throws InterruptedException {
      long end = System.nanoTime() + asked.get("timeoutMs").asLong() * 1_000_000;
      while (!isDone(asked) && System.nanoTime() < end) {
        Thread.sleep(20);
      }
      synchronized (this) {
        Map<String, Object> told = Map.of("assigned", new ArrayList<>(assigned), "events", events, "records", records);
        events = new ArrayList<>();
        records = new ArrayList<>();
        return told;
      }
    }
  }
}
