package io.github.nylaswebhook.jaxrs.contract;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** The endpoint elsewhere, with a method of its own. */
@Path("/elsewhere/{tenant}")
public class OtherPathResource extends NylasWebhookResource {
  public OtherPathResource(WebhookHandler handler) {
    super(handler);
  }

  @GET
  @Path("health")
  public String health() {
    return "healthy";
  }
}
