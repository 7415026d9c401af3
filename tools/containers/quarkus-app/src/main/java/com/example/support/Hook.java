package com.example.support;

import io.github.nylaswebhook.jaxrs.NylasWebhookBeans;
import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;

/** The endpoint elsewhere, with a method of its own. */
@Path("/hooks/{tenant}")
public class Hook extends NylasWebhookResource {
  @Inject
  public Hook(NylasWebhookBeans beans) {
    super(beans);
  }

  @GET
  @Path("health")
  public String health() {
    return "healthy";
  }
}
