package com.example.support;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.nylas.Region;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;

/** Serves the webhook at {@code /webhooks/nylas}. */
public final class SupportApp {
  private SupportApp() {}

  public static void main(String[] args) {
    WebhookHandler handler =
        WebhookHandler.builder()
            .webhookSecret(setting("NYLAS_WEBHOOK_SECRET"))
            .nylas(NylasClient.builder(setting("NYLAS_API_KEY")).region(Region.US).build())
            .ticketRouter(new Desk())
            .build();
    HttpServer server = serve(URI.create("http://0.0.0.0:" + port()), handler);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, handler)));
    System.out.println("Listening on port " + port() + ", at /webhooks/nylas");
  }

  static HttpServer serve(URI uri, WebhookHandler handler) {
    return GrizzlyHttpServerFactory.createHttpServer(
        uri, new ResourceConfig().register(new NylasWebhookResource(handler)));
  }

  private static void stop(HttpServer server, WebhookHandler handler) {
    // Answer what has come, then finish what was acknowledged.
    try {
      server.shutdown(10, TimeUnit.SECONDS).get();
    } catch (Exception e) {
      server.shutdownNow();
    } finally {
      handler.close();
    }
  }

  private static String setting(String name) {
    String value = System.getenv(name);
    if (value == null || value.isBlank()) {
      System.err.println(name + " is missing: set it in the environment");
      System.exit(2);
    }
    return value;
  }

  private static String port() {
    return System.getenv().getOrDefault("PORT", "8080");
  }
}
