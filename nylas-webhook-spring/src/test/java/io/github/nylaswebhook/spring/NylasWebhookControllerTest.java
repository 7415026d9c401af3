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
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.multipart.support.StandardServletMultipartResolver;

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

  /** As docs/spring.md says for applications that take forms of several parts. */
  @Configuration(proxyBeanMethods = false)
  static class LazyParts extends SpringMvcContractTest.ByName {
    @Bean
    StandardServletMultipartResolver multipartResolver() {
      StandardServletMultipartResolver resolver = new StandardServletMultipartResolver();
      resolver.setResolveLazily(true);
      return resolver;
    }
  }

  @Test
  void partsThatArentParsedYetLeaveTheBodyAlone() throws Exception {
    Endpoint endpoint = SpringMvcContractTest.start(handler, LazyParts.class);
    try {
      SignedDelivery delivery = SignedDelivery.of("{}".getBytes(UTF_8), false, SECRET);
      String head =
          RawHttp.head(
              endpoint.uri(), delivery, Map.of("Content-Type", "multipart/form-data; boundary=x"));
      assertThat(RawHttp.exchange(endpoint.uri(), head, delivery.body()).status()).isEqualTo(200);
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
