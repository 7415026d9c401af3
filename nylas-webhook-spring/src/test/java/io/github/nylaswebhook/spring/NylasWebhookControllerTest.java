package io.github.nylaswebhook.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.test.WebhookEndpointContract.Endpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class NylasWebhookControllerTest {
  private static final String SECRET = "whs";

  private final InMemoryInbox inbox = InMemoryInbox.builder().build();
  private final WebhookHandler handler =
      WebhookHandler.builder().webhookSecret(SECRET).inbox(inbox).acceptOnly().build();

  @Test
  void aMappingOfTheUsersOwnReachesIt() throws Exception {
    Endpoint endpoint = SpringMvcContractTest.start(handler, SpringMvcContractTest.ByMapping.class);
    try {
      SignedDelivery delivery = SignedDelivery.of("{}".getBytes(UTF_8), false, SECRET);
      RawHttp.Answer answer =
          RawHttp.exchange(
              endpoint.uri(), RawHttp.head(endpoint.uri(), delivery, Map.of()), delivery.body());
      assertThat(answer.status()).isEqualTo(200);
      assertThat(inbox.statistics().waiting()).isEqualTo(1);
    } finally {
      endpoint.stop().stop();
    }
  }

  @Test
  void aReaderThatWasTakenIsAnsweredLater() throws Exception {
    SignedDelivery delivery = SignedDelivery.of("{}".getBytes(UTF_8), false, SECRET);
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/webhooks/nylas");
    request.setContent(delivery.body());
    delivery.headers().forEach(request::addHeader);
    request.getReader();
    MockHttpServletResponse response = new MockHttpServletResponse();

    new NylasWebhookController(handler).handleRequest(request, response);

    assertThat(response.getStatus()).isEqualTo(503);
    assertThat(response.getHeader("Retry-After")).isEqualTo("30");
    assertThat(inbox.statistics().waiting()).isZero();
  }

  /** Tomcat that stops doesn't wait for what is only flushed after the servlet has returned. */
  @Test
  void theAnswerIsOnItsWayWhenItReturns() throws Exception {
    SignedDelivery delivery = SignedDelivery.of("{}".getBytes(UTF_8), false, SECRET);
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/webhooks/nylas");
    request.setContent(delivery.body());
    delivery.headers().forEach(request::addHeader);
    MockHttpServletResponse response = new MockHttpServletResponse();

    new NylasWebhookController(handler).handleRequest(request, response);

    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.isCommitted()).isTrue();
  }

  @Test
  void hasAtMostAHundredLinesOfCode() throws Exception {
    String source = "src/main/java/io/github/nylaswebhook/spring/NylasWebhookController.java";
    Path file = Path.of(source);
    if (!Files.exists(file)) {
      // From another module that runs the same tests.
      file = Path.of("../../../nylas-webhook-spring").resolve(source);
    }
    assertThat(Files.readAllLines(file))
        .filteredOn(line -> !line.isBlank() && !line.strip().matches("(/?\\*|//).*"))
        .hasSizeLessThanOrEqualTo(100);
  }
}
