package io.github.nylaswebhook.ticket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TicketJsonTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private static Ticket ticket(Message message, MessageKind kind, Priority priority) {
    return Ticket.of(
        message,
        new MessageText(message.subject(), "Please help"),
        kind,
        true,
        new Classification(
            "incidents",
            priority,
            Set.of("vip", "after-hours"),
            "ops",
            List.of(new Evidence("down", "subject", "down", "is DOWN"))),
        NOW);
  }

  private static Message.Builder mail() {
    return Message.builder("grant", "message")
        .threadId("thread")
        .subject("It is DOWN")
        .from(List.of(new EmailAddress("Ann", "ann@x.example")))
        .to(List.of(new EmailAddress("", "support@desk.example")))
        .cc(List.of(new EmailAddress("Bob", "bob@x.example")))
        .body("<p>Please help</p>")
        .attachments(List.of(new Attachment("a", "log.txt", "text/plain", 12, false)));
  }

  private static Schema schema() throws IOException {
    try (InputStream in = TicketJson.class.getResourceAsStream("ticket.schema.json")) {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(new String(in.readAllBytes(), UTF_8));
    }
  }

  private static void assertValid(String json) throws IOException {
    assertThat(
            schema()
                .validate(
                    json,
                    InputFormat.JSON,
                    context ->
                        context.executionConfig(config -> config.formatAssertionsEnabled(true))))
        .isEmpty();
  }

  @Test
  void everythingThatIsKnownStandsThere() throws IOException {
    String json =
        TicketJson.write(
            ticket(mail().build(), MessageKind.BOUNCE, Priority.HIGH)
                .followUp(new TicketRef("desk", "T-1", "https://desk.example/T-1"))
                .asNote());
    assertValid(json);
    assertThat(json)
        .isEqualTo(
            """
            {"version":1,\
            "idempotency_key":"%s",\
            "grant_id":"grant","message_id":"message","thread_id":"thread",\
            "received_at":"2026-11-22T10:00:00Z","kind":"bounce","silent":true,"note":true,\
            "follow_up_to":{"destination":"desk","id":"T-1","url":"https://desk.example/T-1"},\
            "subject":"It is DOWN","from":{"name":"Ann","email":"ann@x.example"},\
            "recipients":[{"name":"","email":"support@desk.example"},\
            {"name":"Bob","email":"bob@x.example"}],\
            "category":"incidents","priority":"high","tags":["after-hours","vip"],"route":"ops",\
            "excerpt":"Please help","text":"Please help","body":"<p>Please help</p>",\
            "body_format":"original",\
            "attachments":[{"id":"a","filename":"log.txt","content_type":"text/plain","size":12,\
            "inline":false}],\
            "evidence":[{"rule":"down","field":"subject","keyword":"down","matched":"is DOWN"}]}"""
                .formatted(Ticket.idempotencyKey("grant", "message")));
  }

  @ParameterizedTest
  @EnumSource(MessageKind.class)
  void everyKindIsAsTheSchemaSays(MessageKind kind) throws IOException {
    for (Priority priority : Priority.values()) {
      Ticket ticket = ticket(mail().cleaned(true).build(), kind, priority);
      assertValid(TicketJson.write(ticket));
      assertValid(TicketJson.write(ticket.asNote().asRepeated()));
      assertThat(TicketJson.write(ticket)).contains("\"body_format\":\"markdown\"");
    }
  }

  @Test
  void aMailOfWhichNothingIsKnownIsAsTheSchemaSays() throws IOException {
    Message nothing = Message.builder("", "").build();
    Ticket ticket =
        Ticket.of(
            nothing,
            new MessageText("", ""),
            MessageKind.HUMAN,
            false,
            new Classification("", Priority.LOW, Set.of(), List.of()),
            Instant.EPOCH);
    assertValid(TicketJson.write(ticket));
    assertThat(TicketJson.write(ticket)).doesNotContain("follow_up_to", "null");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000\u0001\u001b\u007f\u0085",
        "\u2028\u2029\ufeff\ufffe",
        "\" \\ / \b\f\n\r\t </script>",
        "\ud83d\ude00 漢字 é \u202e"
      })
  void everyCharacterComesThrough(String text) throws IOException {
    String json =
        TicketJson.write(
            ticket(mail().subject(text).body(text).build(), MessageKind.HUMAN, Priority.LOW));
    assertValid(json);
    Json read = Json.read(json.getBytes(UTF_8));
    assertThat(read.stringOr("subject", "")).isEqualTo(text);
    assertThat(read.stringOr("body", "")).isEqualTo(text);
  }

  @Test
  void whatIsNoUnicodeBecomesAQuestionMark() throws IOException {
    String json =
        TicketJson.write(
            ticket(mail().body("a\ud83db\ude00c").build(), MessageKind.HUMAN, Priority.LOW));
    assertThat(Json.read(json.getBytes(UTF_8)).stringOr("body", "")).isEqualTo("a?b?c");
    assertThat(new String(json.getBytes(UTF_8), UTF_8)).isEqualTo(json);
  }

  @Test
  void theSchemaAsksForEveryMember() throws IOException {
    String json = TicketJson.write(ticket(mail().build(), MessageKind.HUMAN, Priority.LOW));
    for (Object member : Json.read(json.getBytes(UTF_8)).asMap().keySet()) {
      String without = json.replace("\"" + member + "\":", "\"" + member + "_\":");
      assertThat(schema().validate(without, InputFormat.JSON)).as("without " + member).isNotEmpty();
    }
  }
}
