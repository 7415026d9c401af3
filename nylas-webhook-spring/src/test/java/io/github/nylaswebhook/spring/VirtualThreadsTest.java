package io.github.nylaswebhook.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.SignedDelivery;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliveriesAreHandledOnTheThreadsThatAreAskedFor(boolean virtual) throws Exception {
    AtomicReference<String> group = new AtomicReference<>();
    WebhookHandler handler =
        WebhookHandler.builder()
            .webhookSecrets(
                () -> {
                  group.set(Thread.currentThread().getThreadGroup().getName());
                  return List.of("whs");
                })
            .inbox(InMemoryInbox.builder().build())
            .acceptOnly()
            .build();
    try (ConfigurableApplicationContext context =
        TestApplication.run(handler, "spring.threads.virtual.enabled=" + virtual)) {
      URI uri = TestApplication.uri(context, "/webhooks/nylas");
      SignedDelivery delivery = SignedDelivery.of("{}".getBytes(UTF_8), false, "whs");
      RawHttp.Answer answer =
          RawHttp.exchange(uri, RawHttp.head(uri, delivery, Map.of()), delivery.body());

      assertThat(answer.status()).isEqualTo(200);
      // What Thread.getThreadGroup says all virtual threads are in.
      assertThat("VirtualThreads".equals(group.get())).isEqualTo(virtual);
    }
  }
}
