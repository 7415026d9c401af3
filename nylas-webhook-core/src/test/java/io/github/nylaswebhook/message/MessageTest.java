package io.github.nylaswebhook.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.Samples;
import io.github.nylaswebhook.internal.Json;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageTest {
  private static Message of(String json) throws Exception {
    return Message.of(members(Json.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
  }

  private static Map<String, Object> members(Json json) {
    Map<String, Object> members = new HashMap<>();
    json.asMap().forEach((name, value) -> members.put((String) name, value));
    return members;
  }

  private static Message sample(String name, String... path) throws Exception {
    Json json = Json.read(Samples.bytes(name));
    for (String step : path) {
      json = json.object(step);
    }
    return Message.of(members(json));
  }

  @Test
  void nylasOwnMessageIsReadWhole() throws Exception {
    Message message = sample("v3.notification.message.created.json", "data", "object");
    assertThat(message.id()).isEqualTo("<MESSAGE_ID>");
    assertThat(message.grantId()).isEqualTo("<NYLAS_GRANT_ID>");
    assertThat(message.threadId()).isEqualTo("<THREAD_ID>");
    assertThat(message.subject()).isEqualTo("Let's send an attachment");
    assertThat(message.sender()).isEqualTo(new EmailAddress("Nylas Swag", "swag@example.com"));
    assertThat(message.to()).containsExactly(new EmailAddress("", "nyla@example.com"));
    assertThat(message.cc()).containsExactly(new EmailAddress("", "kaveh@example.com"));
    assertThat(message.bcc()).containsExactly(new EmailAddress("", "leyah@example.com"));
    assertThat(message.replyTo()).isEmpty();
    assertThat(message.date()).isEqualTo(Instant.ofEpochSecond(1723821981));
    assertThat(message.body()).contains("Test with attachments");
    assertThat(message.folders()).containsExactly("SENT");
    assertThat(message.attachments())
        .containsExactly(
            new Attachment(
                "<ATTACHMENT_ID>", "image.jpg", "image/jpeg; name=\"image.jpg\"", 4860136, false));
    assertThat(message.metadata()).isEqualTo(Map.of("key1", "all-meetings", "key2", "on-site"));
    assertThat(message.headersKnown()).isFalse();
    assertThat(message.cleaned()).isFalse();
  }

  @Test
  void aCleanedBodyIsMarkdown() throws Exception {
    assertThat(sample("v3.notification.message.created.cleaned.json", "data", "object").cleaned())
        .isTrue();
    assertThat(of("{\"cleaning_status\":\"failed\",\"body\":\"<p>x</p>\"}").cleaned()).isFalse();
  }

  @Test
  void theMetadataScopeHasHeadersAndNoBody() throws Exception {
    Message message = sample("v3.notification.message.created.metadata.json", "data", "object");
    assertThat(message.headersKnown()).isTrue();
    assertThat(message.headers()).isNotEmpty();
    assertThat(message.body()).isEmpty();
  }

  @Test
  void aFetchedMessageIsReadWhole() throws Exception {
    Message message = sample("v3.api.message.get.200.json", "data");
    assertThat(message.id()).isNotEmpty();
    assertThat(message.grantId()).isNotEmpty();
    assertThat(message.from()).isNotEmpty();
    assertThat(message.date()).isAfter(Instant.EPOCH);
  }

  @Test
  void whatIsMissingIsEmpty() {
    Message message = Message.of(Map.of());
    assertThat(message).isEqualTo(Message.builder("", "").build());
    assertThat(message.sender()).isEqualTo(new EmailAddress("", ""));
    assertThat(message.date()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void valuesOfTheWrongTypeCountAsNotGiven() throws Exception {
    Message message =
        of(
            "{\"id\":[],\"grant_id\":null,\"subject\":{},\"from\":\"a@b.c\",\"to\":[null,\"x\",{}],"
                + "\"date\":\"yesterday\",\"folders\":[null,1,\"INBOX\",{}],\"attachments\":{\"a\":1},"
                + "\"headers\":{\"a\":\"b\"},\"metadata\":[],\"unread\":\"yes\",\"starred\":1}");
    assertThat(message.id()).isEmpty();
    assertThat(message.subject()).isEmpty();
    assertThat(message.from()).isEmpty();
    assertThat(message.to()).containsExactly(new EmailAddress("", ""));
    assertThat(message.date()).isEqualTo(Instant.EPOCH);
    assertThat(message.folders()).containsExactly("1", "INBOX");
    assertThat(message.attachments()).isEmpty();
    assertThat(message.metadata()).isEmpty();
    assertThat(message.unread()).isFalse();
    assertThat(message.starred()).isFalse();
  }

  @Test
  void metadataMayHoldNumbersAndASenderMayHaveNoAddress() throws Exception {
    Message message =
        of(
            "{\"metadata\":{\"n\":12,\"f\":1.5,\"b\":true,\"s\":\"x\",\"o\":{},\"z\":null},"
                + "\"from\":[{\"name\":\"Nobody\"},{\"email\":null}]}");
    assertThat(message.metadata()).isEqualTo(Map.of("n", "12", "f", "1.5", "b", "true", "s", "x"));
    assertThat(message.from())
        .containsExactly(new EmailAddress("Nobody", ""), new EmailAddress("", ""));
    assertThat(message.sender().domain()).isEmpty();
  }

  @Test
  void headersKeepOrderDuplicatesAndCaseAndAreFoundInAnyCase() throws Exception {
    Message message =
        of(
            "{\"headers\":[{\"name\":\"Received\",\"value\":\"1\"},{\"name\":\"X-A\",\"value\":\"=?utf-8?q?x?=\"},"
                + "{\"name\":\"received\",\"value\":\"2\"},{\"name\":\"X-B\"}]}");
    assertThat(message.headersKnown()).isTrue();
    assertThat(message.headerValues("RECEIVED")).containsExactly("1", "2");
    assertThat(message.header("x-a")).contains("=?utf-8?q?x?=");
    assertThat(message.header("X-B")).contains("");
    assertThat(message.header("X-C")).isEmpty();
  }

  @Test
  void noHeadersThatWereAskedForAreKnownToBeNone() throws Exception {
    assertThat(of("{\"headers\":[]}").headersKnown()).isTrue();
    assertThat(of("{\"headers\":null}").headersKnown()).isFalse();
  }

  @Test
  void otherIdsLeaveEverythingElse() throws Exception {
    Message message = sample("v3.notification.message.created.metadata.json", "data", "object");
    Message other = message.withIds("g2", "m2");
    assertThat(other.id()).isEqualTo("m2");
    assertThat(other.grantId()).isEqualTo("g2");
    assertThat(other.withIds(message.grantId(), message.id())).isEqualTo(message);
    Message full = sample("v3.notification.message.created.json", "data", "object");
    assertThat(full.withIds("a", "b").withIds(full.grantId(), full.id())).isEqualTo(full);
    Message rich =
        Message.builder("g", "m")
            .replyTo(List.of(new EmailAddress("", "r@x.example")))
            .snippet("s")
            .cleaned(true)
            .unread(true)
            .starred(true)
            .build();
    assertThat(rich.withIds("a", "b").withIds("g", "m")).isEqualTo(rich);
  }

  @Test
  void aMessageInWordsHoldsNoContent() throws Exception {
    assertThat(sample("v3.notification.message.created.json", "data", "object"))
        .asString()
        .contains("<MESSAGE_ID>")
        .doesNotContain("attachment")
        .doesNotContain("example.com");
  }

  @Test
  void whatIsReadCannotBeChanged() {
    Message message =
        Message.builder("g", "m").folders(new java.util.ArrayList<>(List.of("a"))).build();
    List<String> folders = message.folders();
    assertThatThrownBy(() -> folders.add("b")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void anAddressIsComparedWithoutCaseOrSpace() {
    assertThat(new EmailAddress("", " Support@Example.COM ").normalized())
        .isEqualTo("support@example.com");
    assertThat(new EmailAddress("", "a@b@Example.COM").domain()).isEqualTo("example.com");
    assertThat(new EmailAddress("", "nobody").domain()).isEmpty();
    MessageContext context =
        new MessageContext(Message.builder("g", "m").build(), Set.of("SUPPORT@example.com "));
    assertThat(context.isOwn(new EmailAddress("x", "support@EXAMPLE.com"))).isTrue();
    assertThat(context.isOwn(new EmailAddress("x", "other@example.com"))).isFalse();
    assertThat(context.text()).isSameAs(context.text());
  }
}
