package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Message;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MailTest {
  @Test
  void isReadAsTheMessageThatItSays() throws IOException {
    Message message =
        read(
            Mail.of("g", "m")
                .subject("Hi")
                .from("Ann", "ann@example.com")
                .to("desk@example.com")
                .thread("t")
                .date(Instant.ofEpochSecond(1_700_000_000))
                .body("<p>one <b>two</b></p>")
                .folders("A", "B")
                .attachment("a.pdf", "application/pdf", 12)
                .header("X-One", "1")
                .header("X-One", "2")
                .toJsonWithHeaders());

    assertThat(message.id()).isEqualTo("m");
    assertThat(message.grantId()).isEqualTo("g");
    assertThat(message.subject()).isEqualTo("Hi");
    assertThat(message.sender().email()).isEqualTo("ann@example.com");
    assertThat(message.sender().name()).isEqualTo("Ann");
    assertThat(message.to().get(0).email()).isEqualTo("desk@example.com");
    assertThat(message.threadId()).isEqualTo("t");
    assertThat(message.date()).isEqualTo(Instant.ofEpochSecond(1_700_000_000));
    assertThat(message.body()).isEqualTo("<p>one <b>two</b></p>");
    assertThat(message.snippet()).isEqualTo("one two");
    assertThat(message.folders()).containsExactly("A", "B");
    assertThat(message.attachments().get(0).filename()).isEqualTo("a.pdf");
    assertThat(message.headers()).hasSize(2);
    assertThat(message.headersKnown()).isTrue();
  }

  @Test
  void givesNoHeadersToWhoDoesNotAsk() throws IOException {
    Message message = read(Mail.of("g", "m").header("X-One", "1").toJson());

    assertThat(message.headersKnown()).isFalse();
    assertThat(message.headers()).isEmpty();
  }

  @Test
  void changingOneLeavesTheOtherAsItWas() {
    Mail mail = Mail.of("g", "m");
    var before = mail.toJsonWithHeaders();
    mail.subject("other").header("X", "1").without("body").with("starred", true);
    mail.toJson().clear();

    assertThat(mail.toJsonWithHeaders()).isEqualTo(before);
    assertThat(mail.without("body").toJson()).doesNotContainKey("body");
  }

  @Test
  void itsSnippetIsItsFirstHundredCharacters() throws IOException {
    assertThat(read(Mail.of("g", "m").body("x".repeat(500)).toJson()).snippet()).hasSize(100);
  }

  private static Message read(Map<String, ?> object) throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    if (Json.parse(Json.bytes(object)) instanceof Map<?, ?> parsed) {
      parsed.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return Message.of(members);
  }
}
