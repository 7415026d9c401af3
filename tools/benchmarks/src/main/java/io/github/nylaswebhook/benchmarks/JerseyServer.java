package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.jaxrs.NylasWebhookResource;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.internal.Version;
import org.glassfish.jersey.server.ResourceConfig;
import org.jspecify.annotations.Nullable;

/** Jersey on Grizzly with the endpoint's resource, or with a bare one. */
public final class JerseyServer {
  private JerseyServer() {}

  static String version() {
    return "Jersey " + Version.getVersion() + " on Grizzly " + Grizzly.getDotedVersion();
  }

  public static void main(String[] args) throws Exception {
    String secret = System.getenv("NYLAS_WEBHOOK_SECRET");
    Object resource =
        args[0].equals("bare")
            ? new BareResource(secret)
            : new NylasWebhookResource(DefaultHandler.create(secret));
    HttpServer server =
        GrizzlyHttpServerFactory.createHttpServer(
            URI.create("http://127.0.0.1:0/"), new ResourceConfig().register(resource), false);
    NetworkListener listener = server.getListeners().iterator().next();
    // Or it would close each connection after 256 deliveries.
    listener.getKeepAlive().setMaxRequestsCount(-1);
    server.start();
    System.out.println("Listening on port " + listener.getPort());
    Thread.currentThread().join();
  }

  /**
   * The least that a resource does: reads the body, computes the HMAC, compares it, answers 200.
   */
  @Path(LoadBenchmark.PATH)
  public static final class BareResource {
    private final BareSignature signature;

    BareResource(String secret) {
      signature = new BareSignature(secret);
    }

    @POST
    public Response deliver(
        @HeaderParam(BareSignature.HEADER) @Nullable String header, InputStream body)
        throws IOException {
      return Response.status(signature.matches(body.readAllBytes(), header) ? 200 : 401).build();
    }
  }
}
