package io.github.nylaswebhook.quarkus;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** The endpoint elsewhere, with a method of its own. */
@Path("/elsewhere/{tenant}")
public class ElsewhereResource extends NylasWebhookResource {
  @Inject
  public ElsewhereResource(WebhookHandler handler) {
    super(handler);
  }

  @GET
  @Path("health")
  public String health() {
    return "healthy";
  }
}
