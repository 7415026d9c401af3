package com.example.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.jaxrs.NylasWebhookBeans;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(NylasOfTests.class)
class SupportAppTest {
  FakeNylas nylas;

  @TestHTTPResource("/")
  URI application;

  @Inject Desk desk;
  @Inject NylasWebhookBeans beans;

  @ParameterizedTest
  @ValueSource(strings = {"/webhooks/nylas", "/hooks/acme"})
  void aMailBecomesATicket(String path) throws Exception {
    Mail mail = Mail.of("grant-1", "m" + path.hashCode()).subject("Production is down: " + path);
    nylas.add(mail);

    nylas
        .subscribe(application.resolve(path).toString())
        .deliver(NotificationFixture.created(mail))
        .join();

    await()
        .untilAsserted(() -> assertThat(desk.subjects()).contains("Production is down: " + path));
  }

  @Test
  void servesWhatASubclassAdds() throws Exception {
    URI health = application.resolve("/hooks/acme/health");

    assertThat(RawHttp.exchange(health, "GET /hooks/acme/health HTTP/1.1\nHost: x\n\n").body())
        .isEqualTo("healthy");
  }

  @Test
  void theHandlerIsClosedWithItsApplication() {
    BooleanSupplier earlier = (BooleanSupplier) System.getProperties().get(EarlierAppTest.UP);

    assertThat(earlier).as("what EarlierAppTest leaves, which has to run before").isNotNull();
    assertThat(earlier.getAsBoolean()).isFalse();
    assertThat(beans.handler().health().isUp()).isTrue();
  }
}
