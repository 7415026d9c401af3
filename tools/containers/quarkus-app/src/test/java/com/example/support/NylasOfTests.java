package com.example.support;

import io.github.nylaswebhook.test.FakeNylas;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** A Nylas that runs beside the application. */
public class NylasOfTests implements QuarkusTestResourceLifecycleManager {
  private FakeNylas nylas;

  @Override
  public Map<String, String> start() {
    nylas = FakeNylas.start();
    return Map.of(
        "nylas.url", nylas.url(),
        "nylas.api-key", nylas.apiKey(),
        "nylas.webhook-secret", nylas.webhookSecret());
  }

  @Override
  public void inject(TestInjector tests) {
    tests.injectIntoFields(nylas, new TestInjector.MatchesType(FakeNylas.class));
  }

  @Override
  public void stop() {
    nylas.close();
  }
}
