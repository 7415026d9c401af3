package com.example.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.NylasWebhookBeans;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Has an application of its own, which Quarkus runs, and stops, before that of the other tests. */
@QuarkusTest
@QuarkusTestResource(NylasOfTests.class)
@TestProfile(EarlierAppTest.Earlier.class)
class EarlierAppTest {
  /** A system property, because the classes of the next application aren't the same. */
  static final String UP = "EarlierAppTest.up";

  @Inject NylasWebhookBeans beans;

  @Test
  void theHandlerIsUp() {
    WebhookHandler handler = beans.handler();
    BooleanSupplier up = () -> handler.health().isUp();
    System.getProperties().put(UP, up);

    assertThat(up.getAsBoolean()).isTrue();
  }

  /** No different from the other. */
  public static class Earlier implements QuarkusTestProfile {}
}
