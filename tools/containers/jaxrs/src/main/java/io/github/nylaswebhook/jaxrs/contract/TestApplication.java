package io.github.nylaswebhook.jaxrs.contract;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import jakarta.ws.rs.core.Application;
import java.util.Set;

/** What is deployed: the endpoint as it is, elsewhere, and a filter that may spoil bodies. */
public class TestApplication extends Application {
  private final Set<Object> singletons;

  public TestApplication(WebhookHandler handler) {
    singletons =
        Set.of(new NylasWebhookResource(handler), new OtherPathResource(handler), new BodyReader());
  }

  // Deprecated, but every JAX-RS from 3.0 to 4.0 has it, and no other way to register instances.
  @Override
  @SuppressWarnings("deprecation")
  public Set<Object> getSingletons() {
    return singletons;
  }
}
